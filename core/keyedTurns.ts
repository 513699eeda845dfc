import { KeyedQueue } from "./keyedQueue.ts";

/**
 * As a `KeyedQueue`, but that one piece of work begins in a turn of the event loop, whatever its key: what the store answers one
 * after the other leaves no turn to anybody else, nor to what frees memory.
 */
export class KeyedTurns {
  readonly #byKey: KeyedQueue;
  readonly #turns = new KeyedQueue();

  /** @param atATime how many of one key may be under way */
  constructor(atATime: number) {
    this.#byKey = new KeyedQueue(atATime);
  }

  /** Whether what is added now under a key has to wait for others of it. */
  isFull(key: string): boolean {
    return this.#byKey.isFull(key);
  }

  /** Does `act` in a turn of its own, once there is room for it under its key. */
  add<T>(key: string, act: () => Promise<T>): Promise<T> {
    return this.#byKey.add(key, async () => {
      await this.#turns.add("", () => new Promise<void>((resolve) => void setImmediate(resolve)));
      return act();
    });
  }
}

import type { Clock } from "../../clock/clock.ts";

/** So long may what is made of messages take before others have their turn, in milliseconds. */
const TURN_MS = 10;

/**
 * Hands on the messages of a port. A port hands on a thousand in a row: where what is made of them takes long, and brings the
 * next ones, nothing else would have its turn. Here the others come in one by one, a turn each.
 */
export class Paced<Message> {
  readonly #take: (message: Message) => void;
  readonly #clock: Pick<Clock, "mono">;
  #waiting: Message[] = [];
  /** When the first message of this turn came; null: none came yet. */
  #began: number | null = null;

  constructor(take: (message: Message) => void, clock: Pick<Clock, "mono">) {
    this.#take = take;
    this.#clock = clock;
  }

  push(message: Message): void {
    if (this.#waiting.length === 0 && this.#hasTime()) return this.#take(message);
    if (this.#waiting.push(message) === 1) setImmediate(() => this.#next());
  }

  /** Hands on at once whatever still waits. */
  flush(): void {
    for (const message of this.#waiting.splice(0)) this.#take(message);
  }

  #hasTime(): boolean {
    if (this.#began !== null) return this.#clock.mono() - this.#began < TURN_MS;
    this.#began = this.#clock.mono();
    setImmediate(() => (this.#began = null));
    return true;
  }

  #next(): void {
    const message = this.#waiting.shift();
    if (this.#waiting.length > 0) setImmediate(() => this.#next());
    if (message !== undefined) this.#take(message);
  }
}

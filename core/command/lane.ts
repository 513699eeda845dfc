import type { Clock } from "../clock/clock.ts";

/**
 * The queue before one kind of ask at one owner: commands pass one at a time, in the order in which they came, as fast as
 * the owner takes them.
 */
export class Lane {
  readonly #clock: Clock;
  readonly #waitMs: (ahead: number) => number;
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  /** @param waitMs how long the owner makes an ask wait that has `ahead` others before it, in milliseconds */
  constructor(clock: Clock, waitMs: (ahead: number) => number) {
    this.#clock = clock;
    this.#waitMs = waitMs;
  }

  /** How long a command that comes now will probably wait, in milliseconds. */
  estimate(): number {
    return this.#waitMs(this.#waiting);
  }

  /** Resolves when it is this command's turn; nobody else's comes until the answer is called. Rejects when the signal aborts. */
  async enter(signal: AbortSignal): Promise<() => void> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    this.#waiting++;
    const leave = (): void => {
      this.#waiting--;
      resolve();
    };
    try {
      await before;
      for (let ms = this.#waitMs(0); ms > 0; ms = this.#waitMs(0)) await this.#clock.sleep(ms, signal);
      signal.throwIfAborted();
      return leave;
    } catch (error) {
      leave();
      throw error;
    }
  }
}

import type { Clock } from "loom-gateway";

/** What OpenClaw grants a client and method; it counts per connection, so opening new ones must not be the way around it. */
const MOST = 30;
const WINDOW_MS = 60_000;

/** Keeps Loom within OpenClaw's own limit of changes of one kind. */
export class AskLimit {
  readonly #clock: Clock;
  #taken: number[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes one of the minute's thirty; gives 0, or the milliseconds until there is one again. */
  take(): number {
    const now = this.#clock.mono();
    this.#taken = this.#taken.filter((at) => now - at < WINDOW_MS);
    if (this.#taken.length >= MOST) return this.#taken[0]! + WINDOW_MS - now;
    this.#taken.push(now);
    return 0;
  }
}

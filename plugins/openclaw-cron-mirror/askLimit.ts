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
    const waitMs = this.waitMs(0);
    if (waitMs === 0) this.#taken.push(this.#clock.mono());
    return waitMs;
  }

  /** How many whole milliseconds an ask would wait that has `ahead` others before it. */
  waitMs(ahead: number): number {
    const now = this.#clock.mono();
    this.#taken = this.#taken.filter((at) => now - at < WINDOW_MS);
    const times = [...this.#taken];
    for (let ask = 0; ask <= ahead; ask++) times.push(times.length < MOST ? now : Math.max(now, times.at(-MOST)! + WINDOW_MS));
    return Math.ceil(times.at(-1)! - now);
  }
}

import type { Clock, Timer } from "../clock/clock.ts";

interface Waiting {
  at: number;
  readonly order: number;
  readonly everyMs: number | null;
  readonly fn: () => void;
}

/**
 * A clock that stands still until it is told to move. The wall clock (`now`) can jump either way without moving the
 * timers, which follow the monotonic one (`mono`), as on a real machine.
 */
export class FakeClock implements Clock {
  #wall: number;
  #mono = 0;
  #order = 0;
  readonly #waiting = new Set<Waiting>();

  /** @param now wall clock to begin with, milliseconds since 1970 */
  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#wall = now;
  }

  now(): number {
    return this.#wall;
  }

  mono(): number {
    return this.#mono;
  }

  timer(ms: number, fn: () => void): Timer {
    return this.#start(ms, null, fn);
  }

  interval(ms: number, fn: () => void): Timer {
    return this.#start(ms, Math.max(1, ms), fn);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const abort = (): void => {
        waiting.cancel();
        reject(signal!.reason);
      };
      const waiting = this.timer(ms, () => {
        signal?.removeEventListener("abort", abort);
        resolve();
      });
      signal?.addEventListener("abort", abort, { once: true });
    });
  }

  /** How many timers and intervals are started and not yet over: zero after a clean unload. */
  get pending(): number {
    return this.#waiting.size;
  }

  /** Moves the wall clock alone, forward or back, as an operator or NTP would. */
  jump(ms: number): void {
    this.#wall += ms;
  }

  /** Lets `ms` pass: fires what falls due, in order, and lets promises settle after each. */
  async advance(ms: number): Promise<void> {
    const end = this.#mono + ms;
    await settle();
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#move(Math.max(this.#mono, next.at));
      if (next.everyMs === null) this.#waiting.delete(next);
      else next.at += next.everyMs;
      next.fn();
      await settle();
    }
    this.#move(end);
  }

  #start(ms: number, everyMs: number | null, fn: () => void): Timer {
    const waiting: Waiting = { at: this.#mono + Math.max(0, ms), order: this.#order++, everyMs, fn };
    this.#waiting.add(waiting);
    const cancel = (): void => void this.#waiting.delete(waiting);
    return { cancel, [Symbol.dispose]: cancel };
  }

  #next(end: number): Waiting | undefined {
    let first: Waiting | undefined;
    for (const waiting of this.#waiting) {
      if (waiting.at > end) continue;
      if (!first || waiting.at < first.at || (waiting.at === first.at && waiting.order < first.order)) first = waiting;
    }
    return first;
  }

  #move(mono: number): void {
    this.#wall += mono - this.#mono;
    this.#mono = mono;
  }
}

/** A turn of the event loop, after every promise that can settle by itself has settled. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

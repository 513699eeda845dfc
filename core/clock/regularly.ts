import type { Clock } from "./clock.ts";

/** Soon after a start, which has its own work to do. */
export const SOON_MS = 600_000;

export interface RegularWork {
  readonly everyMs: number;
  /** When it is done first: who is stopped each evening would never come to what is done every few hours. Default: after `everyMs`. */
  readonly firstMs?: number;
  readonly clock: Clock;
  /** @param stop aborts when nobody waits for it any more */
  work(stop: AbortSignal): Promise<unknown>;
  /** To be told why it failed; it is done again at the next time. */
  failed(error: unknown): void;
}

/** Does some work every so often, until it is disposed; never twice at once. */
export function regularly({ everyMs, firstMs, clock, work, failed }: RegularWork): Disposable {
  const stop = new AbortController();
  let isAtIt = false;
  const once = (): void => {
    if (isAtIt) return;
    isAtIt = true;
    work(stop.signal)
      .catch((error: unknown) => !stop.signal.aborted && failed(error))
      .finally(() => (isAtIt = false));
  };
  const timers = [clock.interval(everyMs, once), ...(firstMs === undefined ? [] : [clock.timer(firstMs, once)])];
  return {
    [Symbol.dispose]() {
      stop.abort();
      for (const timer of timers) timer.cancel();
    },
  };
}

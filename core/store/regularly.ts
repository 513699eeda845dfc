import type { Clock } from "../clock/clock.ts";
import type { Log } from "../log/log.ts";

export interface RegularWork {
  readonly everyMs: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Said when it fails; it is done again at the next time. */
  readonly failed: string;
  /** @param stop aborts when nobody waits for it any more */
  work(stop: AbortSignal): Promise<unknown>;
}

/** Does some work every so often, until it is disposed; never twice at once. */
export function regularly({ everyMs, clock, log, failed, work }: RegularWork): Disposable {
  const stop = new AbortController();
  let isAtIt = false;
  const timer = clock.interval(everyMs, () => {
    if (isAtIt) return;
    isAtIt = true;
    work(stop.signal)
      .catch((error: unknown) => !stop.signal.aborted && log.warn(failed, { error }))
      .finally(() => (isAtIt = false));
  });
  return {
    [Symbol.dispose]() {
      stop.abort();
      timer.cancel();
    },
  };
}

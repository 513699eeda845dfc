import type { Clock } from "./clock.ts";

export interface RegularWork {
  readonly everyMs: number;
  readonly clock: Clock;
  /** @param stop aborts when nobody waits for it any more */
  work(stop: AbortSignal): Promise<unknown>;
  /** To be told why it failed; it is done again at the next time. */
  failed(error: unknown): void;
}

/** Does some work every so often, until it is disposed; never twice at once. */
export function regularly({ everyMs, clock, work, failed }: RegularWork): Disposable {
  const stop = new AbortController();
  let isAtIt = false;
  const timer = clock.interval(everyMs, () => {
    if (isAtIt) return;
    isAtIt = true;
    work(stop.signal)
      .catch((error: unknown) => !stop.signal.aborted && failed(error))
      .finally(() => (isAtIt = false));
  });
  return {
    [Symbol.dispose]() {
      stop.abort();
      timer.cancel();
    },
  };
}

import type { Clock } from "./clock.ts";

/**
 * What `act` answers, unless it takes too long or is told to stop: the caller goes on then, also when `act` ignores
 * the signal that it is given.
 * @param ms the longest it may take
 * @param late what is thrown after that, and the reason of `act`'s signal
 * @param stop gives up when it aborts, with its reason
 */
export async function within<T>(clock: Clock, ms: number, late: () => Error, act: (signal: AbortSignal) => T | Promise<T>, stop?: AbortSignal): Promise<T> {
  const deadline = new AbortController();
  using _timer = clock.timer(ms, () => deadline.abort(late()));
  const signal = stop ? AbortSignal.any([deadline.signal, stop]) : deadline.signal;
  signal.throwIfAborted();
  const over = Promise.withResolvers<never>();
  const stopWaiting = (): void => over.reject(signal.reason);
  signal.addEventListener("abort", stopWaiting, { once: true });
  try {
    return await Promise.race([act(signal), over.promise]);
  } finally {
    // A joined signal that is listened to is kept for as long as `stop` lives, and `act` with it.
    signal.removeEventListener("abort", stopWaiting);
  }
}

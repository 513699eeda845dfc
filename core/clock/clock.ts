/** A timer or interval that has been started. Cancelling twice is allowed. */
export interface Timer extends Disposable {
  cancel(): void;
}

/**
 * The one source of time. Schedules use `now` (wall clock), durations and deadlines use `mono`.
 * Timers never keep the process alive by themselves; the HTTP server does.
 */
export interface Clock {
  /** Wall clock, milliseconds since 1970 in UTC. */
  now(): number;
  /** Monotonic milliseconds since an arbitrary start. */
  mono(): number;
  /** Calls `fn` once after `ms`. */
  timer(ms: number, fn: () => void): Timer;
  /** Calls `fn` every `ms`. */
  interval(ms: number, fn: () => void): Timer;
  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

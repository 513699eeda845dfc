/** How long to wait before a step is tried again. Durations are milliseconds. */
export interface Backoff {
  /** Before the second attempt. */
  readonly initialMs: number;
  /** What each further wait is multiplied by. */
  readonly factor: number;
  readonly maxMs: number;
  /** The share, 0 to 1, by which chance may shorten a wait, so that what failed together does not come back together. */
  readonly jitter: number;
}

/** The wait after this attempt, counted from 1. `random` is from 0 up to 1. */
export function backoffMs({ initialMs, factor, maxMs, jitter }: Backoff, attempt: number, random: number): number {
  // Infinity times nothing is no number.
  const grown = initialMs === 0 ? 0 : initialMs * factor ** (attempt - 1);
  return Math.round(Math.min(grown, maxMs) * (1 - jitter * random));
}

import type { Clock } from "../clock/clock.ts";

/**
 * Whole milliseconds since 1970 that pass evenly as long as the gateway lives, whatever becomes of the wall clock: deadlines and
 * retries of a run are counted in them.
 */
export function steadyTime(clock: Clock): () => number {
  const begun = clock.now() - clock.mono();
  return () => Math.floor(begun + clock.mono());
}

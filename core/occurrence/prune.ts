import type { Clock } from "../clock/clock.ts";
import type { Log } from "../log/log.ts";
import type { OccurrenceStore } from "../store/contract.ts";

const EVERY_MS = 6 * 3_600_000;
const KEPT_MS = 90 * 24 * 3_600_000;
/** Of a strand that fires every second this is little more than an hour. */
const KEPT_PER_STRAND = 5_000;

/** Forgets firings that went well, after 90 days or when a strand has thousands, until it is disposed. What was missed is kept. */
export function pruneOccurrences({ occurrences, clock, log }: { occurrences: OccurrenceStore; clock: Clock; log: Log }): Disposable {
  return clock.interval(EVERY_MS, () => {
    occurrences.prune(clock.now() - KEPT_MS, KEPT_PER_STRAND).catch((error: unknown) => log.warn("firings could not be pruned", { error }));
  });
}

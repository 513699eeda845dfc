import type { Clock } from "../clock/clock.ts";
import { regularly, SOON_MS } from "../clock/regularly.ts";
import type { Log } from "../log/log.ts";
import type { Store } from "../store/contract.ts";
import { everyStrand } from "../store/everyStrand.ts";
import { trustedDate } from "../store/trustedDate.ts";
import { untilNone } from "../store/untilNone.ts";

const EVERY_MS = 6 * 3_600_000;
const KEPT_MS = 90 * 24 * 3_600_000;
/** Of a strand that fires every second this is little more than an hour. */
const KEPT_PER_STRAND = 5_000;

/** Forgets firings that went well, after 90 days or when a strand has thousands, until it is disposed. What was missed is kept. */
export function pruneOccurrences({ store, clock, log }: { store: Pick<Store, "occurrences" | "strands" | "kv">; clock: Clock; log: Log }): Disposable {
  const { occurrences, strands, kv } = store;
  const failed = (error: unknown): void => log.warn("firings could not be pruned", { error });
  const work = async (stop: AbortSignal): Promise<void> => {
    const { date, isTrusted } = await trustedDate(kv, clock);
    if (!isTrusted) log.warn("the clock has leapt: until it has shown such a date for a week, nothing more is forgotten for its age", { from: date, to: clock.now() });
    await untilNone(stop, () => occurrences.prune(date - KEPT_MS));
    for await (const { id } of everyStrand(strands)) await untilNone(stop, () => occurrences.pruneStrand(id, KEPT_PER_STRAND));
  };
  // Believed before anything can be forgotten by it: also a new home knows then when the clock leaps.
  trustedDate(kv, clock).catch(failed);
  return regularly({ everyMs: EVERY_MS, firstMs: SOON_MS, clock, work, failed });
}

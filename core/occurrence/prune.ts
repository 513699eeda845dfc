import type { Clock } from "../clock/clock.ts";
import type { Log } from "../log/log.ts";
import type { Store } from "../store/contract.ts";

const EVERY_MS = 6 * 3_600_000;
const KEPT_MS = 90 * 24 * 3_600_000;
/** Of a strand that fires every second this is little more than an hour. */
const KEPT_PER_STRAND = 5_000;

/** Forgets firings that went well, after 90 days or when a strand has thousands, until it is disposed. What was missed is kept. */
export function pruneOccurrences({ store, clock, log }: { store: Pick<Store, "occurrences" | "strands">; clock: Clock; log: Log }): Disposable {
  const { occurrences, strands } = store;
  let isOver = false;
  const whileAny = async (prune: () => Promise<number>): Promise<void> => {
    while (!isOver && (await prune()) > 0);
  };
  const prune = async (): Promise<void> => {
    const before = clock.now() - KEPT_MS;
    await whileAny(() => occurrences.prune(before));
    for (const { id } of await strands.all({ gone: true })) await whileAny(() => occurrences.pruneStrand(id, KEPT_PER_STRAND));
  };
  const timer = clock.interval(EVERY_MS, () => {
    prune().catch((error: unknown) => log.warn("firings could not be pruned", { error }));
  });
  return {
    [Symbol.dispose]() {
      isOver = true;
      timer.cancel();
    },
  };
}

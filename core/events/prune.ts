import type { Clock } from "../clock/clock.ts";
import type { Log } from "../log/log.ts";
import type { EventStore } from "../store/contract.ts";

const PRUNE_MS = 3_600_000;

/** Forgets all but the newest `keep` events every hour, until it is disposed. */
export function pruneEvents({ events, keep, clock, log }: { events: EventStore; keep: number; clock: Clock; log: Log }): Disposable {
  let isOver = false;
  const prune = async (): Promise<void> => {
    while (!isOver && (await events.prune(keep)) > 0);
  };
  const timer = clock.interval(PRUNE_MS, () => {
    prune().catch((error: unknown) => log.warn("events could not be pruned", { error }));
  });
  return {
    [Symbol.dispose]() {
      isOver = true;
      timer.cancel();
    },
  };
}

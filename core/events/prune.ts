import type { Clock } from "../clock/clock.ts";
import { regularly, SOON_MS } from "../clock/regularly.ts";
import type { Log } from "../log/log.ts";
import type { EventStore } from "../store/contract.ts";
import { untilNone } from "../store/untilNone.ts";

const EVERY_MS = 3_600_000;

/** Forgets all but the newest `keep` events soon and then every hour, until it is disposed. */
export function pruneEvents({ events, keep, clock, log }: { events: Pick<EventStore, "prune">; keep: number; clock: Clock; log: Log }): Disposable {
  const work = (stop: AbortSignal): Promise<number> => untilNone(stop, () => events.prune(keep));
  return regularly({ everyMs: EVERY_MS, firstMs: SOON_MS, clock, work, failed: (error) => log.warn("events could not be pruned", { error }) });
}

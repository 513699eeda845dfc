import type { Clock } from "../clock/clock.ts";
import { Turns } from "../turns.ts";
import { definitionHash } from "./definition.ts";
import { isOverdue, type Observation } from "./reconcile.ts";

/**
 * Reckons with the definitions of jobs, and with the schedules of those that are late, and lets others have their turn in between.
 * What comes of it is remembered (`definitionHash`, `nextOccurrence`), so that comparing all jobs in one go takes little time.
 */
export async function reckonAhead(seen: Pick<Observation, "at" | "schedulerOn" | "jobs">, clock: Pick<Clock, "mono">, signal: AbortSignal): Promise<void> {
  const turns = new Turns(() => clock.mono());
  for (const job of seen.jobs) {
    signal.throwIfAborted();
    definitionHash(job);
    isOverdue(job, seen, null);
    await turns.pass();
  }
}

import type { Clock } from "../clock/clock.ts";
import { Turns } from "../turns.ts";
import { definitionHash } from "./definition.ts";
import { isOverdue, type Observation } from "./reconcile.ts";
import { weightOf, type Weighed } from "./room.ts";

/**
 * Reckons with the definitions of jobs, and with the schedules of those that are late, and lets others have their turn in between.
 * What comes of it is remembered (`definitionHash`, `nextOccurrence`, `weightOf`), so that comparing all jobs in one go takes little time.
 * @param known the source's strands
 */
export async function reckonAhead(seen: Pick<Observation, "at" | "schedulerOn" | "jobs">, known: Iterable<Weighed>, clock: Pick<Clock, "mono">, signal: AbortSignal): Promise<void> {
  const turns = new Turns(() => clock.mono());
  for (const strand of known) {
    signal.throwIfAborted();
    weightOf(strand);
    await turns.pass();
  }
  for (const job of seen.jobs) {
    signal.throwIfAborted();
    definitionHash(job);
    weightOf(job);
    isOverdue(job, seen, null);
    await turns.pass();
  }
}

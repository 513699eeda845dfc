import type { Clock } from "../clock/clock.ts";
import { Turns } from "../turns.ts";
import { definitionHash, differingFields } from "./definition.ts";
import { isOverdue, type KnownStrand, type Observation } from "./reconcile.ts";
import { weightOf, type Weighed } from "./room.ts";

/** What is known of a job, as far as it is reckoned with. */
export type KnownJob = Weighed & Pick<KnownStrand, "definitionHash">;

/**
 * Reckons with the definitions of jobs, and with the schedules of those that are late, and lets others have their turn in between.
 * What comes of it is remembered (`definitionHash`, `differingFields`, `nextOccurrence`, `weightOf`), so that comparing all jobs in one
 * go takes little time.
 * @param known the source's strands by their owner's job id
 */
export async function reckonAhead(seen: Pick<Observation, "at" | "schedulerOn" | "jobs">, known: ReadonlyMap<string, KnownJob>, clock: Pick<Clock, "mono">, signal: AbortSignal): Promise<void> {
  const turns = new Turns(() => clock.mono());
  for (const strand of known.values()) {
    signal.throwIfAborted();
    weightOf(strand);
    await turns.pass();
  }
  for (const job of seen.jobs) {
    signal.throwIfAborted();
    const hash = definitionHash(job);
    const before = known.get(job.id);
    if (before && before.definitionHash !== hash) differingFields(before.definition, job.definition);
    weightOf(job);
    isOverdue(job, seen, null);
    await turns.pass();
  }
}

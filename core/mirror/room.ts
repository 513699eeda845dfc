import type { StrandChange } from "../store/contract.ts";
import { MOST_JOBS } from "./mostJobs.ts";
import { SourceProblem } from "./problem.ts";
import type { KnownStrand } from "./reconcile.ts";

/**
 * Whether a source has room for what a look brings. What is missing without a word stays, so a scheduler that names others
 * each time would have strands without end.
 * @param known the source's strands by their owner's job id
 * @param changes what would be taken in
 * @throws SourceProblem `incompatible`
 */
export function checkRoom(known: ReadonlyMap<string, KnownStrand>, changes: readonly StrandChange[]): void {
  let there = 0;
  for (const { goneAt } of known.values()) if (goneAt === null) there++;
  for (const { kind } of changes) {
    if (kind === "added" || kind === "returned") there++;
    if (kind === "removed") there--;
  }
  if (there <= MOST_JOBS) return;
  throw new SourceProblem("incompatible", `It would have ${there} jobs, and more than ${MOST_JOBS} are not taken in. Those that it does not show any more are among them.`, {
    help: "If those were really removed, accept what the source says now (`loom sources accept ID`).",
  });
}

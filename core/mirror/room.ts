import { jsonWeight } from "../jsonWeight.ts";
import type { StrandChange, StrandState } from "../store/contract.ts";
import type { JsonObject, ObservedJob } from "./contract.ts";
import { MOST_JOBS } from "./mostJobs.ts";
import { SourceProblem } from "./problem.ts";
import type { KnownStrand } from "./reconcile.ts";

/** So much may all strands of a source say together: they are held in memory. */
const HEAVIEST = 64 * 1024 * 1024;

/** What a person can edit of a job, as it is observed or as it is stored. */
export type Weighed = Pick<ObservedJob, "name" | "steps" | "definition"> & { readonly [text in "description" | "command"]?: string | null | undefined };

/** By definition: whatever else is said of a job comes with another one. */
const weights = new WeakMap<JsonObject, number>();

/**
 * Whether a source has room for what a look brings. What is missing without a word stays, so a scheduler that names others
 * each time would have strands without end.
 * @param known the source's strands by their owner's job id
 * @param changes what would be taken in
 * @throws SourceProblem `incompatible`
 */
export function checkRoom(known: ReadonlyMap<string, KnownStrand>, changes: readonly StrandChange[]): void {
  if (changes.length === 0) return;
  const there = new Map<string, StrandState>();
  for (const strand of known.values()) if (strand.goneAt === null) there.set(strand.id, strand);
  for (const change of changes) {
    if (change.kind === "removed") there.delete(change.id);
    else there.set(change.strand.id, change.strand);
  }
  if (there.size > MOST_JOBS) throw tooMuch(`It would have ${there.size} jobs, and more than ${MOST_JOBS} are not taken in.`);
  let weight = 0;
  for (const strand of there.values()) weight += weightOf(strand);
  if (weight > HEAVIEST) throw tooMuch(`Its jobs would say ${Math.ceil(weight / 1024 / 1024)} MiB, and more than ${HEAVIEST / 1024 / 1024} MiB are not taken in.`);
}

function tooMuch(words: string): SourceProblem {
  return new SourceProblem("incompatible", `${words} Those that it does not show any more are counted.`, {
    help: "If those were really removed, accept what the source says now (`loom sources accept ID`).",
  });
}

/** How heavy what is said of a job is, reckoned once for each definition. */
export function weightOf({ name, description, command, steps, definition }: Weighed): number {
  let weight = weights.get(definition);
  if (weight === undefined) weights.set(definition, (weight = jsonWeight([name, description, command, steps, definition])));
  return weight;
}

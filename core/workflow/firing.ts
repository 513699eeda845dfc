import { messageOf, type Problem } from "../errors/loomError.ts";
import type { Json } from "../mirror/contract.ts";
import type { StandardSchema } from "../plugin/standardSchema.ts";
import type { TriggerSpec, WorkflowSpec } from "./contract.ts";
import { takes, type WorkflowFacts } from "./facts.ts";

const MEND = "Give it a default, as by .default(…), or make it optional: only people and requests bring an input of their own.";

/** A way in which runs are started that nobody gives an input. */
interface Firing {
  readonly by: string;
  /** Undefined: there is none. */
  readonly input: Json | undefined;
}

/**
 * What keeps its schedule or a trigger from starting it: the schema refuses the input that these give, so that each run would be
 * skipped. Calls the schema alone.
 */
export async function firingProblems({ input: schema }: Pick<WorkflowSpec, "input">, facts: WorkflowFacts): Promise<Problem[]> {
  if (!schema) return [];
  const problems = await Promise.all(firingsOf(facts).map((firing) => refusals(schema, firing)));
  // One field is told once, whatever would start it.
  return [...new Map(problems.flat().toReversed().map((problem) => [problem.path, problem])).values()].toReversed();
}

function firingsOf(facts: WorkflowFacts): Firing[] {
  const clock: Firing[] = facts.schedule.kind === "manual" ? [] : [{ by: "the schedule starts runs without an input", input: undefined }];
  return [...clock, ...facts.triggers.flatMap((trigger) => ("after" in trigger ? [followed(trigger, facts)] : []))];
}

function followed({ after, on }: Extract<TriggerSpec, { readonly after: string }>, facts: WorkflowFacts): Firing {
  if (!takes(facts, "after")) return { by: "the trigger starts runs without an input", input: undefined };
  const run = { strandId: after, runId: "00000000-0000-7000-8000-000000000000", status: on === "failed" ? "failed" : "succeeded" };
  return { by: "the trigger starts runs with { after } alone", input: { after: run } };
}

/** As runs are let in: of no input at all the schema makes what it likes, and an empty object will do. */
async function refusals(schema: StandardSchema, { by, input }: Firing): Promise<Problem[]> {
  const none = await issuesOf(schema, input);
  if (input !== undefined || none.length === 0) return none.map((issue) => problemOf(issue, by));
  const empty = await issuesOf(schema, {});
  const areFields = empty.every(({ field }) => field !== undefined);
  return (areFields ? empty : none).map((issue) => problemOf(issue, by));
}

interface Issue {
  /** Of the input; undefined: it is about the whole. */
  readonly field: string | undefined;
  readonly message: string;
}

async function issuesOf(schema: StandardSchema, input: Json | undefined): Promise<Issue[]> {
  try {
    const { issues = [] } = await schema["~standard"].validate(input);
    return issues.map(({ path, message }) => ({ field: fieldOf(path?.[0]), message }));
  } catch (error) {
    return [{ field: undefined, message: messageOf(error) }];
  }
}

function fieldOf(part: PropertyKey | { readonly key: PropertyKey } | undefined): string | undefined {
  return part === undefined ? undefined : String(typeof part === "object" ? part.key : part);
}

function problemOf({ field, message }: Issue, by: string): Problem {
  if (field === undefined) return { path: "input", message: `It is refused that ${by}: ${message}`, mend: MEND };
  return { path: `input.${field}`, message: `"${field}" has to be given, but ${by}.`, mend: MEND };
}

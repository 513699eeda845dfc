import { createHash } from "node:crypto";
import type { OperationSpec, StepContext, StepSpec, WorkflowSpec } from "../../contract.ts";
import type { Json } from "../../../mirror/contract.ts";
import type { StandardResult } from "../../../plugin/standardSchema.ts";
import { withoutInput } from "../../noInput.ts";
import type { Admittance, Work } from "../contract.ts";
import { clip } from "./clip.ts";
import { CallFailure, dataOf, resultOf } from "./result.ts";

/** What a schema has against an input. */
type Issue = { readonly message: string; readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined };

/** What is written around an input that was let in. */
const FRAME_BYTES = 1_024;
/** The key stays in memory for as long as its run is open, and what it is made of may be as long as an input. */
const LONGEST_KEY = 200;
/** Of what a schema has against an input so much is told: an input may be of a million faults. */
const MOST_PROBLEMS = 100;
const LONGEST_PROBLEM = 500;

/** What a file of workflows or operations exports. */
type Exports = { readonly workflow?: WorkflowSpec; readonly operation?: OperationSpec; readonly operations?: readonly OperationSpec[] };

/**
 * Calls what is wanted of a loaded file.
 * @param most bytes that the result may have
 * @returns the result as JSON
 * @throws CallFailure, or what the code throws
 */
export async function doWork(exports: unknown, work: Work, ctx: StepContext, most: number): Promise<string> {
  const file = exports as Exports;
  if (work.do === "operate") return resultOf(await operate(operationIn(file, work.operation), ctx), most);
  if (work.do === "admit") return dataOf(await admit(workflowIn(file, work.workflow), work.hasNone ? undefined : ctx.input), most + FRAME_BYTES);
  const step = stepIn(workflowIn(file, work.workflow), work.step);
  if (work.do === "evaluate") return dataOf(await evaluateStep(step, ctx), most);
  if (typeof step.run !== "function") throw new CallFailure("VERSION_NOT_LOADED", `The step "${work.step}" has no run.`);
  return resultOf(await step.run(ctx), most);
}

/** What the schema makes of an input, or of none, and the key of that; or all that it has against it. */
async function admit({ input: schema, concurrency }: WorkflowSpec, given: unknown): Promise<Admittance> {
  const none = schema && given === undefined ? await withoutInput(schema) : null;
  const checked: StandardResult<unknown> = none ?? (schema ? await schema["~standard"].validate(given) : { value: given ?? null });
  if (checked.issues) return { problems: problemsOf(checked.issues) };
  const { value: input } = checked as { readonly value: Json };
  const key = concurrency?.key?.(input);
  return { input: input ?? null, key: key === undefined ? null : shortKey(String(key)) };
}

function problemsOf(issues: readonly Issue[]): { path: string; message: string }[] {
  const told = issues.slice(0, MOST_PROBLEMS).map((issue) => ({ path: clip(["input", ...pathOf(issue)].join("."), LONGEST_PROBLEM), message: clip(String(issue.message), LONGEST_PROBLEM) }));
  const more = issues.length - told.length;
  return more > 0 ? [...told, { path: "input", message: `There are ${more} more problems.` }] : told;
}

/** Another one for each key: they are compared, and never shown. */
function shortKey(key: string): string {
  return key.length <= LONGEST_KEY ? key : `sha256:${createHash("sha256").update(key).digest("hex")}`;
}

async function operate({ id, input: schema, run }: OperationSpec, { input, ...ctx }: StepContext): Promise<unknown> {
  const checked = schema ? await schema["~standard"].validate(input) : { value: input };
  if (checked.issues) throw new CallFailure("STEP_INPUT_INVALID", `${id}: ${checked.issues.map((issue) => [pathOf(issue).join("."), issue.message].filter(Boolean).join(": ")).join("; ")}`);
  return run((checked as { value: unknown }).value, ctx);
}

/** The field that an issue is about; empty: the whole input. */
function pathOf({ path = [] }: Issue): string[] {
  return path.map((part) => String(typeof part === "object" ? part.key : part));
}

async function evaluateStep(step: StepSpec, ctx: StepContext): Promise<object> {
  const { input, results } = ctx;
  const ready = { input, results };
  // An empty answer says no, as a condition does.
  const when = step.when ? Boolean(await step.when(ready)) : true;
  if (!when) return { when, items: null, inputs: null };
  const items = step.each ? listOf(await (step.each(ready) as unknown)) : null;
  const inputs = step.input === undefined ? null : await Promise.all((items ?? [undefined]).map((item, index) => inputOf(step.input, { ...ready, item, index })));
  return { when, items, inputs };
}

/** Also of an `each` that is asynchronous, though nothing says that it may be. */
function listOf(given: unknown): unknown[] {
  if (Array.isArray(given)) return given;
  throw new TypeError(`each has to give a list, and gave ${given === null ? "null" : typeof given === "object" ? "an object" : `a ${typeof given}`}.`);
}

async function inputOf(input: unknown, ready: object): Promise<unknown> {
  return (typeof input === "function" ? await (input as (ready: object) => unknown)(ready) : input) ?? null;
}

function workflowIn({ workflow }: Exports, id: string): WorkflowSpec {
  if (workflow?.id !== id) throw new CallFailure("VERSION_NOT_LOADED", `The file has no workflow "${id}".`);
  return workflow;
}

function stepIn({ id, steps }: WorkflowSpec, stepId: string): StepSpec {
  const step = steps.find((one) => one.id === stepId);
  if (!step) throw new CallFailure("VERSION_NOT_LOADED", `The workflow "${id}" has no step "${stepId}".`);
  return step;
}

function operationIn({ operation, operations = [] }: Exports, id: string): OperationSpec {
  const found = [...(operation ? [operation] : []), ...operations].find((one) => one.id === id);
  if (!found) throw new CallFailure("VERSION_NOT_LOADED", `The file has no operation "${id}".`);
  return found;
}

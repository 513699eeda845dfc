import type { OperationSpec, StepContext, StepSpec, WorkflowSpec } from "../../contract.ts";
import type { Work } from "../contract.ts";
import { CallFailure, resultOf, toJson } from "./result.ts";

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
  const step = stepIn(file, work.workflow, work.step);
  if (work.do === "evaluate") return toJson(evaluateStep(step, ctx), most);
  if (typeof step.run !== "function") throw new CallFailure("VERSION_NOT_LOADED", `The step "${work.step}" has no run.`);
  return resultOf(await step.run(ctx), most);
}

async function operate({ id, input: schema, run }: OperationSpec, { input, ...ctx }: StepContext): Promise<unknown> {
  const checked = schema ? await schema["~standard"].validate(input) : { value: input };
  if (checked.issues) throw new CallFailure("STEP_INPUT_INVALID", `${id}: ${checked.issues.map(({ message }) => message).join("; ")}`);
  return run((checked as { value: unknown }).value, ctx);
}

function evaluateStep(step: StepSpec, ctx: StepContext): object {
  const { input, results } = ctx;
  const ready = { input, results };
  // An empty answer says no, as a condition does.
  const when = step.when ? Boolean(step.when(ready)) : true;
  if (!when) return { when, items: null, inputs: null };
  const items = step.each ? [...step.each(ready)] : null;
  const inputs = step.input === undefined ? null : (items ?? [undefined]).map((item, index) => inputOf(step.input, { ...ready, item, index }));
  return { when, items, inputs };
}

function inputOf(input: unknown, ready: object): unknown {
  return (typeof input === "function" ? (input as (ready: object) => unknown)(ready) : input) ?? null;
}

function stepIn({ workflow }: Exports, id: string, stepId: string): StepSpec {
  const step = workflow?.id === id ? workflow.steps.find((one) => one.id === stepId) : undefined;
  if (!step) throw new CallFailure("VERSION_NOT_LOADED", `The file has no step "${stepId}" of a workflow "${id}".`);
  return step;
}

function operationIn({ operation, operations = [] }: Exports, id: string): OperationSpec {
  const found = [...(operation ? [operation] : []), ...operations].find((one) => one.id === id);
  if (!found) throw new CallFailure("VERSION_NOT_LOADED", `The file has no operation "${id}".`);
  return found;
}

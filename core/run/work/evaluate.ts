import type { Json } from "../../mirror/contract.ts";
import type { RowFacts, RunBundles } from "../../store/contract.ts";
import type { StepFacts } from "../../workflow/facts.ts";
import type { Call, Evaluation as Told, Given as GivenToCall } from "../../workflow/isolate/contract.ts";
import type { Isolates } from "../../workflow/isolate/isolates.ts";
import type { Evaluation } from "../machine/decide.ts";
import { Reading, type Given } from "./given.ts";

/** A list that is longer belongs into a step that works on it by itself. */
export const MOST_ITEMS = 1_000;
/** They only look at what is there. */
const TIMEOUT_MS = 30_000;

export interface Evaluated {
  readonly answer: Evaluation;
  readonly facts: RowFacts;
}

export interface ToEvaluate {
  readonly runId: string;
  readonly strandId: string;
  /** The run's; undefined: it is long, and read here. */
  readonly input: Json | undefined;
  readonly bundles: RunBundles;
  readonly step: StepFacts;
  /** What it has made has come, of so many characters; a promise holds up who tells of more. */
  comes(length: number): void | Promise<void>;
}

/** Asks a step's own functions whether it is done, for which items, and with what input. Null: the isolate was taken away, so ask again. */
export async function evaluateStep(isolates: Pick<Isolates, "run">, given: Given, { runId, strandId, input: ofRun, bundles, step, comes }: ToEvaluate): Promise<Evaluated | null> {
  const version = await given.version(bundles.workflow);
  const failed = (code: string, error: string): Evaluated => ({ answer: { is: "failed", code }, facts: { step: step.id, error } });
  if (!version) return failed("VERSION_NOT_LOADED", "Its code is not kept any more.");
  const reading = new Reading(given, runId, { runInput: ofRun === undefined, row: null, results: step.dependsOn });
  const read = async (most: number): Promise<GivenToCall | number> => {
    const answer = await reading.read(most);
    return typeof answer === "number" ? answer : { input: ofRun === undefined ? answer.runInput : JSON.stringify(ofRun), results: answer.results };
  };
  const work = { do: "evaluate", workflow: strandId, step: step.id } as const;
  const call: Call = { version, work, attempt: 1, given: read, idempotencyKey: `${runId}/${step.id}?`, timeoutMs: TIMEOUT_MS };
  const outcome = await isolates.run(call, null, { done: comes });
  const { tooLarge } = reading;
  if (tooLarge !== null) return failed("RESULTS_TOO_LARGE", tooLarge);
  if (outcome.is === "displaced") return null;
  if (outcome.is === "failed") return failed(outcome.code === "STEP_TIMEOUT" ? "timeout" : outcome.code, outcome.message);
  const { when, items, inputs } = JSON.parse(outcome.data) as Told;
  if (!when) return { answer: { is: "skipped" }, facts: { step: step.id } };
  if (items !== null && items.length > MOST_ITEMS) return failed("TOO_MANY_ITEMS", `Its each gives ${items.length} items; the most is ${MOST_ITEMS}.`);
  return { answer: { is: "ready", items: items?.length ?? null }, facts: { step: step.id, inputs, items } };
}

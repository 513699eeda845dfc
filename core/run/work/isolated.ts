import type { WantedGiven } from "../../store/contract.ts";
import type { CallListener, Given as GivenToCall, StepFailure, StepOutcome, Work } from "../../workflow/isolate/contract.ts";
import type { Isolates } from "../../workflow/isolate/isolates.ts";
import { completedWith, failed, type Attempt, type Ended, type Perform } from "../attempt.ts";
import type { Recovery } from "../machine/plan.ts";
import { Reading, type Given } from "./given.ts";

/** What it ran in died under it. */
const CRASHES: readonly StepFailure[] = ["STEP_CRASHED", "STEP_OUT_OF_MEMORY"];
/** Another try would end the same. */
const FINAL: readonly StepFailure[] = ["STEP_INPUT_INVALID", "VERSION_NOT_LOADED", "EGRESS_REFUSED"];
/** The machine's own word for it. */
const CODES: Partial<Record<StepFailure, string>> = { STEP_TIMEOUT: "timeout", CANCELLED: "cancelled" };

/**
 * Performs steps whose code is in a file: their own `run`, or an operation's.
 * @param hash of the code
 * @param recovers what becomes of it where it may have begun and was displaced
 */
export function isolated(isolates: Pick<Isolates, "place" | "run">, given: Given, hash: string, recovers: Recovery): Perform {
  return async (attempt) => {
    const { runId, step, signal, idempotencyKey } = attempt;
    // Only then what it needs is read, so that those in line take no memory.
    const place = attempt.kept ?? (await isolates.place(hash, idempotencyKey, signal, (reason) => attempt.waits(reason)));
    if (place.is !== "kept") return endedBy(place, recovers);
    using _place = { [Symbol.dispose]: () => place.release() };
    const { output } = attempt;
    const listener: CallListener = {
      waiting: (reason) => attempt.waits(reason),
      placed: (host) => attempt.placed(host),
      began: () => attempt.began(),
      log: (level, message, fields) => output.log(level, message, fields),
      output: (stream, text) => output.add(text, stream),
      phase: (name, to) => attempt.phase(name, to),
      progress: (fraction) => attempt.progress(fraction),
      artifact: (name, kind, data) => attempt.keepArtifact(name, kind, data),
      done: (length) => attempt.comes(length),
    };
    const version = await given.version(hash);
    if (!version) return failed("VERSION_NOT_LOADED", "Its code is not kept any more.", true);
    const reading = new Reading(given, runId, wantedBy(attempt));
    const call = { version, work: workOf(attempt), attempt: attempt.attempt, given: (most: number) => givenTo(attempt, reading, most), idempotencyKey, timeoutMs: step.timeoutMs };
    const outcome = await isolates.run(call, signal, listener, place);
    const { tooLarge } = reading;
    return tooLarge === null ? endedBy(outcome, recovers) : failed("RESULTS_TOO_LARGE", tooLarge, true);
  };
}

function workOf({ strandId, step }: Attempt): Work {
  return step.does.kind === "operation" ? { do: "operate", operation: step.does.operationId } : { do: "run", workflow: strandId, step: step.id };
}

/** A step's own code sees the run's input and the results before it; an operation what the step made for it. */
function wantedBy({ input, step, row }: Attempt): WantedGiven {
  const isOwn = step.does.kind === "run";
  return { runInput: isOwn && input === undefined, row: step.evaluates && (step.each !== null || !isOwn) ? row : null, results: isOwn ? step.dependsOn : [] };
}

async function givenTo({ input: ofRun, step, row }: Attempt, reading: Reading, most: number): Promise<GivenToCall | number> {
  const read = await reading.read(most);
  if (typeof read === "number") return read;
  const index = /\[(\d+)\]$/.exec(row)?.[1];
  const item = index === undefined ? {} : { item: { value: read.item, index: Number(index) } };
  const ofOwn = ofRun === undefined ? read.runInput : JSON.stringify(ofRun);
  return { input: step.does.kind === "run" ? ofOwn : read.input, results: read.results, ...item };
}

function endedBy(outcome: StepOutcome, recovers: Recovery): Ended {
  if (outcome.is === "completed") return completedWith(outcome.data);
  if (outcome.is === "displaced") {
    // What may not be done twice is not, through whosever fault.
    return { outcome: outcome.mayHaveBegun && recovers === "crash" ? { is: "interrupted", final: true } : { is: "displaced" }, error: outcome.message };
  }
  const { code, message, stack } = outcome;
  const error = wordsOf(message, stack);
  if (CRASHES.includes(code)) return { outcome: { is: "crashed", code }, error };
  return failed(CODES[code] ?? code, error, FINAL.includes(code));
}

/** The message, and the lines that lead to the author's own code. */
function wordsOf(message: string, stack: string | null): string {
  const own = (stack ?? "").split("\n").filter((line) => /^\s+at /.test(line) && !/node:internal|core\/workflow\/isolate/.test(line));
  return [message, ...own].join("\n");
}

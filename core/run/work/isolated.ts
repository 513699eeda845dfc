import { isLoomError } from "../../errors/loomError.ts";
import type { CallListener, Given as GivenToCall, StepFailure, StepOutcome, Version, Work } from "../../workflow/isolate/contract.ts";
import type { Isolates } from "../../workflow/isolate/isolates.ts";
import type { KeyedQueue } from "../../keyedQueue.ts";
import { completedWith, failed, type Attempt, type Ended, type Perform } from "../attempt.ts";
import type { Recovery } from "../machine/plan.ts";

/** What a call needs of the store. */
export interface Given {
  /** Of the file that the step's code is in; null: it is not there any more. */
  version(hash: string): Promise<Version | null>;
  /** As the JSON of one object. */
  results(runId: string, steps: readonly string[]): Promise<string>;
  inputOf(runId: string, row: string): Promise<{ readonly input: string; readonly item: string }>;
  /** What the run itself was started with, as JSON. */
  runInput(runId: string): Promise<string>;
}

/** What it ran in died under it. */
const CRASHES: readonly StepFailure[] = ["STEP_CRASHED", "STEP_OUT_OF_MEMORY"];
/** Another try would end the same. */
const FINAL: readonly StepFailure[] = ["STEP_INPUT_INVALID", "VERSION_NOT_LOADED", "EGRESS_REFUSED"];
/** The machine's own word for it. */
const CODES: Partial<Record<StepFailure, string>> = { STEP_TIMEOUT: "timeout", CANCELLED: "cancelled" };

/**
 * Performs steps whose code is in a file: their own `run`, or an operation's.
 * @param sends bounds how many of one code are being sent at a time
 * @param hash of the code
 * @param recovers what becomes of it where it may have begun and was displaced
 */
export function isolated(isolates: Pick<Isolates, "place" | "run">, given: Given, sends: KeyedQueue, hash: string, recovers: Recovery): Perform {
  return async (attempt) => {
    const { signal, output, idempotencyKey } = attempt;
    // Only then what it needs is read, so that those in line take no memory.
    const place = attempt.kept ?? (await isolates.place(hash, idempotencyKey, signal, (reason) => attempt.waits(reason)));
    if (place.is !== "kept") return endedBy(place, recovers);
    using _place = { [Symbol.dispose]: () => place.release() };
    const listener: CallListener = {
      waiting: (reason) => attempt.waits(reason),
      placed: (host) => attempt.placed(host),
      began: () => attempt.began(),
      log: (level, message, fields) => output.log(level, message, fields),
      output: (_stream, text) => output.add(text),
      phase: (name, to) => attempt.phase(name, to),
      progress: (fraction) => attempt.progress(fraction),
      artifact: (name, kind, data) => attempt.keepArtifact(name, kind, data),
      done: (length) => attempt.comes(length),
    };
    const { over } = await sends.add(hash, async () => {
      const call = await callOf(attempt, given, hash).catch(tooLarge);
      if (call instanceof TooLarge) return { over: failed("RESULTS_TOO_LARGE", call.words, true) };
      if (call === null) return { over: failed("VERSION_NOT_LOADED", "Its code is not kept any more.", true) };
      const sent = Promise.withResolvers<void>();
      const outcome = isolates.run({ ...call, given: () => (sent.resolve(), call.given()) }, signal, listener, place);
      await Promise.race([sent.promise.then(() => place.drained()), outcome]);
      return { over: outcome.then((ended) => endedBy(ended, recovers)) };
    });
    return await over;
  };
}

async function callOf({ runId, strandId, input: ofRun, step, row, attempt, idempotencyKey }: Attempt, given: Given, hash: string) {
  const isOwn = step.does.kind === "run";
  const [version, results, own, input] = await Promise.all([
    given.version(hash),
    isOwn && step.dependsOn.length > 0 ? given.results(runId, step.dependsOn) : "{}",
    step.evaluates && (step.each !== null || !isOwn) ? given.inputOf(runId, row) : { input: "null", item: "null" },
    isOwn && ofRun === undefined ? given.runInput(runId) : JSON.stringify(ofRun ?? null),
  ]);
  if (!version) return null;
  const work: Work = step.does.kind === "operation" ? { do: "operate", operation: step.does.operationId } : { do: "run", workflow: strandId, step: step.id };
  const index = /\[(\d+)\]$/.exec(row)?.[1];
  const item = index === undefined ? {} : { item: { value: own.item, index: Number(index) } };
  let all: GivenToCall | null = { input: isOwn ? input : own.input, results, ...item };
  const once = (): GivenToCall => {
    const sent = all!;
    all = null;
    return sent;
  };
  return { version, work, attempt, given: once, idempotencyKey, timeoutMs: step.timeoutMs };
}

/** Why the results before a step are more than it may be given. */
export class TooLarge {
  readonly words: string;

  constructor(words: string) {
    this.words = words;
  }
}

/** @throws every error but that results are too large */
export function tooLarge(error: unknown): TooLarge {
  if (isLoomError(error) && error.code === "TOO_LARGE") return new TooLarge(`${error.message} Keep what is large as artifacts or in files, and return where it is.`);
  throw error;
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

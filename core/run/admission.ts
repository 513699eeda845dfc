import type { Clock } from "../clock/clock.ts";
import { LoomError } from "../errors/loomError.ts";
import type { Redactor } from "../log/redact.ts";
import type { Json } from "../mirror/contract.ts";
import type { InputFacts } from "../workflow/facts.ts";
import type { Admittance, Call, StepOutcome, Version } from "../workflow/isolate/contract.ts";
import type { Isolates } from "../workflow/isolate/isolates.ts";
import type { CurrentWorkflow, Library } from "../workflow/libraryContract.ts";

const TIMEOUT_MS = 30_000;
/** Who waits for an answer is told soon that there is none yet. */
const PATIENCE_MS = 5_000;

/** What a run is begun with. */
export interface Admitted {
  readonly input: Json;
  /** What it is counted by. */
  readonly key: string | null;
}

/** Lets requests in: finds the workflow, and has its own code check the input, if there is anything to check. */
export class Admission {
  readonly #library: Library;
  readonly #version: (hash: string) => Promise<Version | null>;
  readonly #isolates: Pick<Isolates, "run">;
  readonly #clock: Clock;
  readonly #redactor: Pick<Redactor, "text">;

  constructor(library: Library, version: (hash: string) => Promise<Version | null>, isolates: Pick<Isolates, "run">, clock: Clock, redactor: Pick<Redactor, "text">) {
    [this.#library, this.#version, this.#isolates, this.#clock, this.#redactor] = [library, version, isolates, clock, redactor];
  }

  /** @throws LoomError NOT_FOUND, WORKFLOW_BROKEN where only a broken file has it */
  workflow(id: string): CurrentWorkflow {
    const current = this.#library.workflow(id);
    if (current) return current;
    const file = this.#library.files().find(({ holds, problems }) => problems.length > 0 && holds.some((one) => one.kind === "workflow" && one.id === id));
    if (file) throw new LoomError("WORKFLOW_BROKEN", `The workflow "${id}" cannot be loaded.`, { problems: file.problems });
    throw new LoomError("NOT_FOUND", `There is no workflow "${id}".`);
  }

  /**
   * What the workflow makes of what a run is to be started with.
   * @param isAwaited somebody waits for the answer, and is rather told that it takes long
   * @throws LoomError WORKFLOW_INPUT_INVALID, WORKFLOW_BROKEN, WORKFLOWS_BUSY, STOPPING
   */
  async admit(workflow: CurrentWorkflow, input: Json | undefined, isAwaited: boolean, signal: AbortSignal): Promise<Admitted> {
    const { facts } = workflow;
    const given = input === undefined ? facts.input?.default : input;
    if (given === undefined && facts.input) throw missingInput(facts.id, facts.input);
    const isKnown = !facts.input || (input === undefined && !facts.input.varies);
    if (isKnown && !facts.keyed) return { input: given ?? null, key: null };
    return this.#ask(workflow, input, isAwaited, signal);
  }

  /** @param input undefined: none */
  async #ask({ facts: { id }, bundleHash }: CurrentWorkflow, input: Json | undefined, isAwaited: boolean, signal: AbortSignal): Promise<Admitted> {
    const version = await this.#version(bundleHash);
    if (!version) throw new LoomError("WORKFLOW_BROKEN", `The code of the workflow "${id}" is not there.`);
    for (;;) {
      if (signal.aborted) throw new LoomError("STOPPING", "Loom is stopping.");
      const call: Call = { version, work: { do: "admit", workflow: id, ...(input === undefined && { hasNone: true }) }, attempt: 1, given: () => ({ input: JSON.stringify(input ?? null), results: "{}" }), idempotencyKey: `admit:${id}:${bundleHash}`, timeoutMs: TIMEOUT_MS };
      const outcome = isAwaited ? await this.#callSoon(call) : await this.#isolates.run(call, null);
      if (outcome === null) throw new LoomError("WORKFLOWS_BUSY", `The workflow "${id}" could not be asked what it makes of its input within ${PATIENCE_MS / 1_000} s.`, { retryAfterMs: PATIENCE_MS });
      if (outcome.is === "displaced") continue;
      if (outcome.is === "failed" && outcome.code === "RESULT_TOO_LARGE") throw invalidInput(id, [{ path: "input", message: `What is made of it is too large. ${outcome.message}` }]);
      if (outcome.is === "failed") throw new LoomError("WORKFLOW_BROKEN", `The workflow "${id}" could not check its input: ${this.#redactor.text(outcome.message)}`, { help: "Mend its input schema or its concurrency key." });
      const admittance = JSON.parse(outcome.data) as Admittance;
      if (admittance.problems === undefined) return { input: admittance.input, key: admittance.key };
      throw invalidInput(id, admittance.problems.map(({ path, message }) => ({ path: this.#redactor.text(path), message: this.#redactor.text(message) })));
    }
  }

  /** Null: its turn has not come. What has its place goes on unheard, since to stop it could end the thread that it shares with others. */
  async #callSoon(call: Call): Promise<StepOutcome | null> {
    const tooLong = Promise.withResolvers<null>();
    const waiting = new AbortController();
    let isPlaced = false;
    const placed = (): void => void (isPlaced = true);
    const giveUp = (): void => {
      if (!isPlaced) waiting.abort();
      tooLong.resolve(null);
    };
    using patience = this.#clock.timer(PATIENCE_MS, giveUp);
    const outcome = this.#isolates.run(call, waiting.signal, { placed, began: () => patience.cancel() });
    // Awaited here, so that the timer is there until then.
    return await Promise.race([tooLong.promise, outcome]);
  }
}

function invalidInput(id: string, problems: NonNullable<Admittance["problems"]>): LoomError {
  return new LoomError("WORKFLOW_INPUT_INVALID", `The input does not fit the workflow "${id}".`, { problems });
}

/** Names each field that there has to be, where the schema tells. */
function missingInput(id: string, { schema }: InputFacts): LoomError {
  const fields = Array.isArray(schema?.["required"]) ? schema["required"].map(String) : [];
  const flags = fields.length > 0 ? fields.map((field) => `--${field} …`).join(" ") : "--input '…'";
  const problems = (fields.length > 0 ? fields.map((field) => `input.${field}`) : ["input"]).map((path) => ({ path, message: "It is missing." }));
  return new LoomError("WORKFLOW_INPUT_INVALID", `The workflow "${id}" has to be given an input.`, { problems, help: `On the command line: loom run ${id} ${flags}` });
}

import type { Json, JsonObject } from "../mirror/contract.ts";
import type { DrivenRunStore, WeaveStore } from "../store/contract.ts";
import type { StepFacts } from "../workflow/facts.ts";
import { isRunOver } from "./machine/states.ts";
import type { Children } from "./work/child.ts";

type Over = Awaited<ReturnType<Children["over"]>>;

/** What is read of the store, however long that takes: an end that is not read is none. */
type Stored = Pick<DrivenRunStore, "get" | "results"> & Pick<WeaveStore, "version">;

/** Tells steps how the runs that they have started ended. */
export class ChildEnds {
  readonly #stored: Stored;
  readonly #waiting = new Map<string, PromiseWithResolvers<void>>();
  #hasLeft = false;

  constructor(stored: Stored) {
    this.#stored = stored;
  }

  /** Answers once the run has ended; null where the gateway stops before. */
  async over(runId: string, isOpen: boolean): Promise<Over> {
    if (isOpen && !this.#hasLeft) {
      const waiting = this.#waiting.get(runId) ?? Promise.withResolvers<void>();
      this.#waiting.set(runId, waiting);
      await waiting.promise;
    }
    const run = this.#hasLeft ? null : await this.#stored.get(runId);
    if (run === null || !isRunOver(run.state.status)) return null;
    const { status, code } = run.state;
    const facts = status === "succeeded" ? (await this.#stored.version(run.strandId, run.version))?.facts : undefined;
    return { status: status as NonNullable<Over>["status"], code, result: facts ? await this.#resultOf(runId, facts.steps) : null };
  }

  /** A run has ended. */
  ended(runId: string): void {
    this.#waiting.get(runId)?.resolve();
    this.#waiting.delete(runId);
  }

  /** The gateway stops: those who wait are told that they do so in vain. */
  leave(): void {
    this.#hasLeft = true;
    for (const runId of [...this.#waiting.keys()]) this.ended(runId);
  }

  /** What its last step gave; of several that nothing depends on, by their ids. */
  async #resultOf(runId: string, steps: readonly StepFacts[]): Promise<Json> {
    const needed = new Set(steps.flatMap(({ dependsOn }) => dependsOn));
    const last = steps.map(({ id }) => id).filter((id) => !needed.has(id));
    const results = JSON.parse(await this.#stored.results(runId, last)) as JsonObject;
    return last.length === 1 ? (results[last[0]!] ?? null) : results;
  }
}

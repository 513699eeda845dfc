import { messageOf } from "../errors/loomError.ts";
import { KeyedQueue } from "../keyedQueue.ts";
import type { Log } from "../log/log.ts";
import type { DrivenRun, DrivenRunStore, RowFacts, WeaveStore } from "../store/contract.ts";
import { keptInput } from "./keptInput.ts";
import { abandon } from "./machine/abandon.ts";
import type { RunState } from "./machine/state.ts";
import { isRunOver, isStepOver } from "./machine/states.ts";
import type { Persist } from "./persist.ts";
import { planOfFacts, type Performers } from "./plans.ts";
import { hasEnded } from "./refusals.ts";
import { Runner, type RunnerParts } from "./runner.ts";

export interface LeftRunsOptions extends Performers {
  readonly driven: DrivenRunStore;
  readonly weave: Pick<WeaveStore, "version">;
  readonly log: Log;
}

type Left = Awaited<ReturnType<DrivenRunStore["open"]>>[number];

/** What they were started with may be long, and is in memory only while they are read. */
const READ_AT_A_TIME = 16;

const CODE = "VERSION_NOT_LOADED";
const MEND = "Its finished steps keep their results; do it again, and it goes by the workflow as it is now.";

/** The runs that an earlier start of the gateway left open: those that can go on, and an end for those that cannot. */
export class LeftRuns {
  readonly #options: LeftRunsOptions;
  readonly #parts: RunnerParts;
  readonly #persist: Persist;

  constructor(options: LeftRunsOptions, parts: RunnerParts) {
    [this.#options, this.#parts, this.#persist] = [options, parts, parts.persist];
  }

  /** Those that go on. The others have ended when this answers. */
  async read(): Promise<Runner[]> {
    const { driven } = this.#options;
    const open = await this.#persist.write(() => driven.open());
    const few = new KeyedQueue(READ_AT_A_TIME);
    const read = await Promise.all(open.map((left) => few.add("", () => this.#read(left))));
    return read.filter((runner) => runner !== null);
  }

  /**
   * Ends a run that nobody drives.
   * @throws LoomError CONFLICT where it has ended
   */
  async end({ id, state }: Pick<DrivenRun, "id" | "state">, why: string): Promise<void> {
    const { moves } = abandon(state, CODE);
    if (moves.length === 0) throw hasEnded();
    const facts: RowFacts[] = [...state.steps.values()].filter(({ status }) => !isStepOver(status)).map(({ id: step }) => ({ step, error: this.#parts.redactor.text(`${why} ${MEND}`) }));
    const { outcome } = await this.#persist.write(() => this.#options.driven.apply({ runId: id, at: this.#parts.clock.now(), moves, facts }));
    if (outcome !== "ok") throw new Error(`the end of run ${id} was not stored: ${outcome}`);
  }

  async #read(left: Left): Promise<Runner | null> {
    const { driven, weave } = this.#options;
    let run: DrivenRun | null = null;
    try {
      run = await this.#persist.write(() => driven.get(left.id));
      if (!run || isRunOver(run.state.status)) return null;
      const { strandId, version: number } = run;
      const version = await this.#persist.write(() => weave.version(strandId, number));
      if (!version) throw new Error(`Version ${number} of ${strandId}, by which it was to go on, is not kept any more.`);
      return new Runner({ ...run, input: keptInput(run.input), facts: version.facts }, planOfFacts(version.facts, this.#options), run.state, this.#parts);
    } catch (error) {
      // What is to stop soon may not be judged.
      if (!this.#persist.hasGivenUp) await this.#giveUp(left, run?.state ?? null, error);
      return null;
    }
  }

  /** @param state null: not even that can be read */
  async #giveUp({ id, status }: Left, state: RunState | null, why: unknown): Promise<void> {
    const { log } = this.#options;
    log.error("a run cannot go on, and is ended", { runId: id, error: why });
    try {
      await this.end({ id, state: state ?? { status, code: null, cancel: null, steps: new Map() } }, messageOf(why));
    } catch (error) {
      log.error("nor could its end be stored", { runId: id, error });
    }
  }
}

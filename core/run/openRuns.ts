import { admit, nextToStart, overtaken, type Admission, type OpenRun, type OverlapPolicy } from "./machine/overlap.ts";
import { ROWS_OF_RUN, type OpenRows } from "./machine/state.ts";
import type { Runner } from "./runner.ts";

/** The runs that have not ended, by id and by strand. A turn that was given counts at once, whether it is stored or not. */
export class OpenRuns {
  readonly #byId = new Map<string, Runner>();
  readonly #byStrand = new Map<string, Set<Runner>>();

  get(id: string): Runner | undefined {
    return this.#byId.get(id);
  }

  all(): readonly Runner[] {
    return [...this.#byId.values()];
  }

  add(runner: Runner): void {
    const { strandId } = runner.run;
    this.#byStrand.set(strandId, (this.#byStrand.get(strandId) ?? new Set()).add(runner));
    this.#byId.set(runner.id, runner);
  }

  remove(runner: Runner): void {
    const { strandId } = runner.run;
    const strand = this.#byStrand.get(strandId);
    strand?.delete(runner);
    if (strand?.size === 0) this.#byStrand.delete(strandId);
    this.#byId.delete(runner.id);
  }

  /** What becomes of a run that is asked for now. */
  admit(strandId: string, policy: OverlapPolicy, key: string | null): Admission {
    return admit(policy, this.#of(strandId), key, this.#rows(strandId, null));
  }

  /** The rows of all but this one. */
  rowsBeside(one: Runner): OpenRows {
    return this.#rows(one.run.strandId, one);
  }

  /** Those whose turn it is now. */
  next(strandId: string, policy: OverlapPolicy): readonly Runner[] {
    return nextToStart(policy, this.#of(strandId)).map((id) => this.#byId.get(id)!);
  }

  /** Those that were to be cancelled for others that wait. */
  overtaken(strandId: string, policy: OverlapPolicy): readonly string[] {
    return overtaken(policy, this.#of(strandId));
  }

  /** One run of the strand; undefined: none is open. */
  anyOf(strandId: string): Runner | undefined {
    return this.#byStrand.get(strandId)?.values().next().value;
  }

  #rows(strandId: string, but: Runner | null): OpenRows {
    let [own, all] = [0, 0];
    for (const runner of this.#byId.values()) {
      if (runner === but) continue;
      const rows = runner.rows + ROWS_OF_RUN;
      all += rows;
      if (runner.run.strandId === strandId) own += rows;
    }
    return { own, all };
  }

  #of(strandId: string): OpenRun[] {
    return [...(this.#byStrand.get(strandId) ?? [])].map((runner, queuedAt) => {
      const { status } = runner.state;
      // Their order is that in which they came, also within a millisecond.
      return { id: runner.id, status: status === "queued" && runner.isAdmitted ? "running" : status, key: runner.run.concurrencyKey, queuedAt };
    });
  }
}

import { admit, nextToStart, overtaken, type Admission, type OpenRun, type OverlapPolicy } from "./machine/overlap.ts";
import { ROWS_OF_RUN, type OpenRows } from "./machine/state.ts";
import type { Runner } from "./runner.ts";

/** The runs that have not ended, by id and by strand. A turn that was given counts at once, whether it is stored or not. */
export class OpenRuns {
  readonly #byId = new Map<string, Runner>();
  readonly #byStrand = new Map<string, Set<Runner>>();
  /** Kept as they change: with thousands of open runs, adding them up for each that is asked for costs more than its start. */
  readonly #rowsOf = new Map<Runner, number>();
  readonly #rowsOfStrand = new Map<string, number>();
  #rowsOfAll = 0;

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
    this.#count(runner, true);
  }

  remove(runner: Runner): void {
    const { strandId } = runner.run;
    const strand = this.#byStrand.get(strandId);
    strand?.delete(runner);
    if (strand?.size === 0) this.#byStrand.delete(strandId);
    this.#byId.delete(runner.id);
    this.#count(runner, false);
  }

  /** It has other rows than before. One that is not open counts for nothing. */
  counted(runner: Runner): void {
    if (this.#rowsOf.has(runner)) this.#count(runner, true);
  }

  /** What becomes of a run that is asked for now. */
  admit(strandId: string, policy: OverlapPolicy, key: string | null): Admission {
    return admit(policy, this.#of(strandId), key, { own: this.#rowsOfStrand.get(strandId) ?? 0, all: this.#rowsOfAll });
  }

  /** The rows of all but this one. */
  rowsBeside(one: Runner): OpenRows {
    const its = this.#rowsOf.get(one) ?? 0;
    return { own: (this.#rowsOfStrand.get(one.run.strandId) ?? 0) - its, all: this.#rowsOfAll - its };
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

  #count(runner: Runner, isOpen: boolean): void {
    const { strandId } = runner.run;
    const rows = isOpen ? runner.rows + ROWS_OF_RUN : 0;
    const more = rows - (this.#rowsOf.get(runner) ?? 0);
    const own = (this.#rowsOfStrand.get(strandId) ?? 0) + more;
    if (rows === 0) this.#rowsOf.delete(runner);
    else this.#rowsOf.set(runner, rows);
    if (own === 0) this.#rowsOfStrand.delete(strandId);
    else this.#rowsOfStrand.set(strandId, own);
    this.#rowsOfAll += more;
  }

  #of(strandId: string): OpenRun[] {
    return [...(this.#byStrand.get(strandId) ?? [])].map((runner, queuedAt) => {
      const { status } = runner.state;
      // Their order is that in which they came, also within a millisecond.
      return { id: runner.id, status: status === "queued" && runner.isAdmitted ? "running" : status, key: runner.run.concurrencyKey, queuedAt };
    });
  }
}

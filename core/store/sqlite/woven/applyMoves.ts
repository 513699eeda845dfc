import type { RunMove, StepMove } from "../../../run/machine/decision.ts";
import { readRowId } from "../../../run/machine/rowId.ts";
import { isRunOver, isUnderWay } from "../../../run/machine/states.ts";
import type { DrivenRunStore, Lost, NewEvent, NotFound, Ok, RowFacts, RunStatus, StepStatus } from "../../contract.ts";
import { ERROR_BYTES, head } from "../bounds.ts";
import type { Transaction } from "../transaction.ts";
import { keepAttempt, type EndedAttempt } from "./attempts.ts";
import { endRun } from "./endRun.ts";
import { givenTo, storedLists, writeFacts, type Lists } from "./rowFacts.ts";
import { findRun, type RunRow } from "./runRow.ts";
import { findStep, insertRow, moveRow, newRow, NOTHING_GIVEN, patchRow, seqOf, updateRow, type Given, type StepRow } from "./stepRows.ts";
import { rowEvent, runEvent, type ToldRun } from "./tellDriven.ts";

type Change = Parameters<DrivenRunStore["apply"]>[0];

/** A row as it is being moved on. */
interface Touched {
  readonly row: StepRow;
  /** As it is stored; null: it is not. */
  readonly from: StepStatus | null;
  isChanged: boolean;
}

/** Stores what the machine decided about a run, or nothing of it where the run stands otherwise than the machine took it to. */
export function applyMoves(tx: Transaction, change: Change): Ok | Lost | NotFound {
  const run = findRun(tx.db, change.runId);
  if (!run) return { outcome: "not_found" };
  const applying = new Applying(tx, change, run);
  // Nothing is written before all of it is known to hold.
  if (!applying.take()) return { outcome: "lost" };
  applying.write();
  return { outcome: "ok" };
}

class Applying {
  readonly #tx: Transaction;
  readonly #change: Change;
  readonly #run: RunRow;
  readonly #runFrom: RunStatus;
  readonly #told: ToldRun;
  readonly #facts: ReadonlyMap<string, RowFacts>;
  readonly #rows = new Map<string, Touched>();
  readonly #lists = new Map<string, Lists>();
  readonly #ended: EndedAttempt[] = [];
  readonly #events: NewEvent[] = [];

  constructor(tx: Transaction, change: Change, run: RunRow) {
    this.#tx = tx;
    this.#change = change;
    this.#run = run;
    this.#runFrom = run.status;
    this.#told = { runId: change.runId, strandId: run.strand_id, at: change.at };
    this.#facts = new Map(change.facts?.map((facts) => [facts.step, facts]));
  }

  /** Goes through the moves; answers whether each of them can be made. */
  take(): boolean {
    const { moves, facts = [] } = this.#change;
    return moves.every((move) => (move.of === "run" ? this.#takeRunMove(move) : this.#takeStepMove(move))) && facts.every(({ step }) => this.#touch(step));
  }

  write(): void {
    const { db } = this.#tx;
    const { runId, facts = [] } = this.#change;
    for (const touched of this.#rows.values()) this.#writeRow(touched);
    for (const attempt of this.#ended) keepAttempt(db, runId, attempt);
    for (const one of facts) writeFacts(db, runId, one);
    for (const event of this.#events) this.#tx.emit(event);
    if (this.#run.status !== this.#runFrom) this.#writeRun();
  }

  #takeRunMove({ from, to, event, patch }: RunMove): boolean {
    const run = this.#run;
    if (run.status !== from) return false;
    run.status = to;
    if (from === "queued" && to === "running") run.started_at = this.#change.at;
    if (patch.code !== undefined) run.code = patch.code;
    if (patch.cancel) [run.cancel_at, run.cancel_grace_ms] = [patch.cancel.at, patch.cancel.graceMs];
    const { status, code, trigger, queued_at: queuedAt, started_at: startedAt } = run;
    if (!isRunOver(to)) this.#events.push(runEvent(this.#told, event, { status, code, trigger, queuedAt, startedAt }));
    return true;
  }

  #takeStepMove({ id, from, to, event, patch }: StepMove): boolean {
    const touched = from === null ? this.#bear(id, patch.epoch ?? 0) : this.#touch(id);
    if (!touched || (from !== null && touched.row.status !== from)) return false;
    const { row } = touched;
    touched.isChanged = true;
    const ended = isUnderWay(row.status) && !isUnderWay(to) && readRowId(id).phase === null ? { ...row } : null;
    const error = this.#errorOf(id, to);
    if (error !== null) row.error = error;
    patchRow(row, patch);
    moveRow(row, to, this.#change.at);
    if (ended) this.#ended.push({ row: ended, status: to, code: patch.code ?? null, error, finishedAt: this.#change.at });
    if (event !== null) this.#events.push(rowEvent(this.#told, event, row));
    return true;
  }

  /** Why a row came to this state, in words, where that was told. */
  #errorOf(id: string, to: StepStatus): string | null {
    const error = isUnderWay(to) ? undefined : this.#facts.get(id)?.error;
    return error === undefined ? null : head(error, ERROR_BYTES);
  }

  #touch(id: string): Touched | undefined {
    const known = this.#rows.get(id);
    if (known) return known;
    const row = findStep(this.#tx.db, this.#change.runId, id);
    return row && this.#remember(id, { row, from: row.status, isChanged: false });
  }

  /** A new row, or the phase of an earlier attempt, which begins anew. */
  #bear(id: string, epoch: number): Touched | undefined {
    const { step, phase } = readRowId(id);
    const before = this.#touch(id);
    if (before) {
      if (phase === null || before.row.epoch >= epoch) return undefined;
      before.row.error = null;
      return before;
    }
    const parent = this.#touch(step)?.row;
    return parent && this.#remember(id, { row: newRow(id, seqOf(parent.seq, id), phase ?? parent.label), from: null, isChanged: true });
  }

  #remember(id: string, touched: Touched): Touched {
    this.#rows.set(id, touched);
    return touched;
  }

  #writeRow({ row, from, isChanged }: Touched): void {
    const { db } = this.#tx;
    const { runId } = this.#change;
    if (from === null) insertRow(db, runId, this.#run.node_id, row, this.#givenTo(row.step_id));
    else if (isChanged && !updateRow(db, row, from)) throw new Error(`${row.step_id} of ${runId} changed inside the transaction`);
  }

  #givenTo(id: string): Given {
    const { step, item, phase } = readRowId(id);
    if (item === null || phase !== null) return NOTHING_GIVEN;
    let lists = this.#lists.get(step);
    if (!lists) this.#lists.set(step, (lists = this.#listsOf(step)));
    return givenTo(lists, item);
  }

  #listsOf(step: string): Lists {
    const { inputs = null, items = null } = this.#facts.get(step) ?? {};
    return items ? { inputs, items } : storedLists(this.#tx.db, this.#change.runId, step);
  }

  #writeRun(): void {
    const run = this.#run;
    if (isRunOver(run.status)) return endRun(this.#tx, this.#told, run, this.#runFrom);
    const changed = this.#tx.db.run(
      "UPDATE runs SET status = ?, code = ?, started_at = ?, cancel_at = ?, cancel_grace_ms = ? WHERE run_id = ? AND status = ?",
      run.status, run.code, run.started_at, run.cancel_at, run.cancel_grace_ms, this.#change.runId, this.#runFrom,
    );
    if (changed === 0) throw new Error(`run ${this.#change.runId} changed inside the transaction`);
  }
}

import { isRunOver } from "../../../run/machine/states.ts";
import { readRowId } from "../../../run/machine/rowId.ts";
import type { Duplicate, Lost, NotFound, Ok } from "../../contract.ts";
import { json } from "../cells.ts";
import { tellOutcome } from "../tellRun.ts";
import type { Transaction } from "../transaction.ts";
import { insertRow, newRow, NOTHING_GIVEN, patchRow, seqOf, stepSeq } from "./stepRows.ts";
import { runEvent } from "./tellDriven.ts";
import type { SentRun } from "./wire.ts";

/** Adds a run with its rows, unless it has begun before, or what it is to go on from is not there any more. */
export function beginRun(tx: Transaction, run: SentRun): Ok | (Duplicate & { readonly runId: string }) | NotFound | Lost {
  if (!tx.db.get("SELECT 1 FROM strands WHERE strand_id = ? AND kind = 'woven'", run.strandId)) return { outcome: "not_found" };
  const twin = findTwin(tx, run);
  if (twin !== undefined) return { outcome: "duplicate", runId: twin };
  if (run.takesOver !== null && !hasAll(tx, run.takesOver, run)) return { outcome: "lost" };
  writeRun(tx, run);
  writeRows(tx, run);
  tellBegin(tx, run);
  return { outcome: "ok" };
}

function tellBegin(tx: Transaction, { id: runId, strandId, at, trigger, state: { status, code } }: SentRun): void {
  if (!isRunOver(status)) return tx.emit(runEvent({ runId, strandId, at }, "run.queued", { status, code, trigger, queuedAt: at, startedAt: at }));
  tellOutcome(tx, { id: strandId, at }, runId, "news", { status, code, error: null, red: false, trigger, startedAt: at, finishedAt: at }, []);
}

/** The run that has this id, or that the same thing has started. */
export function findTwin({ db }: Transaction, { id, strandId, onceKey }: SentRun): string | undefined {
  const twin =
    db.get<{ run_id: string }>("SELECT run_id FROM runs WHERE run_id = ?", id) ??
    (onceKey === null ? undefined : db.get<{ run_id: string }>("SELECT run_id FROM runs WHERE strand_id = ? AND external_key = ?", strandId, onceKey));
  return twin?.run_id;
}

/** Whether the earlier run has what this one takes over of it: it may be on its way to be forgotten. */
function hasAll({ db }: Transaction, earlier: string, { state }: SentRun): boolean {
  const there = new Set(db.all<{ id: string }>("SELECT step_id AS id FROM step_runs WHERE run_id = ?", earlier).map(({ id }) => id));
  const isNew = ({ id, status, answer }: SentRun["state"]["steps"][number]): boolean => status === "pending" && answer === null && readRowId(id).item === null;
  return state.steps.every((row) => isNew(row) || there.has(row.id));
}

/** Adds its own row, without those of its steps. */
export function writeRun({ db }: Transaction, run: SentRun): void {
  const { status, code } = run.state;
  db.run(
    `INSERT INTO runs (run_id, strand_id, external_key, trigger, trigger_by, status, code, node_id, started_at, finished_at, driven, queued_at, version,
       concurrency_key, rerun_of, takes_over, parent_run_id, parent_step, parent_epoch, bundles, input, let_in)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    run.id, run.strandId, run.onceKey, run.trigger, run.triggerBy, status, code, run.nodeId, run.at, isRunOver(status) ? run.at : null, run.at, run.version,
    run.concurrencyKey, run.rerunOf, run.takesOver, run.parent?.runId ?? null, run.parent?.step ?? null, run.parent?.epoch ?? null, json(run.bundles), json(run.input as object), run.isLetIn ? 1 : 0,
  );
}

function writeRows({ db }: Transaction, run: SentRun): void {
  const places = new Map(run.labels.map(([id, label], place) => [id, { label, seq: stepSeq(place) }]));
  for (const { id, status, ...state } of run.state.steps) {
    const { phase, step } = readRowId(id);
    const { label, seq } = places.get(step) ?? { label: step, seq: stepSeq(places.size) };
    const row = newRow(id, seqOf(seq, id), phase ?? label);
    patchRow(row, state);
    // What an earlier run has done took no time in this one.
    row.status = status;
    insertRow(db, run.id, run.nodeId, row, NOTHING_GIVEN);
  }
}

import { isRunOver } from "../../../run/machine/states.ts";
import { readRowId } from "../../../run/machine/rowId.ts";
import type { Duplicate, NotFound, Ok } from "../../contract.ts";
import { bit, json } from "../cells.ts";
import { tellOutcome } from "../tellRun.ts";
import type { Transaction } from "../transaction.ts";
import { insertRow, newRow, NOTHING_GIVEN, patchRow, seqOf, stepSeq } from "./stepRows.ts";
import { runEvent } from "./tellDriven.ts";
import type { SentRun } from "./wire.ts";

/** Adds a run with its rows, unless it has begun before. */
export function beginRun(tx: Transaction, run: SentRun): Ok | (Duplicate & { readonly runId: string }) | NotFound {
  if (!tx.db.get("SELECT 1 FROM strands WHERE strand_id = ? AND kind = 'woven'", run.strandId)) return { outcome: "not_found" };
  const twin = findTwin(tx, run);
  if (twin !== undefined) return { outcome: "duplicate", runId: twin };
  writeRun(tx, run);
  writeRows(tx, run);
  if (run.rerunOf !== null) copyGiven(tx, run);
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

/** Adds its own row, without those of its steps. */
export function writeRun({ db }: Transaction, run: SentRun): void {
  const { status, code } = run.state;
  db.run(
    `INSERT INTO runs (run_id, strand_id, external_key, trigger, trigger_by, status, code, node_id, started_at, finished_at, driven, queued_at, version,
       concurrency_key, rerun_of, parent_run_id, parent_step, parent_epoch, bundles, input)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    run.id, run.strandId, run.onceKey, run.trigger, run.triggerBy, status, code, run.nodeId, run.at, isRunOver(status) ? run.at : null, run.at, run.version,
    run.concurrencyKey, run.rerunOf, run.parent?.runId ?? null, run.parent?.step ?? null, run.parent?.epoch ?? null, json(run.bundles), json(run.input as object),
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

/** What was asked for in the earlier run is not asked again; what was done there is not done again. */
function copyGiven({ db }: Transaction, run: SentRun): void {
  const kept = new Set(run.kept);
  for (const { id, answer } of run.state.steps) {
    if (!kept.has(id) && answer === null && readRowId(id).item === null) continue;
    db.run(
      `UPDATE step_runs SET input = earlier.input, item = earlier.item, inputs = earlier.inputs, items = earlier.items, result = iif(?, earlier.result, NULL)
       FROM step_runs AS earlier WHERE earlier.run_id = ? AND earlier.step_id = ? AND step_runs.run_id = ? AND step_runs.step_id = ?`,
      bit(kept.has(id)), run.rerunOf, id, run.id, id,
    );
  }
}

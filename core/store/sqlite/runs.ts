import type { Duplicate, NotFound, Ok, Page, RunFilter, RunRecord, RunStatus, StepRunRecord, StepStatus } from "../contract.ts";
import { runStatuses } from "../statuses.ts";
import { acknowledgeRed } from "./acknowledge.ts";
import { BRIEF, JSON_BYTES, RUN_BYTES } from "./bounds.ts";
import { fromJson, json } from "./cells.ts";
import type { Database, Value } from "./database.ts";
import { inOrder, pageOf, pageSize, positionOf, type Walk } from "./paging.ts";
import type { Transaction } from "./transaction.ts";
import { parentOf } from "./woven/drivenRuns.ts";

interface RunRow {
  readonly run_id: string;
  readonly strand_id: string;
  readonly external_key: string | null;
  readonly owner_run_id: string | null;
  readonly trigger: string;
  readonly trigger_by: string | null;
  readonly status: RunStatus;
  readonly code: string | null;
  readonly error: string | null;
  readonly node_id: string;
  readonly started_at: number;
  readonly finished_at: number | null;
  readonly queued_at: number | null;
  readonly version: number | null;
  readonly rerun_of: string | null;
  readonly parent_run_id: string | null;
  readonly parent_step: string | null;
  readonly parent_epoch: number | null;
  readonly summary: string | null;
  readonly red: number;
  readonly ack_at: number | null;
  readonly ack_by: string | null;
}

interface StepRunRow {
  readonly run_id: string;
  readonly step_id: string;
  readonly label: string;
  readonly status: StepStatus;
  readonly reason: string | null;
  readonly node_id: string;
  readonly started_at: number | null;
  readonly finished_at: number | null;
  readonly exit_code: number | null;
  readonly output_tail: string | null;
  readonly output_bytes: number | null;
  /** Bytes of the output that are kept. */
  readonly kept_bytes: number | null;
  readonly error: string | null;
  readonly result: string | null;
  readonly epoch: number;
}

/** What a run is told by. Not what it was started with: that may be long, and is asked for by itself. */
const RUNS = `SELECT run_id, strand_id, external_key, owner_run_id, trigger, trigger_by, status, code, error, node_id, started_at, finished_at, queued_at,
  version, rerun_of, parent_run_id, parent_step, parent_epoch, summary, red, ack_at, ack_by FROM runs`;

/** Those of the keys whose run is stored with an end that its owner told for good. */
export function knownRuns(db: Database, strandId: string, keys: readonly string[]): string[] {
  // An end that somebody concluded is not known: the owner's last word is still wanted. CROSS: SQLite would go through all runs of the strand.
  return db
    .all<{ key: string }>(
      `SELECT external_key AS key FROM json_each(?) CROSS JOIN runs ON strand_id = ? AND external_key = value
       WHERE finished_at IS NOT NULL AND inferred = 0 AND code IS NOT 'interrupted'`,
      json(keys), strandId,
    )
    .map((row) => row.key);
}

/**
 * What the steps of a run have said up to each of them, in bytes of JSON, in which one that controls is six: as far as what they said
 * itself is in bounds, since the rest is not looked at.
 */
const SAID = `SELECT place, iif(plain <= ${RUN_BYTES}, sum(iif(plain <= ${RUN_BYTES}, ifnull(octet_length(json_quote(output_tail)), 0) + ifnull(octet_length(json_quote(error)), 0) + given, 0))
    OVER (ORDER BY seq, place), plain) AS said
  FROM (SELECT rowid AS place, seq, output_tail, error, given, sum(ifnull(octet_length(output_tail), 0) + ifnull(octet_length(error), 0) + given) OVER (ORDER BY seq, rowid) AS plain
    FROM (SELECT rowid, seq, output_tail, error, min(ifnull(octet_length(result), 0), ${JSON_BYTES}) AS given FROM step_runs WHERE run_id = @run))`;

/** What Loom's own steps gave may be long, and so may be what many steps said: that is asked for by itself. */
const STEPS = `SELECT step_runs.run_id, step_runs.step_id, label, status, reason, node_id, started_at, finished_at, exit_code, epoch, output_bytes,
    iif(said <= ${RUN_BYTES} OR output_tail IS NULL, output_tail, '') AS output_tail,
    iif(said <= ${RUN_BYTES} OR length(error) <= ${BRIEF}, error, substr(error, 1, ${BRIEF}) || '…') AS error,
    iif(result IS NULL OR (said <= ${RUN_BYTES} AND octet_length(result) <= ${JSON_BYTES}), result, json_object('omitted', json('true'), 'bytes', octet_length(result))) AS result,
    iif(EXISTS (SELECT 1 FROM output_chunks WHERE run_id = @run AND step_id = step_runs.step_id), output_bytes - ifnull(gap_to - gap_from, 0), ifnull(bytes, octet_length(output_tail))) AS kept_bytes
  FROM (${SAID}) CROSS JOIN step_runs ON step_runs.rowid = place LEFT JOIN step_outputs ON step_outputs.run_id = @run AND step_outputs.step_id = step_runs.step_id
  ORDER BY seq, place`;

/** A run with its steps in order. */
export function getRun(db: Database, id: string): { run: RunRecord; steps: StepRunRecord[] } | null {
  const run = rowOf(db, id);
  if (!run) return null;
  return { run: runOf(run), steps: db.all<StepRunRow>(STEPS, { run: id }).map(stepRunOf) };
}

/**
 * Walks the index that fits the filter, so that a page costs the same at the first run and at the millionth: once for each
 * status, since no index is in order of time over several of them.
 */
export function listRuns(db: Database, filter: RunFilter): Page<RunRecord> {
  const size = pageSize(filter.limit);
  const statuses = filter.status ?? (filter.red && filter.strandId === undefined ? runStatuses : null);
  const walks = statuses ? [...new Set(statuses)].map((status) => walkOf({ ...filter, status: [status] })) : [walkOf(filter)];
  const rows = inOrder<RunRow>(db, walks, "started_at DESC, run_id DESC", size + 1);
  return pageOf(rows, size, runOf, (row) => ({ time: row.started_at, id: row.run_id }));
}

function walkOf(filter: RunFilter): Walk {
  const { time, id } = positionOf(filter.cursor);
  const conditions = ["(started_at, run_id) < (?, ?)"];
  const values: Value[] = [time, id];
  if (filter.strandId !== undefined) {
    conditions.push("strand_id = ?");
    values.push(filter.strandId);
  }
  if (filter.status) {
    conditions.push(`status IN (${filter.status.map(() => "?").join(", ")})`);
    values.push(...filter.status);
  }
  if (filter.red) conditions.push("red = 1 AND ack_at IS NULL");
  return { sql: `${RUNS} ${indexFor(filter)} WHERE ${conditions.join(" AND ")}`, values };
}

/** Named, because the planner knows nothing of how the rows are spread. */
function indexFor(filter: RunFilter): string {
  if (filter.red) return `INDEXED BY ${filter.strandId === undefined ? "runs_red" : "runs_red_by_strand"}`;
  if (filter.strandId !== undefined) return `INDEXED BY ${filter.status ? "runs_by_strand_and_status" : "runs_by_strand"}`;
  return `INDEXED BY ${filter.status ? "runs_by_status" : "runs_by_start"}`;
}

/** So many are acknowledged at a time: a transaction is to be short. */
const ACKNOWLEDGED = 250;

/** Acknowledges the oldest of a red run and the earlier ones of its strand: all of them, unless there are `more`. */
export function acknowledgeRun(tx: Transaction, id: string, by: string, at: number): Ok<{ readonly acknowledged: number; readonly more: boolean }> | Duplicate | NotFound {
  const run = rowOf(tx.db, id);
  if (!run) return { outcome: "not_found" };
  const upToIt = { condition: "(started_at, run_id) <= (?, ?)", values: [run.started_at, id], most: ACKNOWLEDGED };
  const acknowledged = acknowledgeRed(tx, run.strand_id, upToIt, by, at);
  if (acknowledged === 0) return { outcome: "duplicate" };
  tx.emit({ at, type: "run.acknowledged", strandId: run.strand_id, runId: id, data: { by, acknowledged } });
  return { outcome: "ok", acknowledged, more: acknowledged === ACKNOWLEDGED };
}

/** Marks a run under way as running for too long. */
export function markStuck(tx: Transaction, id: string, at: number): Ok | Duplicate | NotFound {
  const run = tx.db.get<{ strand_id: string; stuck_at: number | null; started_at: number }>(
    "SELECT strand_id, stuck_at, started_at FROM runs WHERE run_id = ? AND finished_at IS NULL",
    id,
  );
  if (!run) return { outcome: "not_found" };
  if (run.stuck_at !== null) return { outcome: "duplicate" };
  tx.db.run("UPDATE runs SET stuck_at = ? WHERE run_id = ?", at, id);
  tx.emit({ at, type: "run.stuck", strandId: run.strand_id, runId: id, data: { startedAt: run.started_at } });
  return { outcome: "ok" };
}

function rowOf(db: Database, id: string): RunRow | undefined {
  return db.get<RunRow>(`${RUNS} WHERE run_id = ?`, id);
}

function runOf(row: RunRow): RunRecord {
  return {
    id: row.run_id,
    strandId: row.strand_id,
    externalKey: row.external_key,
    ownerRunId: row.owner_run_id,
    trigger: row.trigger,
    triggerBy: row.trigger_by,
    status: row.status,
    code: row.code,
    error: row.error,
    nodeId: row.node_id,
    queuedAt: row.queued_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    version: row.version,
    rerunOf: row.rerun_of,
    parent: parentOf(row),
    summary: row.summary === null ? null : fromJson(row.summary),
    red: row.red === 1,
    ackAt: row.ack_at,
    ackBy: row.ack_by,
  };
}

function stepRunOf(row: StepRunRow): StepRunRecord {
  const keptBytes = row.output_tail === null ? null : row.kept_bytes;
  return {
    runId: row.run_id,
    stepId: row.step_id,
    label: row.label,
    status: row.status,
    reason: row.reason,
    nodeId: row.node_id,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    exitCode: row.exit_code,
    outputTail: row.output_tail,
    outputBytes: row.output_bytes ?? keptBytes,
    outputKeptBytes: keptBytes,
    error: row.error,
    result: row.result === null ? null : fromJson(row.result),
    epoch: row.epoch,
  };
}

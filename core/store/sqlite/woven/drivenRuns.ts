import type { DrivenRunStore, RunParent, RunStatus } from "../../contract.ts";
import { fromJson } from "../cells.ts";
import type { Database } from "../database.ts";
import { allSteps, stateOf } from "./stepRows.ts";
import type { ReadRun } from "./wire.ts";

interface DrivenRow {
  readonly run_id: string;
  readonly strand_id: string;
  readonly trigger: string;
  readonly status: RunStatus;
  readonly code: string | null;
  readonly queued_at: number;
  readonly input: string;
  readonly let_in: 0 | 1;
  readonly concurrency_key: string | null;
  readonly version: number;
  readonly bundles: string;
  readonly rerun_of: string | null;
  readonly takes_over: string | null;
  readonly parent_run_id: string | null;
  readonly parent_step: string | null;
  readonly parent_epoch: number | null;
  readonly cancel_at: number | null;
  readonly cancel_grace_ms: number | null;
}

type Host = Awaited<ReturnType<DrivenRunStore["hosts"]>>[number];

/** A run with all that the machine has to know of it. */
export function getDriven(db: Database, runId: string): ReadRun | null {
  const row = db.get<DrivenRow>("SELECT * FROM runs WHERE run_id = ? AND driven = 1", runId);
  if (!row) return null;
  return {
    id: row.run_id,
    strandId: row.strand_id,
    trigger: row.trigger,
    queuedAt: row.queued_at,
    input: fromJson(row.input),
    isLetIn: row.let_in === 1,
    concurrencyKey: row.concurrency_key,
    version: row.version,
    bundles: fromJson(row.bundles),
    rerunOf: row.rerun_of,
    takesOver: row.takes_over,
    parent: parentOf(row),
    state: {
      status: row.status,
      code: row.code,
      cancel: row.cancel_at === null ? null : { at: row.cancel_at, graceMs: row.cancel_grace_ms! },
      steps: allSteps(db, runId).map(stateOf),
    },
  };
}

/** The step whose work a run is. */
export function parentOf(row: { readonly parent_run_id: string | null; readonly parent_step: string | null; readonly parent_epoch: number | null }): RunParent | null {
  return row.parent_run_id === null ? null : { runId: row.parent_run_id, step: row.parent_step!, epoch: row.parent_epoch! };
}

/** Driven runs that have not ended, oldest first. */
export function openRuns(db: Database): Awaited<ReturnType<DrivenRunStore["open"]>> {
  return db.all(
    `SELECT run_id AS id, strand_id AS strandId, status, concurrency_key AS "key", queued_at AS queuedAt
     FROM runs INDEXED BY runs_driven_open WHERE driven = 1 AND finished_at IS NULL ORDER BY queued_at, run_id`,
  );
}

/** Hosts in which attempts of open runs were. */
export function hostsInUse(db: Database): Host[] {
  return db.all<Host>(
    `SELECT DISTINCT host_pid AS pid, host_start AS startTime
     FROM runs INDEXED BY runs_driven_open JOIN step_runs ON step_runs.run_id = runs.run_id
     WHERE driven = 1 AND runs.finished_at IS NULL AND host_pid IS NOT NULL`,
  );
}

/** The run that a step has started. */
export function childOf(db: Database, { runId, step, epoch }: RunParent): { id: string; status: RunStatus } | null {
  const child = db.get<{ id: string; status: RunStatus }>(
    `SELECT run_id AS id, status FROM runs INDEXED BY runs_by_parent
     WHERE parent_run_id = ? AND parent_step = ? AND parent_epoch = ? ORDER BY run_id DESC LIMIT 1`,
    runId, step, epoch,
  );
  return child ?? null;
}

/** The run that has this key. */
export function startedBy(db: Database, strandId: string, onceKey: string): { id: string; status: RunStatus; code: string | null } | null {
  return db.get<{ id: string; status: RunStatus; code: string | null }>("SELECT run_id AS id, status, code FROM runs WHERE strand_id = ? AND external_key = ?", strandId, onceKey) ?? null;
}

import { isStepOver } from "../../../run/machine/states.ts";
import { readRowId } from "../../../run/machine/rowId.ts";
import type { StepState } from "../../../run/machine/state.ts";
import type { StepStatus } from "../../contract.ts";
import { bit } from "../cells.ts";
import type { Database } from "../database.ts";

/** A row of a driven run as it lies in `step_runs`: what the machine knows of it, and what is told with its events. */
export interface StepRow {
  readonly rowid: number;
  readonly step_id: string;
  readonly seq: number;
  readonly label: string;
  status: StepStatus;
  reason: StepState["reason"];
  code: string | null;
  epoch: number;
  attempt: number;
  boot_id: string | null;
  /** The node of the attempt; `node_id` names one even before there is an attempt. */
  claimed_by: string | null;
  answer_items: number | null;
  answered: number;
  hold_reason: string | null;
  hold_until: number | null;
  retry_at: number | null;
  deadline_at: number | null;
  /** Written with the facts of a row. */
  readonly host_pid: number | null;
  started_at: number | null;
  finished_at: number | null;
  error: string | null;
}

const COLUMNS = `rowid, step_id, seq, label, status, reason, code, epoch, attempt, boot_id, claimed_by, answer_items, answered, hold_reason,
  hold_until, retry_at, deadline_at, host_pid, started_at, finished_at, error`;

/** Rows of one step lie together: so far from those of the next. Its items follow it, in their order. */
export const APART = 2 ** 32;
/** `each` gave no list, which is not the same as not having been asked. */
const NO_LIST = -1;

/** Where a row stands among those of its run: by its step's place, and its place in the step's list. */
export function seqOf(stepSeq: number, rowId: string): number {
  const { item } = readRowId(rowId);
  return stepSeq - (stepSeq % APART) + (item === null ? 0 : item + 1);
}

/** The `seq` of a step by its place in the workflow, from 0. */
export function stepSeq(place: number): number {
  return place * APART;
}

/** Condition on `step_runs`: the row is a step of the plan, neither an item nor a phase. */
export const IS_STEP = `seq % ${APART} = 0 AND instr(step_id, '/') = 0`;

export function findStep(db: Database, runId: string, stepId: string): StepRow | undefined {
  return db.get<StepRow>(`SELECT ${COLUMNS} FROM step_runs WHERE run_id = ? AND step_id = ?`, runId, stepId);
}

/** All rows of a run, each step before its items and phases. */
export function allSteps(db: Database, runId: string): StepRow[] {
  return db.all<StepRow>(`SELECT ${COLUMNS} FROM step_runs WHERE run_id = ? ORDER BY seq, rowid`, runId);
}

/** The row as the machine sees it. */
export function stateOf(row: StepRow): StepState {
  const { answer_items: items, hold_reason: reason, deadline_at: deadlineAt, host_pid: hostPid } = row;
  return {
    id: row.step_id,
    status: row.status,
    reason: row.reason,
    code: row.code,
    epoch: row.epoch,
    attempt: row.attempt,
    bootId: row.boot_id,
    nodeId: row.claimed_by,
    answer: items === null ? null : { items: items === NO_LIST ? null : items },
    answered: row.answered === 1,
    inLine: row.status === "dispatched" && deadlineAt === null && hostPid === null,
    hold: reason === null ? null : { reason, until: row.hold_until },
    retryAt: row.retry_at,
    deadlineAt,
  };
}

/** Takes a change of the machine's over into a row that is not written yet. */
export function patchRow(row: StepRow, patch: Partial<StepState>): void {
  if (patch.reason !== undefined) row.reason = patch.reason;
  if (patch.code !== undefined) row.code = patch.code;
  if (patch.epoch !== undefined) row.epoch = patch.epoch;
  if (patch.attempt !== undefined) row.attempt = patch.attempt;
  if (patch.bootId !== undefined) row.boot_id = patch.bootId;
  if (patch.nodeId !== undefined) row.claimed_by = patch.nodeId;
  if (patch.answer !== undefined) row.answer_items = patch.answer === null ? null : (patch.answer.items ?? NO_LIST);
  if (patch.answered !== undefined) row.answered = bit(patch.answered);
  if (patch.hold !== undefined) {
    row.hold_reason = patch.hold?.reason ?? null;
    row.hold_until = patch.hold?.until ?? null;
  }
  if (patch.retryAt !== undefined) row.retry_at = patch.retryAt;
  if (patch.deadlineAt !== undefined) row.deadline_at = patch.deadlineAt;
}

/** Takes a row to a state; its times are those of its last attempt. */
export function moveRow(row: StepRow, to: StepStatus, at: number): void {
  if (to !== row.status && (to === "dispatched" || to === "running")) {
    row.started_at = at;
    row.finished_at = null;
  }
  if (isStepOver(to)) row.finished_at = at;
  if (to === "completed") row.error = null;
  row.status = to;
}

/** A row that is not stored yet. */
export function newRow(id: string, seq: number, label: string): StepRow {
  return {
    rowid: 0, step_id: id, seq, label, status: "pending", reason: null, code: null, epoch: 0, attempt: 0, boot_id: null, claimed_by: null,
    answer_items: null, answered: 0, hold_reason: null, hold_until: null, retry_at: null, deadline_at: null, host_pid: null, started_at: null, finished_at: null, error: null,
  };
}

/** What an item was given of its step's lists, as JSON. */
export interface Given {
  readonly input: string | null;
  readonly item: string | null;
}

export const NOTHING_GIVEN: Given = { input: null, item: null };

/** Adds a row that is not there. */
export function insertRow(db: Database, runId: string, nodeId: string, row: StepRow, { input, item }: Given): void {
  db.run(
    `INSERT INTO step_runs (run_id, step_id, seq, label, status, reason, code, epoch, attempt, boot_id, claimed_by, node_id, answer_items, answered,
       hold_reason, hold_until, retry_at, deadline_at, started_at, finished_at, input, item)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    runId, row.step_id, row.seq, row.label, row.status, row.reason, row.code, row.epoch, row.attempt, row.boot_id, row.claimed_by, row.claimed_by ?? nodeId,
    row.answer_items, row.answered, row.hold_reason, row.hold_until, row.retry_at, row.deadline_at, row.started_at, row.finished_at, input, item,
  );
}

/** Compare-and-set: writes a row that stood at `from`; answers false where it does not any more. */
export function updateRow(db: Database, row: StepRow, from: StepStatus): boolean {
  const changed = db.run(
    `UPDATE step_runs SET status = ?, reason = ?, code = ?, epoch = ?, attempt = ?, boot_id = ?, claimed_by = ?, node_id = coalesce(?, node_id),
       answer_items = ?, answered = ?, hold_reason = ?, hold_until = ?, retry_at = ?, deadline_at = ?, started_at = ?, finished_at = ?, error = ?
     WHERE rowid = ? AND status = ?`,
    row.status, row.reason, row.code, row.epoch, row.attempt, row.boot_id, row.claimed_by, row.claimed_by, row.answer_items, row.answered, row.hold_reason,
    row.hold_until, row.retry_at, row.deadline_at, row.started_at, row.finished_at, row.error, row.rowid, from,
  );
  return changed === 1;
}

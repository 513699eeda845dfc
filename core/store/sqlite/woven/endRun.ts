import type { RunStatus, StepStatus } from "../../contract.ts";
import { bit } from "../cells.ts";
import { keepP95 } from "../p95.ts";
import { tellOutcome } from "../tellRun.ts";
import type { Transaction } from "../transaction.ts";
import type { RunRow } from "./runRow.ts";
import { IS_STEP } from "./stepRows.ts";
import type { ToldRun } from "./tellDriven.ts";

/** Writes and tells the end of a run whose rows are written already. */
export function endRun(tx: Transaction, { runId, strandId, at }: ToldRun, run: RunRow, from: RunStatus): void {
  const { status, code, trigger, started_at: startedAt } = run;
  const red = status === "failed";
  const error = red ? firstError(tx, runId) : null;
  const changed = tx.db.run(
    `UPDATE runs SET status = ?, code = ?, error = ?, red = ?, started_at = ?, finished_at = ?, cancel_at = ?, cancel_grace_ms = ?
     WHERE run_id = ? AND status = ?`,
    status, code, error, bit(red), startedAt, at, run.cancel_at, run.cancel_grace_ms, runId, from,
  );
  if (changed === 0) throw new Error(`run ${runId} changed inside the transaction`);
  if (status === "succeeded") keepP95(tx, strandId);
  const steps = tx.db.all<{ id: string; status: StepStatus; reason: string | null }>(
    `SELECT step_id AS id, status, reason FROM step_runs WHERE run_id = ? AND ${IS_STEP} ORDER BY seq`,
    runId,
  );
  tellOutcome(tx, { id: strandId, at }, runId, "news", { status, code, error, red, trigger, startedAt, finishedAt: at }, steps);
}

/** In the order in which the steps are shown; a step that failed by its items has what the first of them says. */
function firstError({ db }: Transaction, runId: string): string | null {
  const row = db.get<{ error: string }>(
    `SELECT error FROM step_runs WHERE run_id = ? AND status IN ('failed', 'failed_crash') AND error IS NOT NULL AND code IS NOT 'cancelled'
     ORDER BY seq, rowid LIMIT 1`,
    runId,
  );
  return row?.error ?? null;
}

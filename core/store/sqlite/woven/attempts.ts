import type { AttemptRecord, StepStatus } from "../../contract.ts";
import { ATTEMPTS_BYTES, BRIEF, MOST_ATTEMPTS } from "../bounds.ts";
import type { Database } from "../database.ts";
import type { StepRow } from "./stepRows.ts";

/** An attempt that is over: its row as it was until then, and how it ended. */
export interface EndedAttempt {
  readonly row: StepRow;
  readonly status: StepStatus;
  readonly code: string | null;
  readonly error: string | null;
  readonly finishedAt: number;
}

/** Keeps an attempt that is over; until then its row tells of it. */
export function keepAttempt(db: Database, runId: string, { row, status, code, error, finishedAt }: EndedAttempt): void {
  db.run(
    `INSERT INTO attempts (run_id, step_id, epoch, attempt, status, code, error, node_id, boot_id, started_at, finished_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, coalesce(?, (SELECT node_id FROM runs WHERE run_id = ?)), ?, ?, ?)`,
    runId, row.step_id, row.epoch, row.attempt, status, code, error, row.claimed_by, runId, row.boot_id, row.started_at, finishedAt,
  );
}

const ATTEMPTS = `
  WITH made AS (
    SELECT step_id AS stepId, seq, attempts.epoch, attempts.attempt, attempts.status, attempts.code, attempts.error, attempts.node_id AS nodeId,
      attempts.boot_id AS bootId, attempts.started_at AS startedAt, attempts.finished_at AS finishedAt
    FROM attempts JOIN step_runs USING (run_id, step_id) WHERE run_id = @runId
    UNION ALL
    SELECT step_id, seq, epoch, attempt, status, NULL, NULL, node_id, boot_id, started_at, NULL
    FROM step_runs WHERE run_id = @runId AND status IN ('dispatched', 'running') AND instr(step_id, '/') = 0 AND boot_id IS NOT NULL
    ORDER BY startedAt DESC, seq DESC, epoch DESC LIMIT ${MOST_ATTEMPTS}
  ), told AS (
    SELECT *, sum(ifnull(octet_length(error), 0)) OVER (ORDER BY startedAt DESC, seq DESC, epoch DESC ROWS UNBOUNDED PRECEDING) AS said FROM made
  )
  SELECT stepId, epoch, attempt, status, code, iif(said <= ${ATTEMPTS_BYTES} OR length(error) <= ${BRIEF}, error, substr(error, 1, ${BRIEF}) || '…') AS error,
    nodeId, bootId, startedAt, finishedAt
  FROM told ORDER BY seq, epoch`;

/** The newest attempts of a run, those under way too, by step and in their order; of very many, the errors of the newest are whole. */
export function listAttempts(db: Database, runId: string): AttemptRecord[] {
  return db.all<AttemptRecord>(ATTEMPTS, { runId });
}

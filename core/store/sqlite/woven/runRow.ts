import type { RunStatus } from "../../contract.ts";
import type { Database } from "../database.ts";

/** A run as it is being moved on. */
export interface RunRow {
  readonly strand_id: string;
  readonly node_id: string;
  readonly trigger: string;
  readonly queued_at: number;
  status: RunStatus;
  code: string | null;
  started_at: number;
  cancel_at: number | null;
  cancel_grace_ms: number | null;
}

/** A driven run, to be moved on. */
export function findRun(db: Database, runId: string): RunRow | undefined {
  return db.get<RunRow>(
    "SELECT strand_id, node_id, trigger, queued_at, status, code, started_at, cancel_at, cancel_grace_ms FROM runs WHERE run_id = ? AND driven = 1",
    runId,
  );
}

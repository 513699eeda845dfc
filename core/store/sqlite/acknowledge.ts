import { json } from "./cells.ts";
import type { Database, Value } from "./database.ts";
import type { Transaction } from "./transaction.ts";

/** Narrows the red runs of a strand down: a condition on `runs`, the values that it asks for, and how many at most, the oldest first. */
interface Which {
  readonly condition: string;
  readonly values: readonly Value[];
  readonly most?: number;
}

/**
 * Acknowledges red runs of a strand, with their failed steps.
 * @returns how many runs were red until now
 */
export function acknowledgeRed({ db }: Transaction, strandId: string, which: Which, by: string, at: number): number {
  const ids = json(redRuns(db, strandId, which));
  db.run(
    `UPDATE step_runs SET ack_at = ?, ack_by = ? WHERE status IN ('failed', 'failed_crash') AND ack_at IS NULL AND run_id IN (SELECT value FROM json_each(?))`,
    at, by, ids,
  );
  return db.run("UPDATE runs SET ack_at = ?, ack_by = ? WHERE run_id IN (SELECT value FROM json_each(?))", at, by, ids);
}

function redRuns(db: Database, strandId: string, { condition, values, most = -1 }: Which): string[] {
  const red = `SELECT run_id AS id FROM runs INDEXED BY runs_red_by_strand WHERE strand_id = ? AND red = 1 AND ack_at IS NULL AND ${condition}`;
  return db.all<{ id: string }>(`${red} ORDER BY started_at, run_id LIMIT ?`, strandId, ...values, most).map(({ id }) => id);
}

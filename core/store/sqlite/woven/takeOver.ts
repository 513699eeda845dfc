import { beginSlice } from "../slice.ts";
import type { Transaction } from "../transaction.ts";
import { APART } from "./stepRows.ts";

/** Rows that are looked up at once. */
const ROWS_AT_ONCE = 64;

/**
 * Copies what a run takes over of the one that it does again, as long as it takes no noticeable time: results may have
 * a MiB each. What was asked for there is not asked again; what was done there is not done again. With the last of it
 * the run has nothing left to take over.
 * @param after the last row that was looked at, by its id; empty: none
 * @returns the last row that was looked at now; null: there are no more, or the run does not wait for them
 */
export function takeOver({ db }: Transaction, runId: string, after: string): string | null {
  const isTimeOver = beginSlice();
  const takesOver = db.get<{ takesOver: string | null }>("SELECT takes_over AS takesOver FROM runs WHERE run_id = ? AND status = 'queued'", runId)?.takesOver ?? null;
  if (takesOver === null) return null;
  const rows = db.all<{ id: string; isKept: 0 | 1 }>(
    `SELECT step_id AS id, status <> 'pending' OR answer_items IS NOT NULL AS isKept FROM step_runs
     WHERE run_id = ? AND step_id > ? AND (status <> 'pending' OR answer_items IS NOT NULL OR seq % ${APART} <> 0) ORDER BY step_id LIMIT ${ROWS_AT_ONCE}`,
    runId, after,
  );
  for (const { id, isKept } of rows) {
    db.run(
      `UPDATE step_runs SET input = earlier.input, item = earlier.item, inputs = earlier.inputs, items = earlier.items, result = iif(?, earlier.result, NULL)
       FROM step_runs AS earlier WHERE earlier.run_id = ? AND earlier.step_id = ? AND step_runs.run_id = ? AND step_runs.step_id = ?`,
      isKept, takesOver, id, runId, id,
    );
    if (isTimeOver()) return id;
  }
  if (rows.length === ROWS_AT_ONCE) return rows.at(-1)!.id;
  db.run("UPDATE runs SET takes_over = NULL WHERE run_id = ?", runId);
  return null;
}

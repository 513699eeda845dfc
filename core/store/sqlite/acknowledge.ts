import type { Value } from "./database.ts";
import type { Transaction } from "./transaction.ts";

/**
 * Acknowledges the red runs of a strand, with their failed steps.
 * @param which narrows the runs down: a condition on `runs`, and the values that it asks for
 * @returns how many runs were red until now
 */
export function acknowledgeRed({ db }: Transaction, strandId: string, which: { readonly condition: string; readonly values: readonly Value[] }, by: string, at: number): number {
  const red = `strand_id = ? AND red = 1 AND ack_at IS NULL AND ${which.condition}`;
  const values = [at, by, strandId, ...which.values];
  db.run(
    `UPDATE step_runs SET ack_at = ?, ack_by = ? WHERE status IN ('failed', 'failed_crash') AND ack_at IS NULL
       AND run_id IN (SELECT run_id FROM runs INDEXED BY runs_red_by_strand WHERE ${red})`,
    ...values,
  );
  return db.run(`UPDATE runs INDEXED BY runs_red_by_strand SET ack_at = ?, ack_by = ? WHERE ${red}`, ...values);
}

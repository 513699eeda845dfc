import type { ObservedStep } from "../../mirror/contract.ts";
import { tail } from "./bounds.ts";
import type { Database } from "./database.ts";
import type { Keep, Transaction } from "./transaction.ts";

/** What lies on a step's row of its output. */
export interface OutputCells {
  readonly tail: string | null;
  /** How long the whole was. */
  readonly bytes: number | null;
}

/** The end of a step's output that is shown with it, and how long the whole was. */
export function outputCells({ output, outputBytes = 0 }: ObservedStep, keep: Keep): OutputCells {
  if (output === undefined) return { tail: null, bytes: null };
  return { tail: tail(output, keep.outputTailBytes), bytes: Math.max(outputBytes, Buffer.byteLength(output)) };
}

/** Keeps more of an output than its tail, where there is more and it is wanted. The step's row must be there. */
export function keepOutput(tx: Transaction, runId: string, { id, output }: ObservedStep, cells: OutputCells): void {
  if (output === undefined || output === cells.tail || tx.keep.fullOutputBytes <= tx.keep.outputTailBytes) return;
  const text = tail(output, tx.keep.fullOutputBytes);
  tx.db.run("INSERT INTO step_outputs (run_id, step_id, bytes, text) VALUES (?, ?, ?, ?)", runId, id, Buffer.byteLength(text), text);
}

/** A step's output as far as it is kept. */
export function stepOutput(db: Database, runId: string, stepId: string): { text: string; bytes: number } | null {
  const row = db.get<{ text: string | null; bytes: number | null }>(
    `SELECT coalesce(text, (SELECT group_concat(text, '' ORDER BY from_byte) FROM output_chunks WHERE run_id = step_runs.run_id AND step_id = step_runs.step_id),
       output_tail) AS text, output_bytes AS bytes FROM step_runs LEFT JOIN step_outputs USING (run_id, step_id)
     WHERE run_id = ? AND step_id = ?`,
    runId, stepId,
  );
  if (!row || row.text === null) return null;
  return { text: row.text, bytes: row.bytes ?? Buffer.byteLength(row.text) };
}

import type { Transaction } from "./transaction.ts";

/** How many of the newest successful runs tell how long a strand usually takes, and how few tell nothing. */
const RUNS = 100;
const FEWEST = 5;

/**
 * Keeps how long nearly all of a strand's last successful runs took, once its runs have changed. It is worked out here
 * and not when the strand is read: that happens several times for each run.
 */
export function keepP95({ db }: Transaction, strandId: string): void {
  // Answered from the index alone, and carried over as one text: a hundred rows cost twice as much.
  const { lasted } = db.get<{ lasted: string }>(
    `SELECT json_group_array(lasted) AS lasted FROM (SELECT finished_at - started_at AS lasted FROM runs INDEXED BY runs_by_strand_and_status
     WHERE strand_id = ? AND status = 'succeeded' ORDER BY started_at DESC, run_id DESC LIMIT ${RUNS})`,
    strandId,
  )!;
  const sorted = Float64Array.from(JSON.parse(lasted) as number[]).sort();
  const p95 = sorted.length < FEWEST ? null : sorted[Math.ceil(sorted.length * 0.95) - 1]!;
  db.run("UPDATE strands SET p95_ms = ? WHERE strand_id = ? AND p95_ms IS NOT ?", p95, strandId, p95);
}

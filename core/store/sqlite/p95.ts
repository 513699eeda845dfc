import type { Database } from "./database.ts";

/** How many of the newest successful runs tell how long a strand usually takes, and how few tell nothing. */
const RUNS = 100;
const FEWEST = 5;

/** How long nearly all of a strand's last successful runs took. */
export function p95Ms(db: Database, strandId: string): number | null {
  // Answered from the index alone, and carried over as one text: a hundred rows cost twice as much.
  const { lasted } = db.get<{ lasted: string }>(
    `SELECT json_group_array(lasted) AS lasted FROM (SELECT finished_at - started_at AS lasted FROM runs INDEXED BY runs_by_strand
     WHERE strand_id = ? AND status = 'succeeded' ORDER BY started_at DESC, run_id DESC LIMIT ${RUNS})`,
    strandId,
  )!;
  const sorted = Float64Array.from(JSON.parse(lasted) as number[]).sort();
  return sorted.length < FEWEST ? null : sorted[Math.ceil(sorted.length * 0.95) - 1]!;
}

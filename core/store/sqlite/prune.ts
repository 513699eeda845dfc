import { beginSlice } from "./slice.ts";
import type { Transaction } from "./transaction.ts";

/** Runs that are looked up at once. */
const RUNS_AT_ONCE = 100;
const COMMANDS_AT_ONCE = 500;
/** Pieces of an output that are forgotten at once. */
const CHUNKS_AT_ONCE = 64;
/** Steps that are forgotten at once: each may have a result of a MiB, and be given some more. */
const STEPS_AT_ONCE = 8;
/** So many tell how long a run usually takes, and the newest of them are on the page. */
const FEWEST_KEPT = 100;

/** Forgets old runs of a strand, as long as it takes no noticeable time. */
export function pruneRuns({ db, carryOver }: Transaction, strandId: string, before: number, keep: number): { gone: number; more: boolean } {
  const isTimeOver = beginSlice();
  // Something goes at each call: to find what is old may alone take longer than that, where the machine is busy.
  let hasBegun = false;
  const isLate = (): boolean => hasBegun && isTimeOver();
  const { startedAt, id } = db.get<{ startedAt: number; id: string }>(
    "SELECT started_at AS startedAt, run_id AS id FROM runs INDEXED BY runs_by_strand WHERE strand_id = ? ORDER BY started_at DESC, run_id DESC LIMIT 1 OFFSET ?",
    strandId, Math.max(FEWEST_KEPT, keep),
  ) ?? { startedAt: 0, id: "" };
  // From the index alone.
  const old = db.all<{ id: string }>(
    `SELECT run_id AS id FROM runs INDEXED BY runs_by_strand
     WHERE strand_id = ? AND started_at < ? AND (started_at, run_id) <= (?, ?) AND finished_at < ? AND NOT (red = 1 AND ack_at IS NULL)
       AND run_id NOT IN (SELECT takes_over FROM runs INDEXED BY runs_driven_open WHERE driven = 1 AND finished_at IS NULL AND takes_over IS NOT NULL)
     ORDER BY started_at, run_id LIMIT ${RUNS_AT_ONCE}`,
    strandId, before, startedAt, id, before,
  );
  let gone = 0;
  // A run lies on pages of its own: those of fifty calls would hold up the commit that has to carry them over.
  if (old.length > 0) carryOver();
  for (const run of old) {
    // They may be large, so one by one.
    for (const { step, name } of db.all<{ step: string; name: string }>("SELECT step_id AS step, name FROM artifacts WHERE run_id = ?", run.id)) {
      if (isLate()) return { gone, more: true };
      hasBegun = true;
      db.run("DELETE FROM artifacts WHERE run_id = ? AND step_id = ? AND name = ?", run.id, step, name);
    }
    for (const [table, atOnce] of [["output_chunks", CHUNKS_AT_ONCE], ["step_runs", STEPS_AT_ONCE]] as const) {
      const some = (): number => db.run(`DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE run_id = ? LIMIT ${atOnce})`, run.id);
      for (let count: number = atOnce; count === atOnce; ) {
        if (isLate()) return { gone, more: true };
        count = some();
        hasBegun ||= count > 0;
      }
    }
    db.run("DELETE FROM runs WHERE run_id = ?", run.id);
    hasBegun = true;
    gone += 1;
  }
  return { gone, more: old.length === RUNS_AT_ONCE };
}

export function pruneCommands({ db, moved }: Transaction, before: number): number {
  moved.clear();
  return db.run(
    `DELETE FROM commands WHERE command_id IN
     (SELECT command_id FROM commands INDEXED BY commands_by_time WHERE asked_at < ? AND settled_at IS NOT NULL ORDER BY asked_at, command_id LIMIT ${COMMANDS_AT_ONCE})`,
    before,
  );
}

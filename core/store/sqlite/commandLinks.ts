import { getCommand } from "./commandRows.ts";
import type { Transaction } from "./transaction.ts";

/**
 * A run that was asked for from Loom and the command that asked for it find each other by the owner's name for the
 * run, whichever of the two is stored first.
 */

/** Ties the command that asked for this run to it. Answers who asked, or null when nobody did from here. */
export function askerOf(tx: Transaction, strand: { id: string; at: number }, ownerRunId: string, runId: string): string | null {
  const command = tx.db.get<{ command_id: string; asked_by: string; run_id: string | null }>(
    "SELECT command_id, asked_by, run_id FROM commands WHERE strand_id = ? AND owner_run_id = ?",
    strand.id, ownerRunId,
  );
  if (!command) return null;
  if (command.run_id !== runId) {
    tx.db.run("UPDATE commands SET run_id = ? WHERE command_id = ?", runId, command.command_id);
    tx.moved.delete(command.command_id);
    tx.emit({ at: strand.at, type: "command.linked", strandId: strand.id, runId, data: { ...getCommand(tx.db, command.command_id)! } });
  }
  return command.asked_by;
}

/** Ties the run that a command asked for to it. Answers the run's id, or null when it is not stored yet. */
export function linkRun(tx: Transaction, command: { id: string; strandId: string; ownerRunId: string | null; by: string }): string | null {
  if (command.ownerRunId === null) return null;
  const run = tx.db.get<{ run_id: string }>("SELECT run_id FROM runs WHERE strand_id = ? AND owner_run_id = ?", command.strandId, command.ownerRunId);
  if (!run) return null;
  tx.db.run("UPDATE commands SET run_id = ? WHERE command_id = ?", run.run_id, command.id);
  tx.db.run("UPDATE runs SET trigger_by = ? WHERE run_id = ?", command.by, run.run_id);
  return run.run_id;
}

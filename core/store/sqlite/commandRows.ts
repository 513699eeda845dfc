import type { CommandGiven, CommandName, CommandRecord } from "../contract.ts";
import { fromJson } from "./cells.ts";
import type { Database } from "./database.ts";

/** The columns of a command under the names of its record. */
export const COMMANDS = `SELECT command_id AS id, strand_id AS strandId, source_id AS sourceId, kind, status, asked_by AS "by", reason,
  expected_wait_ms AS expectedWaitMs, owner_run_id AS ownerRunId, run_id AS runId, asked_at AS askedAt, sent_at AS sentAt,
  settled_at AS settledAt FROM commands`;

const ONE_COMMAND = `${COMMANDS} WHERE command_id = ?`;

export function getCommand(db: Database, id: string): CommandRecord | null {
  return db.get<CommandRecord>(ONE_COMMAND, id) ?? null;
}

/** A command with what it was asked with. */
export function wholeCommand(db: Database, name: CommandName): { command: CommandRecord; given: CommandGiven } | null {
  const [where, values] = "id" in name ? ["command_id = ?", [name.id]] : ["strand_id = ? AND once_key = ?", [name.strandId, name.onceKey]];
  const row = db.get<{ id: string; given: string | null }>(`SELECT command_id AS id, given FROM commands WHERE ${where}`, ...values);
  return row ? { command: getCommand(db, row.id)!, given: row.given === null ? {} : fromJson(row.given) } : null;
}

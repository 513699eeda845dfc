import { statSync } from "node:fs";
import { Database } from "./database.ts";

/** Who is told to have ended them. */
const BY = "loom restore";

/**
 * Ends in a restored copy every token and session that the database which it replaces does not hold any more: who was shut out
 * since is not let in again. The copy can be read by its owner alone then. Where that database cannot say, as it is not there or too damaged, all of them end.
 * @param copy path of the copy, which nobody has open
 * @param replaced path of the database that it replaces
 * @param at milliseconds since 1970
 */
export function endOldAccess(copy: string, replaced: string, busyTimeoutMs: number, at: number): void {
  const held = accessIn(replaced, busyTimeoutMs);
  const db = Database.forWriting(copy, busyTimeoutMs);
  try {
    const [tokens, sessions] = [JSON.stringify(held.tokens), JSON.stringify(held.sessions)];
    if (has(db, "sessions")) db.run("DELETE FROM sessions WHERE session_id NOT IN (SELECT value FROM json_each(?))", sessions);
    if (has(db, "tokens")) db.run("UPDATE tokens SET revoked_at = ?, revoked_by = ? WHERE revoked_at IS NULL AND token_id NOT IN (SELECT value FROM json_each(?))", at, BY, tokens);
    // All of it in its one file: what lies beside that is thrown away.
    db.pragma("wal_checkpoint(TRUNCATE)");
  } finally {
    db.close();
  }
}

interface Access {
  readonly tokens: readonly string[];
  readonly sessions: readonly string[];
}

const NONE: Access = { tokens: [], sessions: [] };

function accessIn(file: string, busyTimeoutMs: number): Access {
  // What has no size is no database yet.
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0) return NONE;
  try {
    const db = Database.forReading(file, busyTimeoutMs);
    try {
      const ids = (table: string, sql: string): string[] => (has(db, table) ? db.all<{ id: string }>(sql).map(({ id }) => id) : []);
      return { tokens: ids("tokens", "SELECT token_id AS id FROM tokens WHERE revoked_at IS NULL"), sessions: ids("sessions", "SELECT session_id AS id FROM sessions") };
    } finally {
      db.close();
    }
  } catch {
    return NONE;
  }
}

function has(db: Database, table: string): boolean {
  return db.get("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?", table) !== undefined;
}

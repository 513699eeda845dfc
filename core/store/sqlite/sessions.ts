import type { NotFound, Ok, SessionRecord } from "../contract.ts";
import type { Database } from "./database.ts";
import { tokenHolds } from "./tokens.ts";
import type { Transaction } from "./transaction.ts";

export function addSession({ db }: Transaction, session: SessionRecord): Ok | NotFound {
  const added = db.run(
    `INSERT INTO sessions (session_id, cookie_hash, key_hash, name, role, token_id, created_at, expires_at)
     SELECT @id, @cookieHash, @keyHash, @name, @role, @tokenId, @createdAt, @expiresAt WHERE ${tokenHolds("@tokenId")}`,
    { ...session },
  );
  return { outcome: added === 1 ? "ok" : "not_found" };
}

export function findSessionByCookie(db: Database, cookieHash: string): SessionRecord | null {
  const session = db.get<SessionRecord>(
    `SELECT session_id AS id, cookie_hash AS cookieHash, key_hash AS keyHash, name, role, token_id AS tokenId, created_at AS createdAt,
       expires_at AS expiresAt
     FROM sessions WHERE cookie_hash = ?`,
    cookieHash,
  );
  return session ?? null;
}

export function removeSession({ db }: Transaction, id: string): Ok | NotFound {
  return { outcome: db.run("DELETE FROM sessions WHERE session_id = ?", id) === 1 ? "ok" : "not_found" };
}

/** Answers how many sessions ended at or before `at`. */
export function removeExpiredSessions({ db }: Transaction, at: number): number {
  return db.run("DELETE FROM sessions WHERE expires_at <= ?", at);
}

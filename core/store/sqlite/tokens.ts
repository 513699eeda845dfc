import type { TokenRecord, TokenStore } from "../accessContract.ts";
import type { NotFound, Ok } from "../contract.ts";
import { fromJson, json } from "./cells.ts";
import type { Database } from "./database.ts";
import type { Transaction } from "./transaction.ts";

const TOKENS = `SELECT token_id AS id, secret_hash AS secretHash, name, role, scope, made_by AS madeBy, created_at AS createdAt,
  expires_at AS expiresAt, revoked_at AS revokedAt, revoked_by AS revokedBy FROM tokens`;

type Row = Omit<TokenRecord, "scope"> & { readonly scope: string | null };

export function addToken({ db }: Transaction, token: Parameters<TokenStore["add"]>[0]): void {
  db.run(
    `INSERT INTO tokens (token_id, secret_hash, name, role, scope, made_by, created_at, expires_at)
     VALUES (@id, @secretHash, @name, @role, @scope, @madeBy, @createdAt, @expiresAt)`,
    { ...token, scope: token.scope && json(token.scope) },
  );
}

export function getToken(db: Database, id: string): TokenRecord | null {
  const row = db.get<Row>(`${TOKENS} WHERE token_id = ?`, id);
  return row ? recordOf(row) : null;
}

export function listTokens(db: Database): TokenRecord[] {
  return db.all<Row>(`${TOKENS} ORDER BY created_at, token_id`).map(recordOf);
}

export function revokeToken({ db }: Transaction, id: string, by: string, at: number): Ok<{ readonly sessions: readonly string[] }> | NotFound {
  if (db.run("UPDATE tokens SET revoked_at = ?, revoked_by = ? WHERE token_id = ? AND revoked_at IS NULL", at, by, id) === 0) return { outcome: "not_found" };
  const sessions = db.all<{ id: string }>("DELETE FROM sessions WHERE token_id = ? RETURNING session_id AS id", id);
  return { outcome: "ok", sessions: sessions.map((session) => session.id) };
}

function recordOf({ scope, ...token }: Row): TokenRecord {
  return { ...token, scope: scope === null ? null : (fromJson(scope) as string[]) };
}

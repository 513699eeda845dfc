import type { Revoked, TokenFilter, TokenRecord, TokenStore } from "../accessContract.ts";
import type { NotFound, Ok, Page } from "../contract.ts";
import { fromJson, json } from "./cells.ts";
import type { Database } from "./database.ts";
import { pageOf, pageSize, positionOf } from "./paging.ts";
import type { Transaction } from "./transaction.ts";

const TOKENS = `SELECT token_id AS id, secret_hash AS secretHash, name, role, scope, made_by AS madeBy, parent_id AS parentId, created_at AS createdAt,
  expires_at AS expiresAt, revoked_at AS revokedAt, revoked_by AS revokedBy FROM tokens`;

type Row = Omit<TokenRecord, "scope"> & { readonly scope: string | null };

/** Whether a token that something is to come from is not over; without one there is nothing that could end it. */
export const tokenHolds = (id: string): string => `(${id} IS NULL OR EXISTS (SELECT 1 FROM tokens WHERE token_id = ${id} AND revoked_at IS NULL))`;

export function addToken({ db }: Transaction, token: Parameters<TokenStore["add"]>[0]): Ok | NotFound {
  const added = db.run(
    `INSERT INTO tokens (token_id, secret_hash, name, role, scope, made_by, parent_id, created_at, expires_at)
     SELECT @id, @secretHash, @name, @role, @scope, @madeBy, @parentId, @createdAt, @expiresAt WHERE ${tokenHolds("@parentId")}`,
    { ...token, scope: token.scope && json(token.scope) },
  );
  return { outcome: added === 1 ? "ok" : "not_found" };
}

export function getToken(db: Database, id: string): TokenRecord | null {
  const row = db.get<Row>(`${TOKENS} WHERE token_id = ?`, id);
  return row ? recordOf(row) : null;
}

export function listTokens(db: Database, { limit, cursor }: TokenFilter): Page<TokenRecord> {
  const size = pageSize(limit);
  const rows = db.each<Row>(`${TOKENS} WHERE token_id > ? ORDER BY token_id LIMIT ?`, positionOf(cursor).id, size + 1);
  return pageOf(rows, size, recordOf, ({ createdAt, id }) => ({ time: createdAt, id }));
}

export function revokeToken({ db }: Transaction, id: string, by: string, at: number): Ok<Revoked> | NotFound {
  if (db.run("UPDATE tokens SET revoked_at = ?, revoked_by = ? WHERE token_id = ? AND revoked_at IS NULL", at, by, id) === 0) return { outcome: "not_found" };
  // Through those that are over already as well: nothing that came from them may stay.
  const below = `WITH RECURSIVE below (id) AS (SELECT ? UNION SELECT token_id FROM tokens JOIN below ON parent_id = below.id)`;
  const children = db.all<{ id: string }>(
    `${below} UPDATE tokens SET revoked_at = ?, revoked_by = ? WHERE token_id IN (SELECT id FROM below) AND revoked_at IS NULL RETURNING token_id AS id`,
    id, at, by,
  );
  const sessions = db.all<{ id: string }>(`${below} DELETE FROM sessions WHERE token_id IN (SELECT id FROM below) RETURNING session_id AS id`, id);
  return { outcome: "ok", tokens: [id, ...children.map((child) => child.id)], sessions: sessions.map((session) => session.id) };
}

function recordOf({ scope, ...token }: Row): TokenRecord {
  return { ...token, scope: scope === null ? null : (fromJson(scope) as string[]) };
}

import type { AuditFilter, AuditRecord } from "../accessContract.ts";
import type { Page } from "../contract.ts";
import { fromJson, json } from "./cells.ts";
import type { Database, Value } from "./database.ts";
import { inOrder, pageOf, pageSize, positionOf } from "./paging.ts";
import type { Transaction } from "./transaction.ts";

type Row = Omit<AuditRecord, "detail"> & { readonly detail: string | null };

export function beginAudit({ db }: Transaction, { detail, ...record }: Omit<AuditRecord, "result">): void {
  db.run(
    `INSERT INTO audit (audit_id, at, who, token_id, role, via, peer, action, target, detail)
     VALUES (@id, @at, @who, @tokenId, @role, @via, @peer, @action, @target, @detail)`,
    { ...record, detail: detail === null ? null : json(detail) },
  );
}

export function endAudit({ db }: Transaction, id: string, result: string): void {
  db.run("UPDATE audit SET result = ? WHERE audit_id = ? AND result IS NULL", result, id);
}

export function listAudit(db: Database, { who, target, cursor, limit }: AuditFilter): Page<AuditRecord> {
  const size = pageSize(limit);
  const { time, id } = positionOf(cursor);
  const conditions = ["(at, audit_id) < (?, ?)"];
  const values: Value[] = [time, id];
  for (const [column, value] of [["who", who], ["target", target]] as const) {
    if (value === undefined) continue;
    conditions.push(`${column} = ?`);
    values.push(value);
  }
  const sql = `SELECT audit_id AS id, at, who, token_id AS tokenId, role, via, peer, action, target, detail, result FROM audit
    INDEXED BY ${indexFor(who, target)} WHERE ${conditions.join(" AND ")}`;
  const rows = inOrder<Row>(db, [{ sql, values }], "at DESC, audit_id DESC", size + 1);
  return pageOf(rows, size, (row) => ({ ...row, detail: row.detail === null ? null : fromJson(row.detail) }), (row) => ({ time: row.at, id: row.id }));
}

/** Named, because the planner knows nothing of how the rows are spread. */
function indexFor(who: string | undefined, target: string | undefined): string {
  if (target !== undefined) return "audit_by_target";
  return who === undefined ? "audit_by_time" : "audit_by_who";
}

/** So many at a time: a transaction is to be short. */
const PRUNED = 500;

export function pruneAudit({ db }: Transaction, before: number): number {
  return db.run("DELETE FROM audit WHERE audit_id IN (SELECT audit_id FROM audit WHERE at < ? ORDER BY at LIMIT ?)", before, PRUNED);
}

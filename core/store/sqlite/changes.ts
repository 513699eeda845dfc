import { newIdAt } from "../../ids/uuid.ts";
import type { ChangeRecord, ChangeStore, Duplicate, NotFound, Ok, Page } from "../contract.ts";
import { fromJson, json, wholeMs } from "./cells.ts";
import type { Database, Value } from "./database.ts";
import { inOrder, pageOf, pageSize, positionOf } from "./paging.ts";
import type { Transaction } from "./transaction.ts";

/** How many changes of a strand are kept: some jobs are edited by a program each minute. */
const KEPT = 1000;
/** How many changes that ask to be acknowledged are shown with a strand. */
const SHOWN = 20;
/** So many characters of JSON may the names of their fields have together: each strand on the page is held in memory. */
const SHOWN_NAMES = 2_048;
/** The fields of a change for whose names there is no room. */
const OMITTED = '["…"]';

interface ChangeRow extends Omit<ChangeRecord, "fields"> {
  readonly fields: string;
}

const CHANGES = `SELECT change_id AS id, strand_id AS strandId, kind, from_version AS fromVersion, version, fields, seen_at AS seenAt,
  made_by AS "by", ack_at AS ackAt, ack_by AS ackBy FROM strand_changes`;

const ACKNOWLEDGE = "UPDATE strand_changes INDEXED BY strand_changes_asking_by_strand SET ack_at = ?, ack_by = ?";

/** Marks how a strand has changed, until somebody acknowledges it. */
export function markChange(tx: Transaction, change: Omit<ChangeRecord, "id" | "ackAt" | "ackBy">): void {
  tx.db.run(
    `INSERT INTO strand_changes (change_id, strand_id, kind, from_version, version, fields, seen_at, made_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    newIdAt(wholeMs(change.seenAt)), change.strandId, change.kind, change.fromVersion, change.version, json(change.fields), change.seenAt, change.by,
  );
  tx.db.run(
    `DELETE FROM strand_changes WHERE strand_id = @id AND (seen_at, change_id) <= (
       SELECT seen_at, change_id FROM strand_changes INDEXED BY strand_changes_by_strand
       WHERE strand_id = @id ORDER BY seen_at DESC, change_id DESC LIMIT 1 OFFSET ${KEPT})`,
    { id: change.strandId },
  );
}

/** The changes of a strand that nobody has acknowledged, newest first; the newest with the names of their fields, as far as there is room. */
export function askingChanges(db: Database, strandId: string): ChangeRecord[] {
  const asking = "INDEXED BY strand_changes_asking_by_strand WHERE strand_id = ? AND ack_at IS NULL";
  // Asked first, since most strands have none, and an ordered question costs ten times as much.
  if (!db.get(`SELECT 1 FROM strand_changes ${asking}`, strandId)) return [];
  let left = SHOWN_NAMES;
  return db.all<ChangeRow>(`${CHANGES} ${asking} ORDER BY seen_at DESC, change_id DESC LIMIT ${SHOWN}`, strandId).map((row) => {
    if (row.fields.length > Math.max(left, OMITTED.length)) return changeOf({ ...row, fields: OMITTED });
    left -= row.fields.length;
    return changeOf(row);
  });
}

export function listChanges(db: Database, filter: Parameters<ChangeStore["list"]>[0]): Page<ChangeRecord> {
  const size = pageSize(filter.limit);
  const { time, id } = positionOf(filter.cursor);
  const conditions = ["(seen_at, change_id) < (?, ?)"];
  const values: Value[] = [time, id];
  if (filter.strandId !== undefined) {
    conditions.push("strand_id = ?");
    values.push(filter.strandId);
  }
  if (filter.asking) conditions.push("ack_at IS NULL");
  const sql = `${CHANGES} INDEXED BY ${indexFor(filter)} WHERE ${conditions.join(" AND ")}`;
  const rows = inOrder<ChangeRow>(db, [{ sql, values }], "seen_at DESC, change_id DESC", size + 1);
  return pageOf(rows, size, changeOf, (row) => ({ time: row.seenAt, id: row.id }));
}

/** Named, because the planner knows nothing of how the rows are spread. */
function indexFor({ strandId, asking }: Parameters<ChangeStore["list"]>[0]): string {
  if (strandId === undefined) return asking ? "strand_changes_asking" : "strand_changes_by_time";
  return asking ? "strand_changes_asking_by_strand" : "strand_changes_by_strand";
}

export function acknowledgeChanges(tx: Transaction, strandId: string, by: string, at: number, until: string | null): Ok<{ readonly acknowledged: number }> | Duplicate | NotFound {
  if (!tx.db.get("SELECT 1 FROM strands WHERE strand_id = ?", strandId)) return { outcome: "not_found" };
  const [upTo, values] = until === null ? ["", []] : ["AND (seen_at, change_id) <= (SELECT seen_at, change_id FROM strand_changes WHERE change_id = ?)", [until]];
  const acknowledged = tx.db.run(`${ACKNOWLEDGE} WHERE strand_id = ? AND ack_at IS NULL ${upTo}`, at, by, strandId, ...values);
  if (acknowledged === 0) return { outcome: "duplicate" };
  tx.emit({ at, type: "strand.acknowledged", strandId, data: { what: "changes", by, acknowledged } });
  return { outcome: "ok", acknowledged };
}

/** Acknowledges that a strand has vanished, without an event; answers whether that was still asking. */
export function silenceVanished({ db }: Transaction, strandId: string, by: string, at: number): boolean {
  return db.run(`${ACKNOWLEDGE} WHERE strand_id = ? AND ack_at IS NULL AND kind = 'vanished'`, at, by, strandId) > 0;
}

function changeOf(row: ChangeRow): ChangeRecord {
  return { ...row, fields: fromJson(row.fields) };
}

import type { LoomEvent } from "../../plugin/contract.ts";
import type { EventStore, NewEvent } from "../contract.ts";
import { fromJson } from "./cells.ts";
import type { Database } from "./database.ts";
import type { Transaction } from "./transaction.ts";

interface EventRow {
  readonly seq: number;
  readonly at: number;
  readonly type: string;
  readonly strand_id: string | null;
  readonly run_id: string | null;
  readonly data: string;
}

export function eventsAfter(db: Database, seq: number, limit: number): Awaited<ReturnType<EventStore["after"]>> {
  const rows = db.all<EventRow>("SELECT * FROM events WHERE seq > ? ORDER BY seq LIMIT ?", seq, limit);
  const oldest = db.get<{ seq: number | null }>("SELECT min(seq) AS seq FROM events")?.seq ?? lastEvent(db) + 1;
  return { events: rows.map(eventOf), pruned: seq < oldest - 1 };
}

/** From the sequence and not from the rows, which may be pruned. */
export function lastEvent(db: Database): number {
  return db.get<{ seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'events'")?.seq ?? 0;
}

export function pruneEvents({ db }: Transaction, keep: number): number {
  return db.run("DELETE FROM events WHERE seq <= ?", lastEvent(db) - Math.max(0, keep));
}

export function appendEvent(tx: Transaction, event: NewEvent): void {
  tx.emit(event);
}

function eventOf(row: EventRow): LoomEvent {
  return { seq: row.seq, at: row.at, type: row.type, strandId: row.strand_id, runId: row.run_id, data: fromJson(row.data) };
}

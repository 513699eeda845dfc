import type { LoomEvent } from "../../plugin/contract.ts";
import type { EventStore, NewEvent } from "../contract.ts";
import { fromJson, json } from "./cells.ts";
import type { Database, Value } from "./database.ts";
import type { Transaction } from "./transaction.ts";

interface EventRow {
  readonly seq: number;
  readonly at: number;
  readonly type: string;
  readonly strand_id: string | null;
  readonly run_id: string | null;
  readonly data: string;
}

/** An event as it was stored: its data is text already, for those who hear of it as for the table; `source` is what the text was made of. */
export type StoredEvent = Omit<LoomEvent, "data"> & { readonly data: string; readonly source: object };

/** So many are forgotten at a time: a transaction is to be short. */
const PRUNED = 250;
/** Most data that is read together, in characters: an owner's runs may have a hundred steps each, with long names. */
const MOST_DATA = 2 * 1_048_576;
/** The data of an event that has none. */
const NONE = {};
/** Rows that one statement inserts where there are so many: taking a number and binding cost less for each then. */
const ROWS_AT_ONCE = 16;
/** The columns that an event fills; its number comes by itself. */
const COLUMNS = 5;
const INSERT_ONE = insertOf(1);
const INSERT_MANY = insertOf(ROWS_AT_ONCE);

function insertOf(rows: number): string {
  return `INSERT INTO events (at, type, strand_id, run_id, data) VALUES ${Array(rows).fill("(?, ?, ?, ?, ?)").join()}`;
}

/** Stores events in their order, under the next numbers. */
export function storeEvents(db: Database, events: readonly NewEvent[]): StoredEvent[] {
  const cells: Value[] = [];
  for (const { at, type, strandId = null, runId = null, data = NONE } of events) cells.push(at, type, strandId, runId, json(data));
  let last = 0;
  for (let done = 0; done < events.length; ) {
    const rows = events.length - done < ROWS_AT_ONCE ? 1 : ROWS_AT_ONCE;
    last = db.insert(rows === 1 ? INSERT_ONE : INSERT_MANY, ...cells.slice(done * COLUMNS, (done + rows) * COLUMNS));
    done += rows;
  }
  const first = last - events.length + 1;
  return events.map(({ at, type, strandId = null, runId = null, data = NONE }, i) => {
    return { seq: first + i, at, type, strandId, runId, data: cells[i * COLUMNS + 4] as string, source: data };
  });
}

export function eventsAfter(db: Database, seq: number, limit: number): Awaited<ReturnType<EventStore["after"]>> {
  const events: LoomEvent[] = [];
  let length = 0;
  for (const row of db.each<EventRow>("SELECT * FROM events WHERE seq > ? ORDER BY seq LIMIT ?", seq, limit)) {
    events.push(eventOf(row));
    length += row.data.length;
    if (length >= MOST_DATA) break;
  }
  const oldest = db.get<{ seq: number | null }>("SELECT min(seq) AS seq FROM events")?.seq ?? lastEvent(db) + 1;
  return { events, pruned: seq < oldest - 1 };
}

/** From the sequence and not from the rows, which may be pruned. */
export function lastEvent(db: Database): number {
  return db.get<{ seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'events'")?.seq ?? 0;
}

export function pruneEvents({ db }: Transaction, keep: number): number {
  return db.run("DELETE FROM events WHERE seq IN (SELECT seq FROM events WHERE seq <= ? ORDER BY seq LIMIT ?)", lastEvent(db) - Math.max(0, keep), PRUNED);
}

export function appendEvent(tx: Transaction, event: NewEvent): void {
  tx.emit(event);
}

function eventOf(row: EventRow): LoomEvent {
  return { seq: row.seq, at: row.at, type: row.type, strandId: row.strand_id, runId: row.run_id, data: fromJson(row.data) };
}

import { LoomError } from "../../errors/loomError.ts";
import type { Page } from "../contract.ts";
import type { Database, Value } from "./database.ts";

const LARGEST_PAGE = 1000;
/** A page ends after so many characters of JSON, however many items it was to have: it is answered, read and sent on in one go each. */
const LONGEST_PAGE = 2 * 1_048_576;

/** Where a page that goes from new to old begins: below this time, or at it with a smaller id. */
export interface Position {
  readonly time: number;
  readonly id: string;
}

/** Above every row. */
const START: Position = { time: Number.MAX_SAFE_INTEGER, id: "" };

/**
 * Reads a cursor.
 * @throws LoomError BAD_INPUT when it is not one of ours
 */
export function positionOf(cursor: string | null | undefined): Position {
  if (cursor === null || cursor === undefined) return START;
  const [, time, id] = /^(-?\d{1,15})_(.{1,1000})$/s.exec(cursor) ?? [];
  if (time === undefined || id === undefined) {
    throw new LoomError("BAD_INPUT", "The cursor is not one that Loom gave out.", {
      problems: [{ path: "cursor", message: "not a cursor", mend: "Hand back `next` of the page before." }],
    });
  }
  return { time: Number(time), id };
}

export function pageSize(limit: number): number {
  return Math.min(Math.max(1, Math.trunc(limit)), LARGEST_PAGE);
}

/** Rows that one index gives in their order: a SELECT without the order, and its values. */
export interface Walk {
  readonly sql: string;
  readonly values: readonly Value[];
}

/**
 * The rows of all walks in one order, each read when it is taken: a thousand may be long, and a page holds few of those.
 * @param order as SQL; the walks are merged by it, none is sorted
 */
export function inOrder<Row>(db: Database, walks: readonly Walk[], order: string, count: number): Iterable<Row> {
  if (walks.length === 0) return [];
  return db.each<Row>(`${walks.map(({ sql }) => sql).join(" UNION ALL ")} ORDER BY ${order} LIMIT ?`, ...walks.flatMap(({ values }) => values), count);
}

/** Makes a page of rows that are read with one more than the page holds. It has fewer where they are long, and one at least. */
export function pageOf<Row, Item>(rows: Iterable<Row>, size: number, item: (row: Row) => Item, at: (row: Row) => Position): Page<Item> {
  const items: Item[] = [];
  let left = LONGEST_PAGE;
  let last: Row | undefined;
  for (const row of rows) {
    const one = item(row);
    left -= JSON.stringify(one).length;
    if (last !== undefined && (left < 0 || items.length === size)) return { items, next: `${at(last).time}_${at(last).id}` };
    items.push(one);
    last = row;
  }
  return { items, next: null };
}

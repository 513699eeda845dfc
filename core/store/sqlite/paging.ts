import { LoomError } from "../../errors/loomError.ts";
import type { Page } from "../contract.ts";

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

/** Makes a page of rows that were read with one more than the page holds. It has fewer where they are long, and one at least. */
export function pageOf<Row, Item>(rows: readonly Row[], size: number, item: (row: Row) => Item, at: (row: Row) => Position): Page<Item> {
  const items: Item[] = [];
  let left = LONGEST_PAGE;
  for (const row of rows.slice(0, size)) {
    const one = item(row);
    left -= JSON.stringify(one).length;
    if (left < 0 && items.length > 0) break;
    items.push(one);
  }
  const last = rows[items.length - 1];
  return { items, next: last !== undefined && rows.length > items.length ? `${at(last).time}_${at(last).id}` : null };
}

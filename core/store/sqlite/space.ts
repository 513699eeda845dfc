import type { Database } from "./database.ts";
import { beginSlice } from "./slice.ts";
import type { Transaction } from "./transaction.ts";

/** A page may have to be read from the disk before it can be moved. */
const PAGES_AT_ONCE = 4;
/** So many are cut off the file at a time. A checkpoint does that, and hundreds of megabytes would take the file system a while. */
const PAGES_CUT = 1_024;
/** One page in so many may stay free: what is stored next needs room as well. */
const FREE_SHARE = 1 / 8;

/**
 * Moves pages from the end of the file to free ones before them, for as long as it takes no noticeable time, and cuts the end off.
 * Answers how many bytes that was.
 */
export function shrink({ db, carryOver }: Transaction): number {
  // A database that was not made for it keeps its free pages, until a copy of it takes its place.
  if (number(db, "auto_vacuum") === 0 || !hasMuchFree(db)) return 0;
  const isLate = beginSlice();
  const before = number(db, "page_count");
  // At least once: to give nothing would mean that there is no more to give.
  do db.exec(`PRAGMA incremental_vacuum(${PAGES_AT_ONCE})`);
  while (hasMuchFree(db) && before - number(db, "page_count") < PAGES_CUT && !isLate());
  const pages = before - number(db, "page_count");
  if (pages >= PAGES_CUT || !hasMuchFree(db)) carryOver();
  return pages * number(db, "page_size");
}

function hasMuchFree(db: Database): boolean {
  return number(db, "freelist_count") >= Math.max(PAGES_AT_ONCE, number(db, "page_count") * FREE_SHARE);
}

function number(db: Database, pragma: string): number {
  return Number(db.pragma(pragma));
}

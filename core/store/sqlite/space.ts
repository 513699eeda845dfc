import type { Database } from "./database.ts";
import { beginSlice } from "./slice.ts";
import type { Transaction } from "./transaction.ts";

/** So many are cut off the file at a time. A checkpoint does that, and a gigabyte would take the file system a quarter of a second. */
const PAGES_CUT = 1_024;
/** A checkpoint leaves the end where it is while somebody reads as of before: no more than this gathers there. */
const PAGES_UNCUT = 4 * PAGES_CUT;
/** One page in so many may stay free: what is stored next needs room as well. */
const FREE_SHARE = 1 / 8;
const FEWEST_FREE = 4;

/**
 * Moves pages from the end of the database to free ones before them, for as long as it takes no noticeable time, and has the end of
 * the file cut off once it is worth it. Answers by how many bytes the database is smaller.
 */
export function shrink({ db, carryOver }: Transaction): number {
  // A database that was not made for it keeps its free pages, until a copy of it takes its place.
  if (number(db, "auto_vacuum") === 0 || !hasMuchFree(db)) return 0;
  const isLate = beginSlice();
  const pageBytes = number(db, "page_size");
  const before = number(db, "page_count");
  const inFile = db.fileBytes / pageBytes;
  const uncut = (): number => inFile - number(db, "page_count");
  if (uncut() < PAGES_UNCUT) {
    // At least one: to give nothing would mean that there is no more to give.
    do db.run("PRAGMA incremental_vacuum(1)");
    while (hasMuchFree(db) && uncut() < PAGES_CUT && !isLate());
  }
  if (uncut() >= PAGES_CUT || !hasMuchFree(db)) carryOver();
  return (before - number(db, "page_count")) * pageBytes;
}

function hasMuchFree(db: Database): boolean {
  return number(db, "freelist_count") >= Math.max(FEWEST_FREE, number(db, "page_count") * FREE_SHARE);
}

/** Asks with a statement that is kept: thousands of others a second would have to be collected, which takes the thread tens of milliseconds. */
function number(db: Database, pragma: string): number {
  return db.get<Record<string, number>>(`PRAGMA ${pragma}`)![pragma]!;
}

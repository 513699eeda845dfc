import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import Sqlite from "better-sqlite3";
import { openSqliteStore } from "../../core/store/sqlite/open.ts";

const PAGE_BYTES = 4_096;

/** A database with so many values of the plugin `ballast`, 20 kB each; if not told otherwise, more than is checked at the start. */
export async function makeLarge(file: string, values = 600): Promise<void> {
  await (await openSqliteStore({ file })).close();
  const db = new Sqlite(file);
  db.exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${values}) INSERT INTO kv SELECT 'ballast', i, json_quote(hex(randomblob(10000))) FROM n`);
  db.close();
}

/** Overwrites every page of a table that leads to its rows but the first. What it gives puts them back. */
export function damage(file: string, table: string): () => void {
  const whole = readFileSync(file);
  const db = new Sqlite(file, { readonly: true });
  const pages = db.prepare("SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY pageno").pluck().all(table) as number[];
  db.close();
  const handle = openSync(file, "r+");
  for (const page of pages.slice(1)) writeSync(handle, Buffer.alloc(PAGE_BYTES, 0xff), 0, PAGE_BYTES, (page - 1) * PAGE_BYTES);
  closeSync(handle);
  return () => writeFileSync(file, whole, { flag: "r+" });
}

import { closeSync, openSync, readSync, statSync } from "node:fs";
import { LoomError } from "../../errors/loomError.ts";
import { Database } from "./database.ts";
import { refuseNewerSchema } from "./migrate.ts";

const MAGIC = "SQLite format 3\0";

/** Up to this size the whole file is checked at each start; a larger one is looked through later, while Loom works. */
const WHOLE_CHECK_BYTES = 8 * 1_048_576;

/**
 * Looks at the database without changing a byte of it. A file that is not there, or empty, is fine.
 * @returns whether all of it was looked through
 * @throws LoomError STORE_CORRUPT when it is damaged or no database, SCHEMA_TOO_NEW when a newer Loom wrote it
 */
export function inspect(file: string, busyTimeoutMs: number): boolean {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) return true;
  if (firstBytes(file, MAGIC.length) !== MAGIC) throw new LoomError("STORE_CORRUPT", `${file} is not an SQLite database.`);
  const db = Database.forReading(file, busyTimeoutMs);
  try {
    refuseNewerSchema(db);
    if (size > WHOLE_CHECK_BYTES) return false;
    const found = db.pragma("quick_check(1)");
    if (found !== "ok") throw new LoomError("STORE_CORRUPT", `${file} is damaged: ${String(found)}`);
    return true;
  } finally {
    db.close();
  }
}

function firstBytes(file: string, count: number): string {
  const bytes = Buffer.alloc(count);
  const handle = openSync(file, "r");
  try {
    readSync(handle, bytes, 0, count, 0);
  } finally {
    closeSync(handle);
  }
  return bytes.toString("latin1");
}

import type { MessagePort } from "node:worker_threads";
import { LoomError } from "../../errors/loomError.ts";
import { Database } from "./database.ts";
import { faultOf } from "./faults.ts";

/** What a backup is started with. */
export interface CopyData {
  readonly file: string;
  readonly busyTimeoutMs: number;
  /** An empty file. */
  readonly part: string;
}

/** Writes one copy and checks it; says what went wrong, or null. */
export function serve(port: MessagePort, { file, busyTimeoutMs, part }: CopyData): void {
  try {
    // As of one moment, and without free pages. Reading holds up no writes.
    using(file, busyTimeoutMs, (db) => copyInto(db, part));
    using(part, busyTimeoutMs, check);
    port.postMessage({ fault: null });
  } catch (error) {
    port.postMessage({ fault: faultOf(error) });
  }
  port.close();
}

function copyInto(db: Database, part: string): void {
  // The copy of a database that cannot give room back can: this changes nothing in the database itself.
  if (Number(db.pragma("auto_vacuum")) === 0) db.pragma("auto_vacuum = INCREMENTAL");
  db.run("VACUUM INTO ?", part);
}

function check(copy: Database): void {
  const found = copy.pragma("integrity_check(1)");
  if (found !== "ok") throw new LoomError("STORE_CORRUPT", `The copy is damaged: ${String(found)}`);
}

function using(file: string, busyTimeoutMs: number, work: (db: Database) => void): void {
  const db = Database.forReading(file, busyTimeoutMs);
  try {
    work(db);
  } finally {
    db.close();
  }
}

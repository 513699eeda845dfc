import { readFileSync, rmSync, writeFileSync } from "node:fs";
import Sqlite from "better-sqlite3";
import { LoomError } from "../../errors/loomError.ts";
import { errorOf, faultOf } from "./faults.ts";

/** Holds a LOOM_HOME for this process. */
export interface HomeLock {
  /** Tells who holds it, such as the gateway's address: a second gateway shows these words. */
  describe(holder: string): void;
  release(): void;
}

/**
 * Takes the home for this process by an exclusive transaction on a small database of its own. The operating system
 * drops the lock when the process ends, however it ends, so nothing is ever left to clean up.
 * @throws LoomError HOME_IN_USE, naming the holder, when another process has it, for which it does not wait; STORE_UNAVAILABLE where the
 * disk refuses
 */
export function lockHome(file: string): HomeLock {
  const holderFile = `${file}.holder`;
  const db = takeWhole(file, holderFile);
  const describe = (holder: string): void => ifWritable(() => writeFileSync(holderFile, holder, { mode: 0o600 }));
  describe(`The gateway with process id ${process.pid}`);
  return {
    describe,
    release() {
      if (!db.open) return;
      ifWritable(() => rmSync(holderFile, { force: true }));
      db.close();
    },
  };
}

function takeWhole(file: string, holderFile: string): Sqlite.Database {
  let db: Sqlite.Database | null = null;
  try {
    writeFileSync(file, "", { flag: "a", mode: 0o600 });
    db = new Sqlite(file, { timeout: 0 });
    db.pragma("journal_mode = MEMORY");
    db.exec("BEGIN EXCLUSIVE");
    return db;
  } catch (error) {
    db?.close();
    const fault = faultOf(error);
    throw fault.code === "STORE_BUSY" ? new LoomError("HOME_IN_USE", `${holderOf(holderFile)} uses this LOOM_HOME already.`) : errorOf(fault);
  }
}

/** The words are a help and not the lock: a disk that is full, or read-only by now, takes nothing from it. */
function ifWritable(change: () => void): void {
  try {
    change();
  } catch {
    // A second gateway is told of another one then, and not of which.
  }
}

function holderOf(holderFile: string): string {
  try {
    return readFileSync(holderFile, "utf8").trim() || "Another gateway";
  } catch {
    return "Another gateway";
  }
}

import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { MessagePort } from "node:worker_threads";
import { LoomError } from "../../errors/loomError.ts";
import { Database } from "./database.ts";
import { faultOf } from "./faults.ts";

/** What a backup is started with. */
export interface BackupData {
  readonly file: string;
  readonly busyTimeoutMs: number;
  /** A file that is not there yet. */
  readonly to: string;
}

/** Writes one copy, and says how large it is. */
export function serve(port: MessagePort, data: BackupData): void {
  try {
    port.postMessage({ bytes: backUp(data) });
  } catch (error) {
    port.postMessage({ fault: faultOf(error) });
  }
  port.close();
}

function backUp({ file, busyTimeoutMs, to }: BackupData): number {
  if (existsSync(to)) throw new LoomError("STORE_UNAVAILABLE", `${to} is there already.`);
  const part = `${to}.part`;
  rmSync(part, { force: true });
  // There before SQLite writes to it, so that nobody else may ever read it.
  closeSync(openSync(part, "wx", 0o600));
  try {
    copyInto(part, file, busyTimeoutMs);
    check(part, busyTimeoutMs);
    sync(part);
    renameSync(part, to);
    sync(dirname(to));
    return statSync(to).size;
  } finally {
    rmSync(part, { force: true });
  }
}

/** As of one moment, and without free pages. Reading holds up no writes. */
function copyInto(part: string, file: string, busyTimeoutMs: number): void {
  const db = Database.forReading(file, busyTimeoutMs);
  try {
    db.run("VACUUM INTO ?", part);
  } finally {
    db.close();
  }
}

function check(part: string, busyTimeoutMs: number): void {
  const copy = Database.forReading(part, busyTimeoutMs);
  try {
    const found = copy.pragma("integrity_check(1)");
    if (found !== "ok") throw new LoomError("STORE_CORRUPT", `The copy is damaged: ${String(found)}`);
  } finally {
    copy.close();
  }
}

function sync(path: string): void {
  const handle = openSync(path, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

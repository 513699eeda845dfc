import { constants, createWriteStream } from "node:fs";
import { link, mkdir, open, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { isLoomError, LoomError, messageOf } from "../../errors/loomError.ts";
import { linkOfOthers } from "../../linkOfOthers.ts";
import { writableByOthers } from "../../writableByOthers.ts";
import { Database } from "./database.ts";
import { errorOf, faultOf } from "./faults.ts";
import { inspect } from "./inspect.ts";
import { endOldAccess } from "./restoredAccess.ts";
import { syncFolder } from "./syncFolder.ts";

const BUSY_MS = 5_000;
const COPIES = { help: "Name a file that `loom backup` wrote." };
/** What SQLite keeps beside a database that was not closed; the journal, of one that had no write-ahead log. */
const BESIDE = ["-wal", "-shm", "-journal"];
const HELD_OR_FULL = /^(?:SQLITE_BUSY|SQLITE_FULL|STORE_BUSY)/;
/** Triggers, views and virtual tables, by their text: SQLite goes by that and not by the type, and writes its first words in this one way. */
const FOREIGN = "SELECT type, name FROM sqlite_schema WHERE sql NOT LIKE 'CREATE TABLE %' AND sql NOT LIKE 'CREATE INDEX %' AND sql NOT LIKE 'CREATE UNIQUE INDEX %'";

export interface RestoreOptions {
  /** The database that is replaced; nobody may have it open. It need not be there. */
  readonly file: string;
  /** A copy that `Store.backup` wrote. It stays as it is. */
  readonly from: string;
  /** A folder that is not there yet, on the same disk as `file`: it takes in what is replaced. */
  readonly keptIn: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/**
 * Puts a copy in the place of the database. Killed at any instant, the place holds the old database or the new one, and
 * what was replaced is kept. Tokens and sessions that ended since the copy was written stay ended.
 * @returns whether there was a database to keep
 * @throws LoomError STORE_CORRUPT, SCHEMA_TOO_NEW, NOT_FOUND, HOME_UNSAFE about the copy; the database is left alone then
 */
export async function restore(options: RestoreOptions): Promise<{ readonly kept: boolean }> {
  try {
    return await replace(options);
  } catch (error) {
    throw isLoomError(error) ? error : errorOf(faultOf(error));
  }
}

/** Takes away what a restore that was killed has left, as large as its copy. To be called while no other can run; what cannot be taken away is in nobody's way. */
export async function removeLeftRestore(file: string): Promise<void> {
  await removeWhole(placeOf(file)).catch(() => {});
}

/** Where the new database is made. */
function placeOf(file: string): string {
  return `${file}.restoring`;
}

async function replace({ file, from, keptIn, at }: RestoreOptions): Promise<{ readonly kept: boolean }> {
  await using copy = await openCopy(from, file);
  const next = placeOf(file);
  await removeWhole(next);
  try {
    await pipeline(copy.createReadStream({ autoClose: false }), createWriteStream(next, { flags: "wx", mode: 0o600 }));
    // Not the copy itself: SQLite leaves files beside what it reads.
    check(next);
    endOldAccess(next, file, BUSY_MS, at);
    await removeBeside(next);
    await sync(next);
    const kept = await keep(file, keptIn);
    await rename(next, file);
    await syncFolder(dirname(file));
    return { kept };
  } catch (error) {
    await removeWhole(next);
    throw isLoomError(error) ? new LoomError(error.code, error.message.replaceAll(next, from), { cause: error }) : error;
  }
}

async function removeWhole(path: string): Promise<void> {
  await rm(path, { force: true });
  await removeBeside(path);
}

async function removeBeside(path: string): Promise<void> {
  for (const suffix of BESIDE) await rm(`${path}${suffix}`, { force: true });
}

/** The copy itself, whatever comes to lie at its path meanwhile. It need not be a file: opening waits for nobody. */
async function openCopy(from: string, file: string): Promise<FileHandle> {
  // It could lead to an older copy of ours than the one that is meant.
  const link = await linkOfOthers(from);
  if (link) throw new LoomError("HOME_UNSAFE", `${link}.`, { help: "Name the copy itself." });
  const copy = await open(from, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause: unknown) => {
    throw new LoomError("NOT_FOUND", `The copy cannot be read: ${messageOf(cause)}`, { ...COPIES, cause });
  });
  try {
    await refuseUnfit(copy, from, file);
    return copy;
  } catch (error) {
    await copy.close();
    throw error;
  }
}

async function refuseUnfit(copy: FileHandle, from: string, file: string): Promise<void> {
  const found = await copy.stat();
  if (!found.isFile()) throw new LoomError("NOT_FOUND", `${from} is no file.`, COPIES);
  const there = await stat(file).catch(() => null);
  if (there && there.ino === found.ino && there.dev === found.dev) throw new LoomError("CONFLICT", `${from} is the database itself.`, COPIES);
  if (found.size === 0) throw new LoomError("STORE_CORRUPT", `${from} is empty.`);
  const intruder = writableByOthers(found);
  // It says what Loom runs, and who may sign in.
  if (intruder) throw new LoomError("HOME_UNSAFE", `${from} ${intruder}.`, { help: "Where you trust what it holds, restore a copy of it that is yours alone: cp, then chmod 600." });
}

async function sync(path: string): Promise<void> {
  await using copy = await open(path, "r+");
  await copy.sync();
}

/** The whole of it, however large: the place of the old one is to be taken by nothing that is damaged. */
function check(path: string): void {
  try {
    look(path);
  } catch (error) {
    // Such as a schema that SQLite can make nothing of.
    throw (error as { code?: unknown }).code === "SQLITE_ERROR" ? new LoomError("STORE_CORRUPT", `The copy cannot be read: ${messageOf(error)}.`, { cause: error }) : error;
  }
}

function look(path: string): void {
  inspect(path, BUSY_MS);
  const db = Database.forReading(path, BUSY_MS);
  try {
    if (db.get("SELECT 1 FROM sqlite_schema WHERE name = 'strands'") === undefined) throw new LoomError("STORE_CORRUPT", "The copy is no database of Loom's.");
    const foreign = db.get<{ type: string; name: string }>(FOREIGN);
    // They would act, or answer, in Loom's place.
    if (foreign) throw new LoomError("STORE_CORRUPT", `The copy has the ${foreign.type} ${foreign.name}, which Loom did not make.`);
    const found = db.pragma("integrity_check(1)");
    if (found !== "ok") throw new LoomError("STORE_CORRUPT", `The copy is damaged: ${String(found)}`);
  } finally {
    db.close();
  }
}

async function keep(file: string, folder: string): Promise<boolean> {
  if (!(await stat(file).catch(() => null))) return false;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // What lies beside the old database would be taken for a part of the new one.
  if (!closesWell(file)) for (const suffix of BESIDE) await rename(`${file}${suffix}`, join(folder, `${basename(file)}${suffix}`)).catch(ignoreMissing);
  if (await stat(`${file}-wal`).catch(() => null)) throw new LoomError("STORE_BUSY", `Another program has ${file} open.`);
  await link(file, join(folder, basename(file)));
  await syncFolder(folder);
  return true;
}

/**
 * Opens and closes the database, after which all of it is in its one file. False when it is too damaged for that.
 * @throws what SQLite says where another program holds it, or there is no room: it is not damaged then
 */
function closesWell(file: string): boolean {
  try {
    const db = Database.forWriting(file, BUSY_MS);
    try {
      // To close it does so too, and says nothing where it cannot.
      db.emptyLog();
    } finally {
      db.close();
    }
    return true;
  } catch (error) {
    if (HELD_OR_FULL.test(String((error as { code?: unknown }).code))) throw error;
    return false;
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}

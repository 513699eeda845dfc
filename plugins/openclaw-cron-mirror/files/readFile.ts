/**
 * Reading files that somebody else writes: never waits for one, never takes more than it can hold. Every file of a state
 * folder is opened here: who waits in vain keeps one of the few threads that all of Loom reads files in.
 */
import { constants, readdirSync, readFileSync, readlinkSync, type Stats } from "node:fs";
import { open, stat, type FileHandle } from "node:fs/promises";
import { messageOf } from "loom-gateway";

/** Stands for one state of a file; null: there is none. */
export type Stamp = string | null;

/** Linux's O_PATH: a descriptor to look at a file by, which neither opens it nor, when it is closed, ends any lock. */
const LOOKS = process.platform === "linux" ? 0o10000000 : 0;

/** Of a descriptor's flags those that say whether it reads, writes or both. */
const ACCESS = 3;

/** A file that is there but cannot be taken in. */
export class UnreadableFile extends Error {}

export interface WholeFile {
  readonly text: string;
  readonly stamp: string;
  readonly changedAt: number;
}

/**
 * Whose files are read in a folder; null: anybody's. In a folder of another user it is theirs alone: a link there may lead to
 * what only Loom's user can read, and what is read goes to that folder's gateway, or onto the page.
 * @param uid of the folder's owner
 */
export function ownerIn(uid: number): Owner {
  return uid === process.getuid!() ? null : uid;
}

export type Owner = number | null;

/**
 * Reads a whole file; null where there is none.
 * @throws UnreadableFile when it is no regular file or longer than `most` bytes, may not be read, or is not the owner's
 */
export async function readWhole(path: string, most: number, owner: Owner): Promise<WholeFile | null> {
  await using file = await openFile(path, owner);
  if (file === null) return null;
  const { size, mtimeMs } = file.stat;
  if (size > most) throw new UnreadableFile(`${path} is larger than ${Number((most / 1024 / 1024).toFixed(1))} MB`);
  // Not to its end, which may have moved on since.
  const { buffer, bytesRead } = await file.handle.read(Buffer.alloc(size), 0, size, 0);
  return { text: buffer.toString("utf8", 0, bytesRead), stamp: stampOf(file.stat), changedAt: Math.floor(mtimeMs) };
}

/** The state of a file now, without reading it. */
export async function stampAt(path: string): Promise<Stamp> {
  return stat(path).then(stampOf, () => null);
}

export interface OpenFile extends AsyncDisposable {
  readonly handle: FileHandle;
  readonly stat: Stats;
}

/**
 * Opens a regular file for reading; null where there is none. What is not to be read is not even opened: a pipe or device may do
 * something then, and a link may lead to Loom's own database, whose locks this process loses as soon as it closes any descriptor
 * of it (https://www.sqlite.org/howtocorrupt.html, 2.2).
 */
export async function openFile(path: string, owner: Owner): Promise<OpenFile | null> {
  try {
    // On Linux it is held while it is looked at, so that nobody can put another in its place.
    await using place = LOOKS ? await open(path, LOOKS) : null;
    refuseUnfit(await (place?.stat() ?? stat(path)), path, owner);
    if (place && isWritten(path, place.fd)) throw new UnreadableFile(`${path} leads to a file that Loom itself writes`);
    const handle = await open(place ? `/proc/self/fd/${place.fd}` : path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    return { handle, stat: await handle.stat(), [Symbol.asyncDispose]: () => handle.close() };
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return null;
    throw error instanceof UnreadableFile ? error : new UnreadableFile(`${path} cannot be opened: ${messageOf(error)}`);
  }
}

/**
 * Whether a path leads by a link to what this process has open for writing, as it has its databases: others may have put the link
 * where they may write. What the system tells of the process itself waits for no disk.
 */
function isWritten(path: string, fd: number): boolean {
  const real = readlinkSync(`/proc/self/fd/${fd}`);
  if (real === path) return false;
  return readdirSync("/proc/self/fd").some((other) => targetOf(other) === real && isForWriting(other));
}

function targetOf(fd: string): string | null {
  return unlessClosed(() => readlinkSync(`/proc/self/fd/${fd}`));
}

function isForWriting(fd: string): boolean {
  const info = unlessClosed(() => readFileSync(`/proc/self/fdinfo/${fd}`, "latin1")) ?? "";
  const flags = /^flags:\s+(\d+)$/m.exec(info)?.[1] ?? "0";
  return (Number.parseInt(flags, 8) & ACCESS) !== constants.O_RDONLY;
}

/** Descriptors come and go while they are looked at; null: it is gone. */
function unlessClosed<T>(look: () => T): T | null {
  try {
    return look();
  } catch {
    return null;
  }
}

function refuseUnfit(found: Stats, path: string, owner: Owner): void {
  if (!found.isFile()) throw new UnreadableFile(`${path} is ${kindOf(found)}, not a regular file`);
  if (owner !== null && found.uid !== owner) throw new UnreadableFile(`${path} is a file of user ${found.uid}, and its folder is user ${owner}'s`);
}

function kindOf(found: Stats): string {
  return found.isFIFO() ? "a pipe" : found.isDirectory() ? "a folder" : "a device";
}

function stampOf(found: { readonly mtimeMs: number; readonly size: number; readonly ino: number }): string {
  return `${found.ino}:${found.size}:${found.mtimeMs}`;
}

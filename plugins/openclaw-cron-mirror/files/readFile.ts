/**
 * Reading files that somebody else writes: never waits for one, never takes more than it can hold. Every file of a state
 * folder is opened here: who waits in vain keeps one of the few threads that all of Loom reads files in.
 */
import { constants, type Stats } from "node:fs";
import { open, stat, type FileHandle } from "node:fs/promises";
import { messageOf } from "loom-gateway";

/** Stands for one state of a file; null: there is none. */
export type Stamp = string | null;

/** A file that is there but cannot be taken in. */
export class UnreadableFile extends Error {}

export interface WholeFile {
  readonly text: string;
  readonly stamp: string;
  readonly changedAt: number;
}

/**
 * Reads a whole file; null where there is none.
 * @throws UnreadableFile when it is no regular file or longer than `most` bytes, or may not be read
 */
export async function readWhole(path: string, most: number): Promise<WholeFile | null> {
  await using file = await openFile(path);
  if (file === null) return null;
  const { size, mtimeMs } = file.stat;
  if (size > most) throw new UnreadableFile(`${path} is larger than ${most / 1024 / 1024} MB`);
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

/** Opens a regular file for reading; null where there is none. A pipe or device is not waited for, and no terminal becomes ours. */
export async function openFile(path: string): Promise<OpenFile | null> {
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return null;
    throw new UnreadableFile(`${path} cannot be opened: ${messageOf(error)}`);
  }
  const found = await handle.stat();
  if (!found.isFile()) {
    await handle.close();
    throw new UnreadableFile(`${path} is ${kindOf(found)}, not a regular file`);
  }
  return { handle, stat: found, [Symbol.asyncDispose]: () => handle.close() };
}

function kindOf(found: Stats): string {
  return found.isFIFO() ? "a pipe" : found.isDirectory() ? "a folder" : "a device";
}

function stampOf(found: { readonly mtimeMs: number; readonly size: number; readonly ino: number }): string {
  return `${found.ino}:${found.size}:${found.mtimeMs}`;
}

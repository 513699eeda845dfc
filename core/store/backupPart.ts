import { lstat, mkdtemp, readdir, rmdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { lives, startTimeOf } from "../processIdentity.ts";
import { writableByOthers } from "../writableByOthers.ts";

/** What the copy is called while it is written; what SQLite lays beside it begins so too. */
const COPY = "copy.db";
/** The file that a part is of, and its maker's id and start. */
const PART = /^(.+)\.part-(\d+)-(\d+)-\w{6}$/;

/**
 * Makes the folder in which a copy is written, beside where it is to lie: what SQLite opens beside a database nobody else can have put
 * there. Each has its own, under its maker's name, so that of two at once neither takes the other's away.
 */
export function makePart(file: string): Promise<string> {
  return mkdtemp(`${file}.part-${process.pid}-${startTimeOf(process.pid)}-`);
}

export function copyIn(part: string): string {
  return join(part, COPY);
}

/**
 * Takes away the parts in a folder whose makers have ended. What cannot be taken away stays: it is in nobody's way.
 * @param isCopy whether a file of that name would be one whose parts are meant
 */
export async function removeLeftParts(folder: string, isCopy: (name: string) => boolean): Promise<void> {
  for (const name of await readdir(folder)) {
    const [, file, pid, startTime] = PART.exec(name) ?? [];
    if (file === undefined || !isCopy(file) || lives(Number(pid), Number(startTime))) continue;
    const found = await lstat(join(folder, name)).catch(() => null);
    if (found && writableByOthers(found) === null) await removePart(join(folder, name)).catch(() => {});
  }
}

/**
 * Takes away what an interrupted backup has left, and nothing else. Names alone: Node's `rm` follows a link that it may not remove, and
 * empties the folder that it leads to.
 * @throws what the system says of a folder that holds something else, or that is not ours
 */
export async function removePart(part: string): Promise<void> {
  const found = await orGone(lstat(part));
  if (!found?.isDirectory()) return void (await orGone(unlink(part)));
  const names = (await orGone(readdir(part))) ?? [];
  await Promise.all(names.filter((name) => name.startsWith(COPY)).map((name) => orGone(unlink(join(part, name)))));
  await orGone(rmdir(part));
}

/** Null where it is gone, or never was there. */
function orGone<T>(asked: Promise<T>): Promise<T | null> {
  return asked.catch((error: NodeJS.ErrnoException) => (error.code === "ENOENT" ? null : Promise.reject(error)));
}

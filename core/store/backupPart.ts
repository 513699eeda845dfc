import { lstat, readdir, rmdir, unlink } from "node:fs/promises";
import { join } from "node:path";

/** What the copy is called while it is written; what SQLite lays beside it begins so too. */
const COPY = "copy.db";

/** The folder in which a copy is written, beside where it is to lie: what SQLite opens beside a database nobody else can have put there. */
export function partOf(file: string): string {
  return `${file}.part`;
}

export function copyIn(part: string): string {
  return join(part, COPY);
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

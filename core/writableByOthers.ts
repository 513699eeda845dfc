import type { BigIntStats, Stats } from "node:fs";
import { lstat } from "node:fs/promises";
import { dirname } from "node:path";

const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

/**
 * Says who besides us and root could put code into a folder, because the folder or one of its parents is theirs or lets
 * them write. A sticky parent such as /tmp that is root's or ours does not count: nobody can replace there what is ours
 * (docs/decisions/0006-sticky-parents.md).
 * @param path real path
 * @param isParent what counts is something in the folder, which is ours
 * @returns words for people, or null when it is safe
 */
export async function whoElseMayWrite(path: string, isParent = false): Promise<string | null> {
  for (let folder = path; ; folder = dirname(folder)) {
    const reason = writableByOthers(await lstat(folder), isParent || folder !== path);
    if (reason) return `${folder} ${reason}`;
    if (dirname(folder) === folder) return null;
  }
}

/** What is wrong with the owner and mode of a file or folder; null when nothing is. */
export function writableByOthers(stat: Stats | BigIntStats, isParent = false): string | null {
  const another = belongsToAnother(stat);
  if (another !== null || process.getuid === undefined) return another;
  const mode = Number(stat.mode);
  if ((mode & OTHERS_WRITE) === 0 || (isParent && (mode & STICKY) !== 0)) return null;
  return `may be written by other users (mode ${(mode & 0o777).toString(8)})`;
}

/** Whose a file or folder is, where it is neither ours nor root's; null otherwise. */
export function belongsToAnother({ uid }: Stats | BigIntStats): string | null {
  const me = process.getuid?.();
  return me === undefined || Number(uid) === me || Number(uid) === 0 ? null : `belongs to another user (uid ${uid})`;
}

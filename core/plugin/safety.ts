import type { Stats } from "node:fs";
import { lstat } from "node:fs/promises";
import { dirname } from "node:path";

const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

/**
 * Says who besides us and root could put code into a folder, because the folder or one of its parents is theirs or lets
 * them write. A sticky parent such as /tmp that is root's or ours does not count: nobody can replace there what is ours
 * (docs/decisions/0006-sticky-parents.md).
 * @param path real path
 * @returns words for people, or null when it is safe
 */
export async function whoElseMayWrite(path: string): Promise<string | null> {
  for (let folder = path; ; folder = dirname(folder)) {
    const reason = writableByOthers(await lstat(folder), folder !== path);
    if (reason) return `${folder} ${reason}`;
    if (dirname(folder) === folder) return null;
  }
}

/** What is wrong with a folder's owner and mode; null when nothing is. */
function writableByOthers(stat: Stats, isParent: boolean): string | null {
  const me = process.getuid?.();
  if (me === undefined) return null;
  if (stat.uid !== me && stat.uid !== 0) return `belongs to another user (uid ${stat.uid})`;
  if ((stat.mode & OTHERS_WRITE) === 0 || (isParent && (stat.mode & STICKY) !== 0)) return null;
  return `may be written by other users (mode ${(stat.mode & 0o777).toString(8)})`;
}

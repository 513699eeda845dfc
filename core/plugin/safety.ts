import type { Stats } from "node:fs";
import { lstat } from "node:fs/promises";
import { dirname } from "node:path";

/** A folder where everybody may write but only an owner may rename or delete, such as /tmp. */
export type StickyParents = "refuse" | "accept";

const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

/**
 * Says who besides us and root could put code into a folder, because the folder or one of its parents is theirs or lets
 * them write.
 *
 * A sticky parent counts too: nobody can replace what is there, but anybody can be first to make a name that Loom or
 * its owner will use later, and whoever owns the parent can do everything. `accept` trusts it all the same when it is
 * root's or ours.
 * @param path real path
 * @returns words for people, or null when it is safe
 */
export async function whoElseMayWrite(path: string, stickyParents: StickyParents): Promise<string | null> {
  for (let folder = path; ; folder = dirname(folder)) {
    const reason = writableByOthers(await lstat(folder), folder !== path && stickyParents === "accept");
    if (reason) return `${folder} ${reason}`;
    if (dirname(folder) === folder) return null;
  }
}

/** What is wrong with one file's or folder's owner and mode; null when nothing is. */
export function writableByOthers(stat: Stats, stickyIsFine = false): string | null {
  const me = process.getuid?.();
  if (me === undefined) return null;
  if (stat.uid !== me && stat.uid !== 0) return `belongs to another user (uid ${stat.uid})`;
  // The mode of a symbolic link says nothing.
  if (stat.isSymbolicLink() || (stat.mode & OTHERS_WRITE) === 0) return null;
  if ((stat.mode & STICKY) === 0) return `may be written by other users (mode ${(stat.mode & 0o777).toString(8)})`;
  return stickyIsFine ? null : "may be written by other users: its sticky bit does not keep them from making new names there";
}

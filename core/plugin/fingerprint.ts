import { createHash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { isForeign } from "../modules/watch.ts";
import { belongsToAnother, writableByOthers } from "../writableByOthers.ts";

export interface Fingerprint {
  /**
   * Stands for the state of the folder's own files. Equal when nothing was written, without reading any of them: a change
   * of content, mode or owner changes the inode's change time, which nobody can set back.
   */
  readonly stamp: string;
  /** What in the folder somebody else may write, or what would never end when it is read; null when nothing is. */
  readonly unsafe: string | null;
}

/** @throws when the folder is not there */
export async function fingerprint(folder: string): Promise<Fingerprint> {
  const hash = createHash("sha1");
  let unsafe: string | null = null;
  await walk(folder, (path, stat) => {
    // A folder changes with each name in it, its files tell of that already.
    if (!stat.isDirectory()) hash.update(`${path.slice(folder.length)}\0${stat.ino}\0${stat.size}\0${stat.ctimeNs}\n`);
    // A link's mode says nothing, but who made it chose where it leads.
    const reason = stat.isSymbolicLink() ? belongsToAnother(stat) : isPlain(stat) ? writableByOthers(stat) : "is neither a file nor a folder";
    if (reason) unsafe ??= `${path} ${reason}`;
  });
  return { stamp: hash.digest("hex"), unsafe };
}

/** Reading a pipe or a device may never end. */
function isPlain(stat: BigIntStats): boolean {
  return stat.isFile() || stat.isDirectory();
}

async function walk(folder: string, visit: (path: string, stat: BigIntStats) => void): Promise<void> {
  for (const name of (await readdir(folder)).toSorted()) {
    if (isForeign(name)) continue;
    const path = join(folder, name);
    // A file that goes while we look will be missing in the next look.
    const stat = await lstat(path, { bigint: true }).catch(() => null);
    if (!stat) continue;
    visit(path, stat);
    if (stat.isDirectory()) await walk(path, visit);
  }
}

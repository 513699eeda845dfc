import { createHash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";

/** Not part of a plugin's own code: packages need a restart anyway, the rest is the editor's. */
export const isForeign = (name: string): boolean => name === "node_modules" || name.startsWith(".");

/**
 * Stands for the state of a folder's own files. Equal when nothing was written, without reading any of them: a change
 * of content, mode or owner changes the inode's change time, which nobody can set back.
 * @throws when the folder is not there
 */
export async function fingerprint(folder: string): Promise<string> {
  const hash = createHash("sha1");
  await walk(folder, "", (path, stat) => hash.update(`${path}\0${stat.ino}\0${stat.size}\0${stat.ctimeNs}\n`));
  return hash.digest("hex");
}

async function walk(folder: string, prefix: string, visit: (path: string, stat: BigIntStats) => void): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (isForeign(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await walk(path, `${prefix}${entry.name}/`, visit);
    else {
      // A file that goes while we look will be missing in the next look.
      const stat = await lstat(path, { bigint: true }).catch(() => null);
      if (stat) visit(prefix + entry.name, stat);
    }
  }
}

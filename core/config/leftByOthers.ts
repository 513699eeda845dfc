import { chmodSync, lstatSync, readdirSync, type Stats } from "node:fs";
import { join } from "node:path";
import { belongsToAnother, writableByOthers } from "../writableByOthers.ts";

/** Folders of which all that lies in them counts: what is read there runs, or is written over where it stands. */
const CODE = ["workflows", "operations", "node_modules", "cache", "types"];
const OTHERS_WRITE = 0o022;

/** What a folder is a part of: of plugins only packages and hidden names count here, since all else is looked at when they are loaded. */
type Part = "home" | "code" | "plugins";

/**
 * What others have put into a home from a time when they could write there, in words; null when nothing is. Who is in a folder already is
 * kept from nothing by the modes of those above it: each of ours is closed to them before it is looked at, so that nothing comes
 * behind the look. All is done in one go: packages are many files, and to ask a thread for each takes six times as long.
 * @param home real path of a folder that nobody else may write
 * @throws the file system's error when something cannot be closed
 */
export function leftByOthers(home: string): string | null {
  return look(home, "home");
}

function look(folder: string, part: Part): string | null {
  for (const name of orNone(() => readdirSync(folder).toSorted()) ?? []) {
    const path = join(folder, name);
    const stat = orNone(() => lstatSync(path));
    if (!stat) continue;
    const inside = partOf(name, part);
    if (part !== "plugins" || inside === "code") {
      const another = belongsToAnother(stat);
      if (another) return `${path} ${another}`;
      close(path, stat);
      // Others could lead us elsewhere behind the look; such a plugin is refused.
    } else if (writableByOthers(stat)) continue;
    const left = inside && stat.isDirectory() ? look(path, inside) : null;
    if (left) return left;
  }
  return null;
}

/** What is root's is root's to close, and a disk that takes nothing takes nothing of others either. */
function close(path: string, stat: Stats): void {
  if (stat.isSymbolicLink() || stat.uid !== process.getuid?.() || !writableByOthers(stat)) return;
  try {
    chmodSync(path, stat.mode & 0o7777 & ~OTHERS_WRITE);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EROFS") throw error;
  }
}

/** Null: what lies in it does not run. */
function partOf(name: string, part: Part): Part | null {
  if (part === "home") return CODE.includes(name) ? "code" : name === "plugins" ? "plugins" : null;
  return part === "plugins" && (name === "node_modules" || name.startsWith(".")) ? "code" : part;
}

/** None where it is gone meanwhile, or may not be read. */
function orNone<T>(ask: () => T): T | null {
  try {
    return ask();
  } catch {
    return null;
  }
}

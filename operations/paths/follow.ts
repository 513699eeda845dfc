import type { Stats } from "node:fs";
import { lstat, readlink } from "node:fs/promises";
import { dirname, isAbsolute, join, resolve, sep } from "node:path";

/** As many as Linux follows. */
const MOST_LINKS = 40;
/** Anybody may put something there, and nobody else can take it away. */
const LIKE_TMP = 0o1002;

/**
 * Where a path leads, whether something is there or not. In a folder like /tmp a link of another user's is not followed, as by Linux with
 * `fs.protected_symlinks`: it may lead to a file of ours that nobody meant.
 * @param path absolute
 * @throws at such a link, and what the system says where a folder on the way may not be read
 */
export async function follow(path: string): Promise<string> {
  let rest = partsOf(resolve(path));
  let at: string = sep;
  for (let links = 0; rest.length > 0; ) {
    const [name, ...after] = rest as [string, ...string[]];
    const next = name === ".." ? dirname(at) : join(at, name);
    const found = await lstat(next).catch(nothing);
    if (found === null) return join(next, ...after);
    rest = after;
    if (!found.isSymbolicLink()) {
      at = next;
      continue;
    }
    if (isAnothers(found, await lstat(at))) throw new Error(`${next} is a link of another user (uid ${found.uid}), in a folder where anybody may put one.`);
    if (++links > MOST_LINKS) throw new Error(`${path} is a link that leads nowhere.`);
    const target = await readlink(next);
    rest = [...partsOf(target), ...after];
    if (isAbsolute(target)) at = sep;
  }
  return at;
}

function isAnothers(link: Stats, folder: Stats): boolean {
  return (folder.mode & LIKE_TMP) === LIKE_TMP && link.uid !== process.getuid?.() && link.uid !== folder.uid;
}

function partsOf(path: string): string[] {
  return path.split(sep).filter((part) => part !== "" && part !== ".");
}

function nothing(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT") return null;
  throw error;
}

import { lstat, readlink } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/**
 * Says which link on the way to a path is another user's: at the path, above it, or where a link of ours or root's leads. Who made it chose
 * what is found there, and can choose again.
 * @param path absolute
 * @returns words for people, or null when there is none
 */
export async function linkOfOthers(path: string, seen = new Set<string>()): Promise<string | null> {
  for (let at = path; at !== dirname(at) && !seen.has(at); at = dirname(at)) {
    seen.add(at);
    const found = await lstat(at).catch(() => null);
    if (!found?.isSymbolicLink()) continue;
    if (found.uid !== 0 && found.uid !== process.getuid?.()) return `${at} is a link of another user (uid ${found.uid})`;
    // Gone meanwhile: nothing is there then.
    const target = await readlink(at).catch(() => ".");
    const further = await linkOfOthers(resolve(dirname(at), target), seen);
    if (further) return further;
  }
  return null;
}

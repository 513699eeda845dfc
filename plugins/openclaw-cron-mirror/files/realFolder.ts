/** Finds the folder that a path leads to, without being led astray. */
import { lstat, readlink } from "node:fs/promises";
import { dirname, isAbsolute, join, resolve, sep } from "node:path";
import { UnreadableFile } from "./readFile.ts";

/** As many as Linux follows. */
const MOST_LINKS = 40;

export interface RealFolder {
  readonly path: string;
  /** User id of its owner. */
  readonly ownerUid: number;
}

/**
 * Follows a path as the system does, but of the links on the way those alone that belong to root, to Loom's own user or to the
 * owner of the folder: another one's may lead to their folder today, and tomorrow to one of ours.
 * @throws UnreadableFile where it follows no further, and what the system says where there is no such folder
 */
export async function realFolder(path: string): Promise<RealFolder> {
  let rest = partsOf(resolve(path));
  let at: RealFolder = { path: sep, ownerUid: (await lstat(sep)).uid };
  const links: RealFolder[] = [];
  while (rest.length > 0) {
    const [name, ...after] = rest as [string, ...string[]];
    const next = name === ".." ? dirname(at.path) : join(at.path, name);
    const found = await lstat(next);
    rest = after;
    if (!found.isSymbolicLink()) {
      at = { path: next, ownerUid: found.uid };
      continue;
    }
    links.push({ path: next, ownerUid: found.uid });
    if (links.length > MOST_LINKS) throw new UnreadableFile(`${path} is a link that leads nowhere`);
    const target = await readlink(next);
    rest = [...partsOf(target), ...after];
    if (isAbsolute(target)) at = { path: sep, ownerUid: 0 };
  }
  const foreign = links.find(({ ownerUid }) => ![0, process.getuid!(), at.ownerUid].includes(ownerUid));
  if (foreign) throw new UnreadableFile(`${foreign.path} is a link of user ${foreign.ownerUid}, and leads to a folder of user ${at.ownerUid}`);
  return at;
}

function partsOf(path: string): string[] {
  return path.split(sep).filter((part) => part !== "" && part !== ".");
}

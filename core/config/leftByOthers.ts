import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { belongsToAnother, writableByOthers } from "../writableByOthers.ts";

/** Folders of which all that lies in them counts: what is read there runs. Plugins and packages are looked at when they are loaded. */
const CODE = ["workflows", "operations", "cache"];

export interface LeftByOthers {
  /** What is another user's, in words; null when nothing is. */
  readonly owned: string | null;
  /** Files and folders of ours that others may write as soon as they reach them. */
  readonly open: readonly { readonly path: string; readonly mode: number }[];
}

/**
 * What others have put into a home, or could still write there, from a time when they could write the home itself. Who is in a folder already
 * is kept from nothing by the modes of those above it.
 * @param home real path
 */
export async function leftByOthers(home: string): Promise<LeftByOthers> {
  let owned: string | null = null;
  const open: { path: string; mode: number }[] = [];
  const look = async (folder: string, isAll: boolean): Promise<void> => {
    for (const name of (await namesIn(folder)).toSorted()) {
      const path = join(folder, name);
      const stat = await lstat(path).catch(() => null);
      if (!stat) continue;
      const another = belongsToAnother(stat);
      if (another) owned ??= `${path} ${another}`;
      else if (!stat.isSymbolicLink() && writableByOthers(stat)) open.push({ path, mode: stat.mode });
      if (stat.isDirectory() && (isAll ? name !== "node_modules" : CODE.includes(name))) await look(path, true);
    }
  };
  await look(home, false);
  return { owned, open };
}

/** None where it is gone meanwhile, or may not be read. */
function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

import { createHash } from "node:crypto";
import { lstat, readdir, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Clock } from "../../clock/clock.ts";
import { isForeign } from "../../modules/watch.ts";
import { isSource, placesIn, type Place, type Roots, type SourceFile } from "../sources.ts";

/** What lay in both roots, without having read any of it. What was renamed meanwhile may be found at both places, or at none. */
export interface Scan {
  /** When the look began, by the monotonic clock. */
  readonly at: number;
  readonly sources: readonly SourceFile[];
  /** Folders that could not be looked into: nothing is known of their files. */
  readonly unreadable: readonly { readonly folder: string; readonly error: unknown }[];
  /**
   * Stands for the state of a file in the roots; equal when it was not written. Of a folder of the roots: of all that is in
   * it, and of the packages beside it. Of what is not there it is empty.
   */
  stampOf(path: string): string;
}

type Stamps = Map<string, string>;

/** Looks into the folders of both roots. Never throws. */
export async function scanRoots(roots: Roots, clock: Clock): Promise<Scan> {
  const at = clock.mono();
  const looked = await Promise.all(placesIn(roots).map(lookInto));
  const stamps: Stamps = new Map(looked.flatMap((one) => [...one.stamps]));
  const folders = new Map(looked.map((one) => [one.folder, one.stamps]));
  return {
    at,
    sources: looked.flatMap(({ sources }) => sources),
    unreadable: looked.flatMap(({ folder, error }) => (error === null ? [] : [{ folder, error }])),
    stampOf: (path) => stamps.get(path) ?? wholeOf(folders.get(path)),
  };
}

async function lookInto(place: Place): Promise<{ folder: string; sources: SourceFile[]; stamps: Stamps; error: unknown }> {
  const stamps: Stamps = new Map();
  try {
    const folder = await realpath(place.folder);
    await walk(folder, stamps);
    const names = [...stamps.keys()].filter((path) => dirname(path) === folder && isSource(path.slice(folder.length + 1)));
    for (const beside of [folder, dirname(folder)]) await stamp(join(beside, "node_modules"), stamps);
    return { folder, sources: names.toSorted().map((path) => ({ ...place, folder, path })), stamps, error: null };
  } catch (error) {
    return { folder: place.folder, sources: [], stamps, error: isMissing(error) ? null : error };
  }
}

async function walk(folder: string, stamps: Stamps): Promise<void> {
  const names = (await readdir(folder)).filter((name) => !isForeign(name));
  await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      // What goes while we look, or is closed to us, is not there.
      if (await stamp(path, stamps)) await walk(path, stamps).catch(() => {});
    }),
  );
}

/** Any change of a file changes its inode's change time, which nobody can set back. Answers whether it is a folder. */
async function stamp(path: string, stamps: Stamps): Promise<boolean> {
  const stats = await lstat(path, { bigint: true }).catch(() => null);
  if (!stats) return false;
  stamps.set(path, `${stats.ino}:${stats.size}:${stats.ctimeNs}`);
  return stats.isDirectory();
}

function wholeOf(stamps: Stamps | undefined): string {
  return stamps ? createHash("sha1").update([...stamps].toSorted().join("\n")).digest("hex") : "";
}

function isMissing(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR"].includes(String((error as NodeJS.ErrnoException).code));
}

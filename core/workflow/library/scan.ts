import { createHash } from "node:crypto";
import { lstat, opendir, realpath } from "node:fs/promises";
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
  /** Folders with more below them than is looked through: what changes there may go unseen. */
  readonly crowded: readonly string[];
  /**
   * Stands for the state of a file in the roots; equal when it was not written. Of a folder of the roots: of all that is in
   * it, and of the packages beside it. Of what is not there it is empty.
   */
  stampOf(path: string): string;
}

type Stamps = Map<string, string>;

/** What Node can import. Data may lie beside code, and a look is not for that. */
const CODE = /\.(?:[cm]?[jt]s|json|node|wasm)$/;
/** Below a root so many folders and files of code are known, found among so many entries: it may hold data by the hundred thousand. */
const MOST_STAMPS = 5_000;
const MOST_SEEN = 50_000;

/** Whether a file of this name can be part of somebody's code. */
export const isCode = (name: string): boolean => CODE.test(name);

/** Looks into the folders of both roots. Never throws. */
export async function scanRoots(roots: Roots, clock: Clock): Promise<Scan> {
  const at = clock.mono();
  const looked = await Promise.all(placesIn(roots).map(lookInto));
  const stamps: Stamps = new Map(looked.flatMap((one) => [...one.stamps]));
  const wholes = new Map(looked.map((one) => [one.folder, lazily(() => wholeOf(one.stamps))]));
  return {
    at,
    sources: looked.flatMap(({ sources }) => sources),
    unreadable: looked.flatMap(({ folder, error }) => (error === null ? [] : [{ folder, error }])),
    crowded: looked.flatMap(({ folder, isCrowded }) => (isCrowded ? [folder] : [])),
    stampOf: (path) => stamps.get(path) ?? wholes.get(path)?.() ?? "",
  };
}

async function lookInto(place: Place): Promise<{ folder: string; sources: SourceFile[]; stamps: Stamps; isCrowded: boolean; error: unknown }> {
  const stamps: Stamps = new Map();
  try {
    const folder = await realpath(place.folder);
    const isCrowded = await walk(folder, stamps);
    const names = [...stamps.keys()].filter((path) => dirname(path) === folder && isSource(path.slice(folder.length + 1)));
    for (const beside of [folder, dirname(folder)]) await stamp(join(beside, "node_modules"), stamps);
    return { folder, sources: names.toSorted().map((path) => ({ ...place, folder, path })), stamps, isCrowded, error: null };
  } catch (error) {
    return { folder: place.folder, sources: [], stamps, isCrowded: false, error: isMissing(error) ? null : error };
  }
}

/**
 * Stamps what may be code, one after the other, so that others have their turn: first what lies in the folder itself, where every
 * source is.
 * @returns whether there is more than is looked through
 */
async function walk(root: string, stamps: Stamps): Promise<boolean> {
  let seen = 0;
  const folders = [root];
  for (const folder of folders) {
    // What goes while we look, or is closed to us, is not there.
    for await (const entry of folder === root ? await opendir(folder) : await opendir(folder).catch(() => [])) {
      const isFull = ++seen > MOST_SEEN || stamps.size >= MOST_STAMPS;
      if (isFull && folder !== root) return true;
      if (isForeign(entry.name) || (entry.isFile() && !isCode(entry.name)) || (isFull && !isSource(entry.name))) continue;
      const path = join(folder, entry.name);
      if (await stamp(path, stamps)) folders.push(path);
    }
  }
  return seen > MOST_SEEN || stamps.size >= MOST_STAMPS;
}

/** Any change of a file changes its inode's change time, which nobody can set back. Answers whether it is a folder. */
async function stamp(path: string, stamps: Stamps): Promise<boolean> {
  const stats = await lstat(path, { bigint: true }).catch(() => null);
  if (!stats) return false;
  stamps.set(path, `${stats.ino}:${stats.size}:${stats.ctimeNs}`);
  return stats.isDirectory();
}

function wholeOf(stamps: Stamps): string {
  return createHash("sha1").update([...stamps].toSorted().join("\n")).digest("hex");
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}

function isMissing(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR"].includes(String((error as NodeJS.ErrnoException).code));
}

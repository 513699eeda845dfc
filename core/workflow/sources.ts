import type { Stats } from "node:fs";
import { lstat, readdir, readFile, realpath, stat } from "node:fs/promises";
import { dirname, isAbsolute, join, parse, relative, resolve } from "node:path";
import { messageOf, type Problem } from "../errors/loomError.ts";
import { whoElseMayWrite } from "../writableByOthers.ts";

/** A folder that comes with Loom, the user's in LOOM_HOME, or any place that the user named. */
export type Root = "shipped" | "home" | "named";
export type Kind = "workflow" | "operation";

/** A file that is to hold workflows or operations. */
export interface SourceFile {
  readonly path: string;
  readonly root: Root;
  /** The folder in which all that it imports has to lie. */
  readonly folder: string;
  /** What it has to export; null: either. */
  readonly kind: Kind | null;
}

export interface Roots {
  /** The folder with Loom's own `workflows/` and `operations/`. */
  readonly shipped: string;
  /** LOOM_HOME. */
  readonly home: string;
}

const FOLDERS: readonly (readonly [folder: string, kind: Kind])[] = [
  ["operations", "operation"],
  ["workflows", "workflow"],
];
const MODULE = /^[^.].*\.[cm]?[jt]s$/;
const NO_SOURCE = /\.(?:test|d)\.[cm]?[jt]s$/;
const LARGEST_BYTES = 1_048_576;

/** A folder whose files are to hold workflows, or operations. */
export type Place = Omit<SourceFile, "path">;

/** The folders of both roots, the shipped ones first. They need not be there. */
export function placesIn({ shipped, home }: Roots): Place[] {
  return ([["shipped", shipped], ["home", home]] as const).flatMap(([root, base]) => FOLDERS.map(([name, kind]) => ({ root, kind, folder: join(base, name) })));
}

/** Files at the top of both roots' folders, the shipped ones first; folders in them are for what they import. */
export async function sourcesIn(roots: Roots): Promise<SourceFile[]> {
  const found = await Promise.all(placesIn(roots).map(async (place) => (await modulesIn(place.folder)).map((name) => ({ ...place, path: join(place.folder, name) }))));
  return found.flat();
}

/** Whether a file of this name is to hold workflows or operations: no test, no type declarations. */
export function isSource(name: string): boolean {
  return MODULE.test(name) && !NO_SOURCE.test(name);
}

/**
 * A file that the user named. A bare name is that of a file in LOOM_HOME without its ending, which for most is the id of what it holds; anything
 * else is a path from the working folder, or else from LOOM_HOME. Of a root when it lies in one.
 * @param sources of these roots
 */
export async function namedSource(name: string, workingFolder: string, sources: readonly SourceFile[], roots: Roots): Promise<SourceFile> {
  const path = resolve(workingFolder, name);
  const atHome = resolve(roots.home, name);
  const isThere = await realpath(path).then(() => true, () => false);
  // First: what lies in the working folder may be anybody's.
  const known = sources.findLast((file) => parse(file.path).name === name) ?? sources.find((file) => file.path === path) ?? (isThere ? undefined : sources.find((file) => file.path === atHome));
  if (known) return known;
  const real = await realpath(path).catch(() => path);
  return { path: real, root: "named", folder: dirname(real), kind: null };
}

/** The text of a source, or why it is none. Nothing of it is run. */
export async function readSource({ path, root, folder }: SourceFile): Promise<string | Problem> {
  try {
    const real = await realpath(path);
    // To look at it, it has to be loaded, which runs what it says.
    const others = root === "named" ? await whoElseMayWrite(real) : null;
    if (others !== null) return unfit(`It is not loaded, since it may be another user's: ${others}.`, "Copy it to where only you may write, once you have read it.");
    if (!isInside(real, await realpath(folder))) return unfit(`It is a link to ${real}, outside of its folder.`, "Put the file itself here.");
    const stats = await stat(real);
    if (!stats.isFile()) return unfit(`It is ${kindOf(stats)}, not a file.`, "Put a TypeScript file here.");
    if (stats.size > LARGEST_BYTES) return unfit(`It has ${(stats.size / LARGEST_BYTES).toFixed(1)} MiB; the most is 1 MiB.`, "Keep data in files of its own, which a step reads.");
    return textOf(await readFile(real)) ?? unfit("It is not text.", "Save it as TypeScript, in UTF-8.");
  } catch (error) {
    const isLink = await lstat(path).then((stats) => stats.isSymbolicLink(), () => false);
    return (error as NodeJS.ErrnoException).code === "ENOENT"
      ? unfit(isLink ? "It is a link to nothing." : "There is no such file.", isLink ? "Remove it." : "Check its name.")
      : unfit(`It cannot be read: ${messageOf(error)}`, "See to it that you may read it.");
  }
}

export function isInside(path: string, folder: string): boolean {
  const inside = relative(folder, path);
  return !inside.startsWith("..") && !isAbsolute(inside);
}

async function modulesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter(isSource).toSorted();
}

function kindOf(stats: Stats): string {
  return stats.isDirectory() ? "a folder" : "a device or a pipe";
}

function textOf(bytes: Buffer): string | null {
  try {
    return bytes.includes(0) ? null : new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function unfit(message: string, mend: string): Problem {
  return { path: "", message, mend };
}

import { lstat, readdir, readFile, realpath, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { isLoomError, LoomError, messageOf } from "../errors/loomError.ts";
import { linkOfOthers } from "../linkOfOthers.ts";
import { isForeign } from "../modules/watch.ts";
import type { Manifest } from "./contract.ts";
import { fingerprint } from "./fingerprint.ts";
import { whoElseMayWrite } from "../writableByOthers.ts";
import { parseManifest } from "./manifest.ts";

const LARGEST_MANIFEST = 65_536;

/** Where plugins are looked for. Of equal ids the later kind wins: shipped, package, home. */
export type RootKind = "shipped" | "package" | "home";

export interface Roots {
  /** The folder of the plugins that come with Loom. */
  readonly shipped: string | null;
  /** LOOM_HOME. */
  readonly home: string;
  /** Names of npm packages installed under LOOM_HOME that are plugins. */
  readonly packages: readonly string[];
}

/** A folder that is, or wants to be, a plugin. */
export interface Found {
  readonly id: string;
  readonly root: RootKind;
  /** Real path. */
  readonly folder: string;
  /** Null when there is an error. */
  readonly manifest: Manifest | null;
  readonly error: LoomError | null;
  /** The root whose plugin of the same id it takes the place of. */
  readonly overrides: RootKind | null;
  /** Changes with every write to its files. */
  readonly stamp: string;
}

/** Looks into all roots. Reads manifests and runs nothing. */
export async function discover(roots: Roots): Promise<Map<string, Found>> {
  const found = new Map<string, Found>();
  const packages = roots.packages.map((name) => join(roots.home, "node_modules", name));
  const places: [RootKind, readonly string[]][] = [
    ["shipped", roots.shipped ? await foldersIn(roots.shipped) : []],
    ["package", packages],
    ["home", await foldersIn(join(roots.home, "plugins"))],
  ];
  for (const [root, folders] of places) {
    for (const one of await Promise.all(folders.map((folder) => look(folder, root)))) {
      if (one) found.set(one.id, { ...one, overrides: found.get(one.id)?.root ?? null });
    }
  }
  return found;
}

async function foldersIn(root: string): Promise<string[]> {
  const names = await readdir(root).catch(() => []);
  const paths = names.filter((name) => !isForeign(name)).map((name) => join(root, name));
  const areFolders = await Promise.all(paths.map((path) => stat(path).then((it) => it.isDirectory(), () => false)));
  return paths.filter((_, index) => areFolders[index]).toSorted();
}

async function look(path: string, root: RootKind): Promise<Omit<Found, "overrides"> | null> {
  const id = basename(path);
  try {
    const folder = await realpath(path);
    const { stamp, unsafe: inside } = await fingerprint(folder);
    // What ships lies beside Loom's own code: who may write there needs no plugin.
    const intruder = root === "shipped" ? null : ((await linkOfOthers(path)) ?? (await whoElseMayWrite(folder)) ?? inside);
    return { id, root, folder, stamp: `${stamp} ${intruder}`, ...(intruder ? unsafe(intruder) : await readManifest(folder, id)) };
  } catch (error) {
    // A package that the configuration names has to be there; a folder may just have been removed.
    if (root !== "package") return null;
    return { id, root, folder: path, stamp: "missing", manifest: null, error: new LoomError("PLUGIN_INVALID", `The package cannot be read: ${messageOf(error)}`) };
  }
}

function unsafe(intruder: string): Pick<Found, "manifest" | "error"> {
  return { manifest: null, error: new LoomError("PLUGIN_UNSAFE", intruder) };
}

async function readManifest(folder: string, id: string): Promise<Pick<Found, "manifest" | "error">> {
  try {
    const path = join(folder, "manifest.json");
    const file = await lstat(path).catch(() => {
      throw new LoomError("PLUGIN_INVALID", "The folder has no manifest.json.");
    });
    if (!file.isFile() || file.size > LARGEST_MANIFEST) throw new LoomError("PLUGIN_INVALID", `manifest.json has to be a file of at most ${LARGEST_MANIFEST} bytes, not a link.`);
    const json = await readFile(path, "utf8");
    return { manifest: parseManifest(json, id), error: null };
  } catch (error) {
    if (isLoomError(error)) return { manifest: null, error };
    throw error;
  }
}

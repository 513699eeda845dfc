import { lstatSync, readFileSync, statSync, type Stats } from "node:fs";
import { createRequire, isBuiltin, registerHooks } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { writableByOthers } from "../writableByOthers.ts";

const GROUP_WRITES = 0o020;

/**
 * The file that an npm package's name stands for, looked up from these folders, such as the importing file's, then from Loom's own. Node looks in
 * all folders above as well: where others can put one, as in /tmp, what lies there is theirs, and passed over. It is not even opened: a
 * pipe would hold this thread up for ever.
 * @returns an absolute path, or null when it is not installed
 */
export function resolvePackage(specifier: string, ...fromFolders: readonly string[]): string | null {
  passOverOthers();
  for (const from of [...fromFolders.map((folder) => join(folder, "_")), import.meta.url]) {
    try {
      const file = createRequire(from).resolve(specifier);
      if (isOurs(file)) return file;
    } catch {
      // Not there: the next place.
    }
  }
  return null;
}

function isOurs(file: string): boolean {
  return everyPlace(file, (stat, isParent) => writableByOthers({ uid: trusted(stat.uid), mode: stat.mode } as Stats, isParent) === null);
}

/** Whether something holds for a file and all folders that it lies in. */
function everyPlace(file: string, holds: (stat: Stats, isParent: boolean) => boolean): boolean {
  if (!holds(lstatSync(file), false)) return false;
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    if (!holds(lstatSync(folder), true)) return false;
    if (dirname(folder) === folder) return true;
  }
}

let passesOver = false;

/**
 * Has Node pass over, in this thread and from now on, files of another user and such as anybody could have put there. A package may
 * ask for another that it can do without, and Node looks for that in all folders above; a script may ask for what lies beside it.
 */
export function passOverOthers(): void {
  if (passesOver) return;
  passesOver = true;
  registerHooks({
    resolve(specifier, context, next) {
      const parent = context.parentURL;
      if (isPackage(specifier) && parent?.startsWith("file:") && leadsToOthers(specifier, fileURLToPath(parent))) throw notFound(specifier, "what Node would find");
      const found = next(specifier, context);
      // What a package imports from its own folder is its own.
      if (!found.url.startsWith("file:") || (!isPackage(specifier) && parent?.includes("/node_modules/"))) return found;
      if (everyPlace(fileURLToPath(found.url), isNobodyElses)) return found;
      throw notFound(specifier, `what Node found, ${found.url},`);
    },
  });
}

/** A name of a package: no path or address, nothing that Node brings. */
export function isPackage(specifier: string): boolean {
  return /^(?![a-z]+:)[^./]/.test(specifier) && !isBuiltin(specifier);
}

function notFound(specifier: string, what: string): Error {
  return Object.assign(new Error(`Cannot find module '${specifier}': ${what} may be another user's.`), { code: "MODULE_NOT_FOUND" });
}

/** Whether Node, asked from this file for a package, would open what others have put in its way. */
function leadsToOthers(specifier: string, from: string): boolean {
  if (isPutByOthers(specifier, createRequire(from))) return true;
  // Of these Node opens the nearest, to learn what the file is.
  const nearest = nearestPackageFile(dirname(from));
  return nearest !== null && !isFitToOpen(nearest);
}

/** The nearest `package.json`, in this folder or above. */
function nearestPackageFile(folder: string): string | null {
  const file = join(folder, "package.json");
  if (seen(file)) return file;
  return dirname(folder) === folder ? null : nearestPackageFile(dirname(folder));
}

function isFitToOpen(file: string): boolean {
  const stat = seen(file);
  return stat !== undefined && isNobodyElses(stat, false) && statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

function seen(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

/** Whether the folder in which Node finds a package is another's, or the link that stands for it there: where that leads may be a folder of ours that is no package. */
function isPutByOthers(specifier: string, require: NodeJS.Require): boolean {
  const [scope, name] = specifier.split("/");
  const at = specifier.startsWith("@") ? `${scope}/${name}` : scope!;
  for (const folder of require.resolve.paths(specifier) ?? []) {
    const entry = ["", ".js", ".json", ".node"].map((ending) => seen(join(folder, `${at}${ending}`))).find((stat) => stat !== undefined);
    if (entry) return ![entry, seen(join(folder, scope!)), seen(folder)].every((stat) => stat === undefined || isNobodyElses(stat, true));
  }
  return false;
}

/** A group is nobody here: what a package needs lies beside it, mostly with the same mode. */
function isNobodyElses(stat: Stats, isParent: boolean): boolean {
  // Of a link the mode says nothing.
  const mode = stat.isSymbolicLink() ? 0 : stat.mode & ~GROUP_WRITES;
  return writableByOthers({ uid: trusted(stat.uid), mode } as Stats, isParent) === null;
}

const OWNER = lstatSync(fileURLToPath(import.meta.url)).uid;

/** Whose Loom's own code is, who has installed it, could run what they like here anyway: they are as good as root. */
function trusted(uid: number): number {
  return uid === OWNER ? 0 : uid;
}

/**
 * Remembers what packages and native add-ons looked like when this process first loaded them. Node keeps such code
 * until the process ends, so one that changed on disk needs a restart.
 */
export class LoadedPackages {
  readonly #seen = new Map<string, string>();

  /** Names those of these files whose package has changed since it was loaded. */
  stale(files: readonly string[]): string[] {
    return files.flatMap((file) => {
      const { name, stampFile } = describe(file);
      const stamp = stampOf(stampFile);
      const before = this.#seen.get(stampFile);
      if (before === undefined) this.#seen.set(stampFile, stamp);
      return before === undefined || before === stamp ? [] : [name];
    });
  }
}

/** A package is known by its package.json, an add-on by itself. */
function describe(file: string): { name: string; stampFile: string } {
  if (file.endsWith(".node")) return { name: file, stampFile: file };
  for (let folder = dirname(file); dirname(folder) !== folder; folder = dirname(folder)) {
    const stampFile = join(folder, "package.json");
    // Above a home others may have put what is opened for ever.
    if (!isFitToOpen(stampFile)) continue;
    try {
      const { name } = JSON.parse(readFileSync(stampFile, "utf8")) as { name?: string };
      if (name) return { name, stampFile };
    } catch {
      // No package.json here, or a nested one without a name: one folder up.
    }
  }
  return { name: file, stampFile: file };
}

function stampOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat ? `${stat.mtimeMs}:${stat.size}:${stat.ino}` : "gone";
}

import { lstatSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { writableByOthers } from "../writableByOthers.ts";

/**
 * The file that an npm package's name stands for, looked up from these folders, such as the importing file's, then from Loom's own. Node looks in
 * all folders above as well: where others can put one, as in /tmp, what lies there is theirs, and passed over.
 * @returns an absolute path, or null when it is not installed
 */
export function resolvePackage(specifier: string, ...fromFolders: readonly string[]): string | null {
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
  if (writableByOthers(lstatSync(file)) !== null) return false;
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    if (writableByOthers(lstatSync(folder), true) !== null) return false;
    if (dirname(folder) === folder) return true;
  }
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

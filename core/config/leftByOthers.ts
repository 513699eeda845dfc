import { lstatSync, readdirSync, type Stats } from "node:fs";
import { join } from "node:path";
import { belongsToAnother, writableByOthers } from "../writableByOthers.ts";

/** Folders of which all that lies in them counts: what is read there runs. */
const CODE = ["workflows", "operations", "node_modules", "cache"];

/** What a folder is a part of: of plugins only their packages count here, since they themselves are looked at when they are loaded. */
type Part = "home" | "code" | "plugins";

export interface LeftByOthers {
  /** What is another user's, in words; null when nothing is. */
  readonly owned: string | null;
  /** Files and folders of ours that others may write as soon as they reach them. */
  readonly open: readonly { readonly path: string; readonly mode: number }[];
}

/**
 * What others have put into a home, or could still write there, from a time when they could write the home itself. Who is in a folder already
 * is kept from nothing by the modes of those above it. All is looked at in one go: packages are many files, and to ask a thread for each
 * takes six times as long.
 * @param home real path
 */
export function leftByOthers(home: string): LeftByOthers {
  let owned: string | null = null;
  const open: { path: string; mode: number }[] = [];
  const judge = (path: string, stat: Stats): void => {
    const another = belongsToAnother(stat);
    if (another) owned ??= `${path} ${another}`;
    // What is root's is root's to close.
    else if (!stat.isSymbolicLink() && stat.uid === process.getuid?.() && writableByOthers(stat)) open.push({ path, mode: stat.mode });
  };
  const look = (folder: string, part: Part): void => {
    for (const name of orNone(() => readdirSync(folder).toSorted()) ?? []) {
      if (owned) return;
      const path = join(folder, name);
      const stat = orNone(() => lstatSync(path));
      if (!stat) continue;
      const inside = partOf(name, part);
      if (part !== "plugins" || inside === "code") judge(path, stat);
      if (inside && stat.isDirectory()) look(path, inside);
    }
  };
  look(home, "home");
  return { owned, open };
}

/** Null: what lies in it does not run. */
function partOf(name: string, part: Part): Part | null {
  if (CODE.includes(name) && (part === "home" || name === "node_modules")) return "code";
  return part !== "home" ? part : name === "plugins" ? "plugins" : null;
}

/** None where it is gone meanwhile, or may not be read. */
function orNone<T>(ask: () => T): T | null {
  try {
    return ask();
  } catch {
    return null;
  }
}

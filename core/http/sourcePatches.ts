import type { Bundle } from "../store/contract.ts";
import type { FilePatch } from "./schemas.ts";

/** Lines that may differ before a comparison is given up: its time grows with their square. */
const MOST_EDITS = 1_000;
/** Lines of one file that are compared: to cut many more apart takes longer than others may be kept waiting. */
const MOST_LINES = 20_000;

/** The files that a bundle was made of, by their paths, as its source map holds them. */
export function sourcesOf({ map, code, entry }: Bundle): ReadonlyMap<string, string> {
  const { sources = [], sourcesContent = [] } = (map === null ? {} : JSON.parse(map)) as { sources?: string[]; sourcesContent?: (string | null)[] };
  const files = sources.flatMap((path, i): [string, string][] => (typeof sourcesContent[i] === "string" ? [[path, sourcesContent[i]]] : []));
  return files.length > 0 ? new Map(files) : new Map([[entry, code]]);
}

/** What differs between two sets of files, as unified patches in the order of their paths; files that are the same are left out. */
export async function sourcePatches(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): Promise<FilePatch[]> {
  const { createTwoFilesPatch, FILE_HEADERS_ONLY } = await import("diff");
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter((path) => before.get(path) !== after.get(path)).toSorted();
  const patchOf = async (path: string): Promise<FilePatch> => {
    if ([before, after].some((files) => hasManyLines(files.get(path) ?? ""))) return { path, patch: null };
    return new Promise((resolve) => {
      const name = (files: ReadonlyMap<string, string>): string => (files.has(path) ? path : "/dev/null");
      // With a callback it lets others have their turn meanwhile.
      const callback = (patch: string | undefined): void => resolve({ path, patch: patch ?? null });
      createTwoFilesPatch(name(before), name(after), before.get(path) ?? "", after.get(path) ?? "", undefined, undefined, { maxEditLength: MOST_EDITS, headerOptions: FILE_HEADERS_ONLY, callback });
    });
  };
  const patches: FilePatch[] = [];
  for (const path of changed) patches.push(await patchOf(path));
  return patches;
}

function hasManyLines(text: string): boolean {
  let lines = 0;
  for (let at = text.indexOf("\n"); at !== -1 && lines <= MOST_LINES; at = text.indexOf("\n", at + 1)) lines++;
  return lines > MOST_LINES;
}

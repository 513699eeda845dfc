import { relative } from "node:path";
import type { Problem } from "../../errors/loomError.ts";
import { atTop, ownProblems, strayExports, type FileProblem } from "../fileProblems.ts";
import type { LibraryFile } from "../libraryContract.ts";
import type { Reading } from "../reading.ts";
import type { SourceFile } from "../sources.ts";
import type { Edition, Live, Shelved } from "./arrange.ts";
import type { Scan } from "./scan.ts";

/** All that is known of a file, none of it code. Never changed, but replaced. */
export interface Entry extends Shelved {
  /** How stood what went in, by path; null: it has to be read again. */
  readonly inputs: Readonly<Record<string, string>> | null;
  /** Why it cannot be loaded. */
  readonly problems: readonly Problem[];
  /** As of its last reading. */
  readonly mayPass?: boolean;
  /** How much it holds, in bytes of JSON, where there was no room for that beside the others. */
  readonly wants?: number | null;
  /** What people were told of it, with what other files have to do with it. */
  readonly told: readonly Problem[];
  /** When `held` came to count. */
  readonly loadedAt: number | null;
}

/** A file that nothing is known of. */
export function unread(file: SourceFile, held: Edition | null): Entry {
  return { file, inputs: null, latest: null, held, problems: [], told: [], loadedAt: null };
}

/** Whether nothing that went into it has been written since. */
export function isCurrent({ inputs }: Entry, { stampOf }: Scan): boolean {
  return inputs !== null && Object.entries(inputs).every(([path, stamp]) => stampOf(path) === stamp);
}

/** Whether it cannot count as it is; it may be half written. */
export function isBroken({ problems, latest }: Entry): boolean {
  return problems.length > 0 || latest?.definitions.length === 0;
}

/** What is known of a file after it could not even be read. */
export function refused(before: Entry, problem: Problem, scan: Scan): Entry {
  return { ...before, wants: null, inputs: inputsOf(before.file, null, scan), latest: null, problems: [toProblem(before.file, atTop(before.file, problem))] };
}

/**
 * What is known of a file after it was loaded.
 * @param scan from before that: what was written since makes it unlike what is known
 */
export function loaded(before: Entry, text: string, reading: Reading, scan: Scan): Entry {
  const { file } = before;
  const looked = { file, text, reading };
  // One that exports nothing may be what others import.
  const problems = [...ownProblems(looked), ...strayExports(looked, true)].map((problem) => toProblem(file, problem));
  const latest = problems.length === 0 && reading.bundle ? { bundleHash: reading.bundle.hash, definitions: reading.definitions } : null;
  return { ...before, wants: null, inputs: inputsOf(file, reading, scan), latest, problems, mayPass: reading.mayPass === true };
}

/**
 * A file as others are shown it.
 * @param live of this file
 */
export function shownFile({ file, held, latest, told, loadedAt }: Entry, live: readonly Live[]): LibraryFile {
  const ids = new Set(live.map(({ definition: { kind, id } }) => `${kind} ${id}`));
  const isLive = (kind: string, id: string): boolean => ids.has(`${kind} ${id}`);
  const holds = ((held ?? latest)?.definitions ?? []).map(({ kind, id }) => ({ kind, id, live: isLive(kind, id) }));
  return { path: file.path, root: file.root, holds, problems: told, loadedAt };
}

/** The same without what it holds, for which there is no room. It is read again once there is. */
export function crowdedOut(entry: Entry, bytes: number, most: number): Entry {
  const problem = { path: "", message: `With it the workflows and operations of all files have more than ${most} bytes of JSON.`, mend: "Have fewer or smaller ones: fewer steps, or fewer that each depends on." };
  return { ...entry, latest: null, wants: bytes, problems: [toProblem(entry.file, atTop(entry.file, problem))] };
}

/** As people are shown it: the place from the file's folder. */
export function toProblem({ folder }: SourceFile, { file, line, column, message, mend }: FileProblem): Problem {
  return { path: `${relative(folder, file)}:${line}:${column}`, message, ...(mend === null ? {} : { mend }) };
}

/** Nobody knows what would have gone into a file that could not be put together: then it is all that is beside it. */
function inputsOf({ path, folder }: SourceFile, reading: Reading | null, { stampOf }: Scan): Record<string, string> {
  const paths = reading?.bundle ? [path, ...reading.files] : [path, folder];
  return Object.fromEntries(paths.map((one) => [one, stampOf(one)]));
}

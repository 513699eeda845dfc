import { existsSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../clock/clock.ts";
import { atKey, atTop, ownProblems, strayExports, type FileProblem, type Looked } from "./fileProblems.ts";
import { renewTypes } from "./init.ts";
import { Reader } from "./reader.ts";
import { isInside, namedSource, readSource, sourcesIn, type Kind, type Root, type Roots, type SourceFile } from "./sources.ts";
import { holds, lostOperations, lostWorkflows, twinsIn, type Clash, type Defined } from "./together.ts";
import { checkTypes, type TypeReport } from "./typeCheck.ts";

export type { FileProblem } from "./fileProblems.ts";

export interface CheckedFile {
  readonly path: string;
  readonly root: Root;
  readonly holds: readonly { readonly kind: Kind; readonly id: string; readonly name: string; readonly steps: number; readonly overrides: "shipped" | null; readonly overridden: boolean }[];
}

export interface CheckReport {
  /** By file and line. */
  readonly problems: readonly FileProblem[];
  /** What only a gateway with its plugins can tell to be right. */
  readonly notes: readonly FileProblem[];
  readonly files: readonly CheckedFile[];
  readonly types: { readonly checked: true; readonly typescript: string } | { readonly checked: false; readonly reason: string };
}

export interface CheckOptions {
  readonly roots: Roots;
  /** Paths that a person named, from the working folder; none: all files of both roots. */
  readonly files: readonly string[];
  readonly workingFolder: string;
  readonly clock: Clock;
}

/**
 * Looks for every mistake in workflows and operations. Their files are loaded in a process of their own; no step is run.
 * Never throws for what is in a file.
 */
export async function checkFiles(options: CheckOptions): Promise<CheckReport> {
  const { files: named, workingFolder } = options;
  const roots = { shipped: await real(options.roots.shipped), home: await real(options.roots.home) };
  const files = named.length > 0 ? await Promise.all(named.map((path) => namedSource(path, workingFolder, roots))) : await sourcesIn(roots);
  const texts = await Promise.all(files.map(readSource));
  const readable = files.flatMap((file, i) => (typeof texts[i] === "string" ? [{ file, text: texts[i] }] : []));
  const [looked, types] = await Promise.all([load(readable, options), typesOf(readable.map(({ file }) => file), roots.home, workingFolder)]);
  const unreadable = files.flatMap((file, i) => (typeof texts[i] === "object" ? [atTop(file, texts[i])] : []));
  const defined = looked.flatMap(({ file, reading }) => reading.definitions.map((definition) => ({ file, definition })));
  const lost = named.length > 0 ? [] : lostOperations(defined);
  const clashes = [...twinsIn(defined), ...(named.length > 0 ? [] : lostWorkflows(defined)), ...lost.filter(({ isLikely }) => isLikely)];
  const isHelper = (one: Looked): boolean => looked.some((other) => other.file !== one.file && other.reading.files.includes(one.reading.bundle?.entry ?? ""));
  const ours = [...unreadable, ...looked.flatMap((one) => [...ownProblems(one), ...strayExports(one, isHelper(one))]), ...clashes.map((clash) => clashProblem(clash, looked))];
  const problems = [...ours, ...typeProblems(types, looked, roots.home).filter((problem) => !isTold(problem, ours))];
  return {
    problems: problems.toSorted((a, b) => (a.file === b.file ? a.line - b.line || a.column - b.column : a.file < b.file ? -1 : 1)),
    notes: lost.filter(({ isLikely }) => !isLikely).map((clash) => clashProblem(clash, looked)),
    files: files.map((file) => ({ path: file.path, root: file.root, holds: defined.filter((one) => one.file === file).map((one) => summary(one, defined)) })),
    types: types.checked ? { checked: true, typescript: types.typescript } : types,
  };
}

async function load(readable: readonly Omit<Looked, "reading">[], { clock }: CheckOptions): Promise<Looked[]> {
  await using reader = new Reader(clock);
  const looked: Looked[] = [];
  // One after the other: what ends the process is the fault of the file that is being loaded.
  for (const one of readable) looked.push({ ...one, reading: await reader.read(one.file) });
  return looked;
}

async function typesOf(files: readonly SourceFile[], home: string, workingFolder: string): Promise<TypeReport> {
  const own = files.filter(({ root, path }) => root !== "shipped" && /\.[cm]?ts$/.test(path)).map(({ path }) => path);
  if (own.length === 0) return { checked: false, reason: "There are no types to check." };
  if (existsSync(join(home, "tsconfig.json"))) await renewTypes(home);
  return checkTypes(await Promise.all(own.map(real)), home, workingFolder);
}

function clashProblem({ file, definition, problem }: Clash, looked: readonly Looked[]): FileProblem {
  return atKey(file, looked.find((one) => one.file === file)!.text, definition, problem);
}

/** Mistakes of types in the author's own files; those in packages are not theirs. */
function typeProblems(types: TypeReport, looked: readonly Looked[], home: string): FileProblem[] {
  if (!types.checked) return [];
  const folders = [...new Set(looked.filter(({ file }) => file.root !== "shipped").map(({ file }) => file.folder)), join(home, "tsconfig.json")];
  return types.problems
    .map(({ file, ...rest }) => ({ file: file ?? join(home, "tsconfig.json"), ...rest, mend: null }))
    .filter(({ file }) => folders.some((folder) => isInside(file, folder)) && !file.includes("/node_modules/"));
}

/** Unknown keys and missing packages: told once, in our words. */
function isTold({ file, line, message }: FileProblem, ours: readonly FileProblem[]): boolean {
  return /\((?:TS2353|TS2561|TS2307)\)$/.test(message) && ours.some((other) => other.file === file && other.line === line);
}

function summary(one: Defined, all: readonly Defined[]): CheckedFile["holds"][number] {
  const { kind, id, name, steps } = one.definition;
  const holding = holds(one, all);
  const shipped = all.some((other) => other !== one && other.file.root === "shipped" && other.definition.kind === kind && other.definition.id === id);
  return { kind, id, name, steps, overrides: holding && shipped ? "shipped" : null, overridden: !holding };
}

function real(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}

import { existsSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Clock } from "../clock/clock.ts";
import type { Problem } from "../errors/loomError.ts";
import { renewTypes } from "./init.ts";
import { locate } from "./locate.ts";
import { Reader } from "./reader.ts";
import type { Definition, Reading } from "./reading.ts";
import { isInside, namedSource, readSource, sourcesIn, type Kind, type Root, type Roots, type SourceFile } from "./sources.ts";
import { holds, lostWorkflows, twinsIn, type Clash, type Defined } from "./together.ts";
import { checkTypes, type TypeReport } from "./typeCheck.ts";

/** A mistake in an author's file. */
export interface FileProblem {
  /** Absolute. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  /** What to do about it, where there is something to say. */
  readonly mend: string | null;
}

export interface CheckedFile {
  readonly path: string;
  readonly root: Root;
  readonly holds: readonly { readonly kind: Kind; readonly id: string; readonly name: string; readonly steps: number; readonly overrides: "shipped" | null; readonly overridden: boolean }[];
}

export interface CheckReport {
  /** By file and line. */
  readonly problems: readonly FileProblem[];
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

/** A file with its text, and what came of loading it. */
interface Looked {
  readonly file: SourceFile;
  readonly text: string;
  readonly reading: Reading;
}

/**
 * Looks for every mistake in workflows and operations. Their files are loaded in a process of their own; no step is run.
 * Never throws for what is in a file.
 */
export async function checkFiles(options: CheckOptions): Promise<CheckReport> {
  const { files: named, workingFolder } = options;
  const roots = { shipped: await real(options.roots.shipped), home: await real(options.roots.home) };
  const files = named.length > 0 ? await Promise.all(named.map((path) => namedSource(resolve(workingFolder, path), roots))) : await sourcesIn(roots);
  const texts = await Promise.all(files.map(readSource));
  const readable = files.flatMap((file, i) => (typeof texts[i] === "string" ? [{ file, text: texts[i] }] : []));
  const [looked, types] = await Promise.all([load(readable, options), typesOf(readable.map(({ file }) => file), roots.home, workingFolder)]);
  const unreadable = files.flatMap((file, i) => (typeof texts[i] === "object" ? [atTop(file, texts[i])] : []));
  const defined = looked.flatMap(({ file, reading }) => reading.definitions.map((definition) => ({ file, definition })));
  const clashes = [...twinsIn(defined), ...(named.length > 0 ? [] : lostWorkflows(defined))];
  const ours = [...unreadable, ...looked.flatMap((one) => [...ownProblems(one), ...strayExports(one, looked)]), ...clashes.map((clash) => clashProblem(clash, looked))];
  const problems = [...ours, ...typeProblems(types, looked, roots.home).filter((problem) => !isTold(problem, ours))];
  return {
    problems: problems.toSorted((a, b) => (a.file === b.file ? a.line - b.line || a.column - b.column : a.file < b.file ? -1 : 1)),
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

/** What loading it and its own validation found. */
function ownProblems({ file, text, reading }: Looked): FileProblem[] {
  const ofRules = reading.definitions.flatMap((definition) => definition.problems.map((problem) => atKey(file, text, definition, problem)));
  return [...reading.problems.map((problem) => atPlace(file, problem)), ...ofRules];
}

/** A file that exports nothing that its folder is for, unless another one imports it. */
function strayExports({ file, text, reading }: Looked, all: readonly Looked[]): FileProblem[] {
  if (reading.problems.length > 0) return [];
  const strays = reading.definitions.filter(({ kind }) => file.kind !== null && kind !== file.kind);
  if (strays.length > 0) return strays.map((definition) => atKey(file, text, definition, { path: "", message: `A file of ${file.kind}s exports ${withArticle(definition.kind)}.`, mend: `Move it to ${definition.kind}s/.` }));
  const [own] = reading.files;
  const isHelper = all.some((other) => other.file !== file && own !== undefined && other.reading.files.includes(own));
  if (reading.definitions.length > 0 || isHelper) return [];
  const kind = file.kind ?? "workflow";
  return [atTop(file, { message: `It exports no ${kind}.`, mend: `Write export const ${kind} = define${kind === "workflow" ? "Workflow" : "Operation"}({ … }). What others import may lie in a folder beside it.` })];
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

function atTop(file: SourceFile, { message, mend = null }: { readonly message: string; readonly mend?: string | null }): FileProblem {
  return { file: file.path, line: 1, column: 1, message, mend };
}

function atKey(file: SourceFile, text: string, { kind, nth }: Definition, { path, message, mend = null }: Omit<Problem, "mend"> & { readonly mend?: string | null }): FileProblem {
  return { file: file.path, ...locate(text, kind, path, nth), message, mend };
}

/** A problem of the loader, whose path is `file:line:column` from the file's folder; at the file itself where there is none. */
function atPlace(file: SourceFile, problem: Problem): FileProblem {
  const [, inside, line, column] = /^(.+):(\d+):(\d+)$/.exec(problem.path) ?? [];
  if (inside === undefined) return atTop(file, problem);
  return { file: join(file.folder, inside), line: Number(line), column: Number(column), message: problem.message, mend: problem.mend ?? null };
}

function withArticle(kind: Kind): string {
  return kind === "operation" ? "an operation" : "a workflow";
}

function real(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}

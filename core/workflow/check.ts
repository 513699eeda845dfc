import { existsSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../clock/clock.ts";
import { messageOf, type Problem } from "../errors/loomError.ts";
import { newId } from "../ids/uuid.ts";
import { together, type GatewayKnowledge, type Held } from "./checkTogether.ts";
import { atKeys, type FileProblem, type Looked } from "./fileProblems.ts";
import { renewTypes } from "./init.ts";
import { markerOf } from "./isolate/marker.ts";
import { Reader } from "./reader.ts";
import { idleStarts } from "./pointedOut.ts";
import { isInside, namedSource, readSource, sourcesIn, type Root, type Roots, type SourceFile } from "./sources.ts";
import { lostOffers, type Clash } from "./together.ts";
import { checkTypes, type TypeReport } from "./typeCheck.ts";

export type { GatewayKnowledge } from "./checkTogether.ts";
export type { FileProblem } from "./fileProblems.ts";

export interface CheckedFile {
  readonly path: string;
  readonly root: Root;
  readonly holds: readonly Held[];
}

export interface CheckReport {
  /** By file and line. */
  readonly problems: readonly FileProblem[];
  /** What only a gateway with its plugins can tell to be right, and what is right and starts nothing as things are. */
  readonly notes: readonly FileProblem[];
  readonly files: readonly CheckedFile[];
  readonly types: { readonly checked: true; readonly typescript: string } | { readonly checked: false; readonly reason: string };
}

export interface CheckOptions {
  readonly roots: Roots;
  /** Paths that a person named, from the working folder, or ids; none: all files of both roots. */
  readonly files: readonly string[];
  readonly workingFolder: string;
  readonly clock: Clock;
  /** What files find in `process.env` while they are loaded. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Takes secrets out of what is told. */
  readonly redact: (text: string) => string;
  /** What a gateway that runs on these roots knows besides. */
  readonly gateway?: GatewayKnowledge | null;
}

/**
 * Looks for every mistake in workflows and operations. All files are loaded, in a process of their own, since what one may be
 * depends on the others; no step is run. Never throws for what is in a file.
 */
export async function checkFiles(options: CheckOptions): Promise<CheckReport> {
  const { files: names, workingFolder, redact, gateway = null } = options;
  const roots = { shipped: await real(options.roots.shipped), home: await real(options.roots.home) };
  const sources = await sourcesIn(roots);
  const named = await Promise.all(names.map((name) => namedSource(name, workingFolder, sources, roots)));
  const files = [...sources, ...named.filter(({ root }) => root === "named")];
  const texts = await Promise.all(files.map(readSource));
  const isReadable = (file: SourceFile): boolean => typeof texts[files.indexOf(file)] === "string";
  // A name that is no file's may be an id, which only the files themselves can tell.
  const areFiles = named.every(isReadable);
  const early = areFiles ? typesOf(names.length > 0 ? named : sources.filter(isReadable), roots.home, workingFolder) : null;
  // What is wrong with it is heard below.
  early?.catch(() => {});
  const looked = await load(files, texts, options);
  const all = together(looked, gateway);
  const meant = named.map((file, i) => (isReadable(file) ? file : (all.holderOf(names[i]!) ?? file)));
  const wanted = names.length > 0 ? [...new Set(meant)] : sources;
  const types = await (early ?? typesOf(wanted.filter(isReadable), roots.home, workingFolder));
  const isWanted = ({ file }: { readonly file: SourceFile }): boolean => wanted.includes(file);
  const lost = lostOffers(all.defined, gateway).filter(isWanted);
  const clashes = [...all.clashes.filter(isWanted), ...lost.filter(({ isLikely }) => isLikely)];
  const ours = [...looked.filter(isWanted).flatMap((one) => all.problems.get(one)!), ...clashes.map((clash) => clashProblem(clash, looked))];
  const problems = [...ours, ...typeProblems(types, looked.filter(isWanted), roots.home).filter((problem) => !isTold(problem, ours))];
  const redacted = (problem: FileProblem): FileProblem => ({ ...problem, message: redact(problem.message), mend: problem.mend && redact(problem.mend) });
  return {
    problems: problems.map(redacted).toSorted((a, b) => (a.file === b.file ? a.line - b.line || a.column - b.column : a.file < b.file ? -1 : 1)),
    notes: [...lost.filter(({ isLikely }) => !isLikely), ...idleStarts(all.defined.filter(isWanted), options.env, options.clock.now())].map((clash) => redacted(clashProblem(clash, looked))),
    files: wanted.map((file) => ({ path: file.path, root: file.root, holds: all.holdsOf(file) })),
    types: types.checked ? { checked: true, typescript: types.typescript } : types,
  };
}

async function load(files: readonly SourceFile[], texts: readonly (string | Problem)[], { clock, env, redact }: CheckOptions): Promise<Looked[]> {
  const hostZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  await using reader = new Reader({ clock, env, redact, hostZone, marker: markerOf("check", newId(clock)) });
  const looked: Looked[] = [];
  // One after the other: what ends the process is the fault of the file that is being loaded.
  for (const [i, file] of files.entries()) {
    const text = texts[i]!;
    if (typeof text === "string") looked.push({ file, text, reading: await reader.read(file) });
    else looked.push({ file, text: "", reading: { definitions: [], bundle: null, files: [], problems: [text] } });
  }
  return looked;
}

async function typesOf(files: readonly SourceFile[], home: string, workingFolder: string): Promise<TypeReport> {
  const own = files.filter(({ root, path }) => root !== "shipped" && /\.[cm]?ts$/.test(path)).map(({ path }) => path);
  if (own.length === 0) return { checked: false, reason: "There are no types to check." };
  try {
    if (existsSync(join(home, "tsconfig.json"))) await renewTypes(home);
  } catch (error) {
    return { checked: false, reason: `Types were not checked: ${messageOf(error)}` };
  }
  return checkTypes(await Promise.all(own.map(real)), home, workingFolder);
}

function clashProblem({ file, definition, problem }: Clash, looked: readonly Looked[]): FileProblem {
  return atKeys(file, looked.find((one) => one.file === file)!.text, [{ definition, problem }])[0]!;
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

function real(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}

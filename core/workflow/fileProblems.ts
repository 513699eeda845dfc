import { join } from "node:path";
import type { Problem } from "../errors/loomError.ts";
import { Places } from "./locate.ts";
import type { Definition, Reading } from "./reading.ts";
import type { Kind, SourceFile } from "./sources.ts";

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

/** A file with its text, and what came of loading it. */
export interface Looked {
  readonly file: SourceFile;
  readonly text: string;
  readonly reading: Reading;
}

/** What loading it and its own validation found. */
export function ownProblems({ file, text, reading }: Looked): FileProblem[] {
  const ofRules = reading.definitions.flatMap((definition) => definition.problems.map((problem) => ({ definition, problem })));
  return [...reading.problems.map((problem) => atPlace(file, problem)), ...atKeys(file, text, ofRules)];
}

/**
 * A file that exports nothing that its folder is for.
 * @param isHelper another file imports it, so that it may be without
 */
export function strayExports({ file, text, reading }: Looked, isHelper: boolean): FileProblem[] {
  if (reading.problems.length > 0) return [];
  const strays = reading.definitions.filter(({ kind }) => file.kind !== null && kind !== file.kind);
  if (strays.length > 0) return atKeys(file, text, strays.map((definition) => ({ definition, problem: { path: "", message: `A file of ${file.kind}s exports ${withArticle(definition.kind)}.`, mend: `Move it to ${definition.kind}s/.` } })));
  return reading.definitions.length > 0 || isHelper ? [] : [exportsNothing(file)];
}

export function exportsNothing(file: SourceFile): FileProblem {
  const kind = file.kind ?? "workflow";
  return atTop(file, { path: "", message: `It exports no ${kind}.`, mend: `Write export const ${kind} = define${kind === "workflow" ? "Workflow" : "Operation"}({ … }). What others import may lie in a folder beside it.` });
}

export function atTop(file: SourceFile, { message, mend }: Problem): FileProblem {
  return { file: file.path, line: 1, column: 1, message, mend: mend ?? null };
}

/** Problems whose paths are those of keys in definitions of one file. */
export function atKeys(file: SourceFile, text: string, those: readonly { readonly definition: Pick<Definition, "kind" | "nth">; readonly problem: Problem }[]): FileProblem[] {
  const places = new Places(text);
  return those.map(({ definition: { kind, nth }, problem: { path, message, mend } }) => ({ file: file.path, ...places.of(kind, path, nth), message, mend: mend ?? null }));
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

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { withoutComments, withoutStrings } from "./lexer.ts";

/** One file of the house, as the rules see it. */
export interface Source {
  /** From the root, with `/`. */
  readonly path: string;
  readonly text: string;
  /** Without comments; strings stay. */
  readonly spoken: string;
  /** Without comments and without what strings say. */
  readonly code: string;
  readonly imports: readonly Import[];
}

export interface Import {
  /** As written, for packages; from the root, for files. */
  readonly target: string;
  readonly isFile: boolean;
  /** Erased before it runs. */
  readonly typeOnly: boolean;
}

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CANARIES = join(ROOT, "test/architecture/canary");
const SKIPPED = new Set(["node_modules", ".git", "dist", "coverage", "canary", "vendor"]);
const CODE = /\.(ts|js)$/;

/** Everything in the repository that people write. */
export function house(): Source[] {
  return readTree(ROOT);
}

/**
 * A small tree that breaks one rule. Its files end in `.txt`, so that no tool takes them for code, and lie as they would in
 * the house; those that a rule has to find are called `bad…`.
 */
export function canary(rule: string): Source[] {
  return readTree(join(CANARIES, rule));
}

function readTree(root: string): Source[] {
  return [...walk(root)].map((file) => toSource(relative(root, file).split(sep).join("/").replace(/\.txt$/, ""), readFileSync(file, "utf8")));
}

function* walk(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!SKIPPED.has(entry.name)) yield* walk(path);
    } else if (/\.(ts|js|md|json|css|html|yaml|yml|txt)$/.test(entry.name)) yield path;
  }
}

function toSource(path: string, text: string): Source {
  if (!CODE.test(path)) return { path, text, spoken: text, code: "", imports: [] };
  const [spoken, code] = [withoutComments(text), withoutStrings(text)];
  return { path, text, spoken, code, imports: importsOf(path, spoken, code) };
}

function importsOf(path: string, spoken: string, code: string): Import[] {
  const statement = /\b(?:import|export)\s+(?:(type)\s+)?(?:[\w$*{][^;"'`()]*?\bfrom\s*)?["']([^"']+)["']/g;
  const call = /\b(?:import|require)\s*\(\s*["']([^"']+)["']/g;
  // Where the word is blank in the code, it stands in a string: somebody else's import.
  const real = (match: RegExpExecArray): boolean => code[match.index] !== " ";
  const found = [
    ...[...spoken.matchAll(statement)].filter(real).map((match) => ({ written: match[2]!, typeOnly: match[1] === "type" })),
    ...[...spoken.matchAll(call)].filter(real).map((match) => ({ written: match[1]!, typeOnly: false })),
  ];
  return found.map(({ written, typeOnly }) => {
    const isFile = written.startsWith(".");
    return { target: isFile ? posix.join(dirname(path), written) : written, isFile, typeOnly };
  });
}

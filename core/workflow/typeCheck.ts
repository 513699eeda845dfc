import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { messageOf } from "../errors/loomError.ts";
import { ownFile } from "../ownFiles.ts";
import { whoElseMayWrite } from "../writableByOthers.ts";
import { compilerOptions, packageFolder } from "./editor.ts";

const DEADLINE_MS = 60_000;
const GUARD = ownFile("core/workflow/tscGuard.ts").href;
/** Codes below 2000 are of what cannot be parsed. */
const SYNTAX = /\(TS1\d{3}\)$/;

/** A mistake that TypeScript found; `file` is null when it lies in the settings. */
export interface TypeProblem {
  readonly file: string | null;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export type TypeReport =
  | { readonly checked: true; readonly typescript: string; readonly problems: readonly TypeProblem[] }
  /** `reason` says for people why not, and what to do. */
  | { readonly checked: false; readonly reason: string };

/**
 * Lets the TypeScript that is installed look at these files: in LOOM_HOME, in the working folder, or beside Loom.
 * @param files absolute paths
 * @param home LOOM_HOME, whose tsconfig.json counts
 */
export async function checkTypes(files: readonly string[], home: string, workingFolder: string): Promise<TypeReport> {
  const typescript = packageFolder("typescript", home, workingFolder);
  if (!typescript) return { checked: false, reason: `Types were not checked, since there is no TypeScript: npm install --prefix ${home} typescript @types/node` };
  const temporary = await realpath(tmpdir());
  // They could put settings of theirs in the place of ours.
  const others = await whoElseMayWrite(temporary, true);
  if (others) return { checked: false, reason: `Types were not checked: ${others}. Name a folder for temporary files that is yours, by TMPDIR.` };
  const folder = await mkdtemp(join(temporary, "loom-check-"));
  const look = async (some: readonly string[]): Promise<TypeProblem[]> => {
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify(configFor(some, home)));
    return problemsIn(await run(join(typescript, "bin/tsc"), folder), folder);
  };
  try {
    const { version } = JSON.parse(await readFile(join(typescript, "package.json"), "utf8")) as { version: string };
    const problems = await look(files);
    // Where one file cannot be parsed, it looks at the types of none.
    const unparsed = new Set(problems.filter(({ message }) => SYNTAX.test(message)).map(({ file }) => file));
    const others = files.filter((file) => !unparsed.has(file));
    const more = others.length > 0 && others.length < files.length ? await look(others) : [];
    const told = new Set(problems.map((problem) => JSON.stringify(problem)));
    return { checked: true, typescript: version, problems: [...problems, ...more.filter((problem) => !told.has(JSON.stringify(problem)))] };
  } catch (error) {
    return { checked: false, reason: `Types were not checked: ${messageOf(error)}` };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function configFor(files: readonly string[], home: string): object {
  const { noEmit, skipLibCheck, allowImportingTsExtensions, paths, ...others } = compilerOptions(home);
  const own = join(home, "tsconfig.json");
  // What the loader does cannot be chosen: it knows no other paths, and imports keep their `.ts`.
  const fixed = { noEmit, skipLibCheck, allowImportingTsExtensions, paths, incremental: false, composite: false };
  return { ...(existsSync(own) ? { extends: own, compilerOptions: fixed } : { compilerOptions: { ...others, ...fixed } }), files, include: [] };
}

/** @throws when it does not come to an end by itself */
function run(tsc: string, folder: string): Promise<string> {
  return new Promise((done, fail) => {
    execFile(process.execPath, ["--import", GUARD, tsc, "--pretty", "false", "-p", folder], { cwd: folder, timeout: DEADLINE_MS, killSignal: "SIGKILL", maxBuffer: 64 * 1_048_576 }, (error, stdout, stderr) => {
      // Mistakes in the files make it end with 1 or 2, and are told on stdout.
      if (error && typeof error.code !== "number") return fail(error.killed ? new Error(`TypeScript took longer than ${DEADLINE_MS / 1000} seconds.`) : error);
      if (error && stdout === "") return fail(new Error(stderr.trim() || error.message));
      done(stdout);
    });
  });
}

/** `file(1,2): error TS1234: message`, with the reasons indented below. */
function problemsIn(output: string, folder: string): TypeProblem[] {
  return [...output.matchAll(/^(?:(.+?)\((\d+),(\d+)\): )?error (TS\d+): (.*(?:\n +.*)*)/gm)].map(([, file, line, column, code, text]) => {
    const [first, ...reasons] = text!.split("\n").map((part) => part.trim());
    return { file: file === undefined ? null : resolve(folder, file), line: Number(line ?? 1), column: Number(column ?? 1), message: `${[first, reasons.at(-1)].filter(Boolean).join(" ")} (${code})` };
  });
}

import { isAbsolute, relative } from "node:path";
import type { Message } from "esbuild";
import { LoomError, messageOf, stackOf, type Problem } from "../errors/loomError.ts";

/** What the bundler found, as one error that names every place. Paths are relative to the folder. */
export function bundleError(messages: readonly Message[], cause?: unknown): LoomError {
  const problems = messages.map(toProblem);
  const first = problems[0];
  return new LoomError("MODULE_INVALID", first ? `${first.path}: ${first.message}` : messageOf(cause), { problems, cause });
}

function toProblem({ text, location }: Message): Problem {
  const path = location ? `${location.file}:${location.line}:${location.column + 1}` : "";
  if (/top-level await/i.test(text)) {
    return { path, message: "Top-level await is not available here", mend: "Await inside a function: a plugin's setup(ctx) and a step's run(ctx) may be async." };
  }
  const missing = /^The package "(.+)" is not installed$/.exec(text)?.[1];
  return { path, message: text, ...(missing === undefined ? {} : { mend: `Install it beside the file or in LOOM_HOME: npm install ${missing}` }) };
}

/** What the module itself threw while it was loaded, at the first line of its own on the stack. */
export function evaluationError(error: unknown, root: string): LoomError {
  const path = placeIn(error, root) ?? "";
  return new LoomError("MODULE_INVALID", `${path ? `${path}: ` : ""}${messageOf(error)}`, {
    problems: [{ path, message: `It threw while it was loaded: ${messageOf(error)}` }],
    cause: error,
  });
}

/** `file:line:column` of the topmost stack frame inside a folder, relative to it; null when there is none. */
export function placeIn(error: unknown, root: string): string | null {
  for (const [, file, position] of stackOf(error).matchAll(/(?:\(|at )(?:file:\/\/)?(\/[^()\n]*?):(\d+:\d+)\)?$/gm)) {
    const inside = relative(root, file!);
    if (!inside.startsWith("..") && !isAbsolute(inside)) return `${inside}:${position}`;
  }
  return null;
}

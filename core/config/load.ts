import { join } from "node:path";
import { parse as parseEnv } from "dotenv";
import JSON5 from "json5";
import { isLoomError, LoomError, messageOf, type Problem } from "../errors/loomError.ts";
import { problemsOf } from "./problems.ts";
import { readIfThere } from "./readIfThere.ts";
import { configSchema, type Config } from "./schema.ts";
import { settings, type Flags, type Setting } from "./settings.ts";

export type { Config } from "./schema.ts";
export type { Flags } from "./settings.ts";

/** Where a value came from; later ones win. */
export type Origin = "default" | "config.json" | ".env" | "environment" | "flag";

export interface LoadOptions {
  /** Path of LOOM_HOME. */
  readonly home: string;
  /** The process's environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly flags?: Flags;
}

export interface LoadedConfig {
  /** Frozen, with every default filled in. */
  readonly config: Config;
  /** Dotted path of each setting → where its value came from. Paths that are missing came from the level above. */
  readonly sources: Readonly<Record<string, Origin>>;
  /** The process's environment over `.env`: what workflows find in `process.env`, and where secrets are looked up by name. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

type Tree = Record<string, unknown>;

/** Names that reach into JavaScript's own objects. */
const FORBIDDEN_KEYS = new Set(["__proto__", "constructor", "prototype"]);

/**
 * Reads the settings: defaults, then `config.json` (JSON, comments allowed), `.env`, the environment and flags, each
 * winning over the one before. Nothing is written to `process.env`.
 * @throws LoomError CONFIG_INVALID with a problem for every mistake
 */
export async function loadConfig({ home, env, flags = {} }: LoadOptions): Promise<LoadedConfig> {
  const tree = await readTree(join(home, "config.json"));
  const sources: Record<string, Origin> = {};
  for (const path of leaves(tree)) sources[path] = "config.json";

  const dotenv = parseEnv((await readText(join(home, ".env"))) ?? "");
  apply(tree, sources, ".env", ({ variable }) => dotenv[variable]);
  apply(tree, sources, "environment", ({ variable }) => env[variable]);
  apply(tree, sources, "flag", ({ flag }) => flags[flag]);

  const parsed = configSchema.safeParse(tree);
  const problems = [...forbidden(tree).map(inFile), ...(parsed.success ? [] : problemsOf(parsed.error, configSchema, tree).map((problem) => named(problem, sources)))];
  if (problems.length > 0 || !parsed.success) throw invalid(problems);
  for (const path of leaves(parsed.data)) sources[path] ??= "default";
  return { config: deepFreeze(parsed.data), sources, env: { ...dotenv, ...env } };
}

async function readTree(file: string): Promise<Tree> {
  const text = await readText(file);
  if (text === undefined || text.trim() === "") return {};
  try {
    const value: unknown = JSON5.parse(text);
    if (isTree(value)) return value;
  } catch (error) {
    const { lineNumber = 1, columnNumber = 1, message } = error as Error & { lineNumber?: number; columnNumber?: number };
    throw invalid([{ path: `config.json:${lineNumber}:${columnNumber}`, message: message.replace(/^JSON5: | at \d+:\d+$/g, ""), mend: "Correct the JSON there." }]);
  }
  throw invalid([{ path: "config.json:1:1", message: "is not an object", mend: "Begin with { and end with }." }]);
}

function readText(file: string): Promise<string | undefined> {
  return readIfThere(file).catch((cause: unknown) => {
    throw new LoomError("CONFIG_INVALID", isLoomError(cause) ? cause.message : `${file} cannot be read: ${messageOf(cause)}.`, { cause });
  });
}

/** Lays the values of one origin over the tree. An empty variable counts as not set. */
function apply(tree: Tree, sources: Record<string, Origin>, origin: Origin, valueOf: (setting: Setting) => string | number | undefined): void {
  for (const setting of settings) {
    const value = valueOf(setting);
    if (value === undefined || value === "") continue;
    const parent = setting.path.slice(0, -1).reduce<unknown>((node, key) => (isTree(node) ? (node[key] ??= {}) : undefined), tree);
    // A parent of the wrong kind is a mistake of config.json and is reported as such.
    if (!isTree(parent)) continue;
    parent[setting.path.at(-1)!] = setting.number && /^\d+$/.test(String(value)) ? Number(value) : value;
    sources[setting.path.join(".")] = origin;
  }
}

/** Calls a setting by the name under which the person gave it. */
function named(problem: Problem, sources: Readonly<Record<string, Origin>>): Problem {
  const setting = settings.find(({ path }) => path.join(".") === problem.path);
  const origin = sources[problem.path];
  if (!setting || origin === "config.json") return inFile(problem);
  if (origin === "flag") return { ...problem, path: `--${setting.flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}` };
  return { ...problem, path: origin === ".env" ? `.env: ${setting.variable}` : setting.variable };
}

function inFile(problem: Problem): Problem {
  return { ...problem, path: `config.json: ${problem.path}` };
}

function forbidden(value: unknown, path = ""): Problem[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.keys(value).flatMap((key) => {
    const here = path ? `${path}.${key}` : key;
    if (!FORBIDDEN_KEYS.has(key)) return forbidden((value as Tree)[key], here);
    return [{ path: here, message: `the name ${key} is not allowed`, mend: "Rename or remove it." }];
  });
}

/** Dotted paths of everything that is not an object with keys. */
function leaves(value: unknown, path = ""): string[] {
  if (!isTree(value) || Object.keys(value).length === 0) return path ? [path] : [];
  return Object.entries(value).flatMap(([key, child]) => leaves(child, path ? `${path}.${key}` : key));
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalid(problems: readonly Problem[]): LoomError {
  return new LoomError("CONFIG_INVALID", `The configuration has ${problems.length === 1 ? "a mistake" : `${problems.length} mistakes`}.`, { problems });
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze);
  return value;
}

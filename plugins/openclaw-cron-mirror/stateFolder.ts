/** What OpenClaw's own state folder says of its gateway. It is only read; nothing named in it is ever executed. */
import { readFile, realpath, stat } from "node:fs/promises";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { parseEnv } from "node:util";
import JSON5 from "json5";
import { messageOf, SourceProblem } from "loom-gateway";
import type { Credentials } from "./credentials.ts";
import { settingExample } from "./problems.ts";
import { integer, record, text, type Wire } from "./wire.ts";

const DEFAULT_PORT = 18_789;
const LARGEST_FILE = 2 * 1024 * 1024;
/** Of one configuration. */
const MOST_FILES = 100;
const DEEPEST_INCLUDE = 10;
/** The rest of openclaw.json is nobody's business here, and a mistake in it no reason to fail. */
const sections = ["gateway", "env", "cron", "meta"];

export type Env = Readonly<Record<string, string | undefined>>;

/** A state folder that has been read. What it does not tell is thrown as a SourceProblem that says what to configure. */
export interface StateFolder {
  /** User id of the folder's owner. */
  readonly ownerUid: number;
  /** Where the gateway is, as far as the file tells. */
  readonly url: string;
  /** The address, where it is on this machine and may be used without a person's word. */
  localUrl(): string;
  credentials(): Credentials;
  readonly path: string;
  /** What the file says of cron: whether it is on, and where the older releases keep its jobs if not in the folder itself. */
  readonly cron: { readonly enabled: boolean; readonly store: string | undefined };
  /** The release that wrote the file last. */
  readonly lastTouchedVersion: string | undefined;
}

/**
 * Reads what a state folder says of its gateway.
 * @param folder real path of the state folder
 * @param configFile `openclaw.json`, wherever it lies
 * @param env the environment that `${VAR}` is looked up in first; the folder's `.env` and the file's `env` block follow
 * @param ambient whether OPENCLAW_GATEWAY_PORT, _TOKEN and _PASSWORD of that environment are this gateway's
 */
export async function readStateFolder(folder: string, configFile: string, env: Env, ambient: boolean): Promise<StateFolder> {
  const { uid } = await stat(folder);
  const config = await readConfig(configFile);
  const gateway = record(config.gateway);
  const ofFolder = { ...inlineEnv(config.env), ...(await dotEnv(folder)) };
  const variables = { ...ofFolder, ...definedOf(env) };
  const defaults = ambient ? variables : ofFolder;
  const url = urlOf(gateway, defaults);
  const cron = record(config.cron);
  return {
    ownerUid: uid,
    url,
    localUrl() {
      if (gateway.mode === "remote") throw needsConfiguration(`${configFile} uses a gateway on another machine (gateway.mode is "remote").`);
      if (gateway.bind === "custom" && !url.includes("//127.0.0.1:")) throw needsConfiguration(`${configFile} binds the gateway to an address of its own (gateway.bind is "custom").`);
      return url;
    },
    credentials: () => credentialsOf(record(gateway.auth), variables, defaults, configFile),
    path: folder,
    cron: { enabled: cron.enabled !== false, store: text(cron.store) },
    lastTouchedVersion: text(record(config.meta).lastTouchedVersion),
  };
}

function urlOf(gateway: Wire, defaults: Env): string {
  if (gateway.mode === "remote") return text(record(gateway.remote).url) ?? "";
  const port = Number(defaults.OPENCLAW_GATEWAY_PORT?.trim() || "0") || integer(gateway.port) || DEFAULT_PORT;
  const host = (gateway.bind === "custom" && text(gateway.customBindHost)) || "127.0.0.1";
  return `${record(gateway.tls).enabled === true ? "wss" : "ws"}://${host}:${port}`;
}

function credentialsOf(auth: Wire, variables: Env, defaults: Env, configFile: string): Credentials {
  if (auth.mode === "none") return null;
  if (auth.mode === "trusted-proxy") throw needsConfiguration(`${configFile} lets only a trusted proxy in (gateway.auth.mode).`);
  const wantsPassword = auth.mode === "password" || (auth.mode === undefined && auth.password !== undefined);
  const field = wantsPassword ? "password" : "token";
  const value = secretOf(auth[field], `gateway.auth.${field}`, variables, configFile) ?? text(defaults[`OPENCLAW_GATEWAY_${field.toUpperCase()}`]);
  if (value === undefined) throw needsConfiguration(`${configFile} holds no gateway ${field}.`);
  return wantsPassword ? { password: value } : { token: value };
}

/** A secret that is written out, directly or as `${VAR}`. References to secret stores are left alone: they may run programs. */
function secretOf(value: unknown, path: string, variables: Env, configFile: string): string | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value !== "string" || /^\$[A-Z_][A-Z0-9_]*$/.test(value)) {
    throw needsConfiguration(`${path} in ${configFile} is a reference to a secret, which Loom does not resolve.`);
  }
  const missing: string[] = [];
  const filled = value.replace(/(\$?)\$\{([A-Z_][A-Z0-9_]*)\}/g, (whole, escape: string, name: string) => {
    if (escape !== "") return whole.slice(1);
    if (!variables[name]) missing.push(name);
    return variables[name] ?? "";
  });
  if (missing.length > 0) throw needsConfiguration(`${path} in ${configFile} needs ${missing.join(", ")}, which is set neither in Loom's environment nor in the folder's .env.`);
  return filled;
}

/** The file's sections that matter here, with `$include` followed; an empty record where there is no file. */
async function readConfig(file: string): Promise<Wire> {
  const root = await realpath(file).catch(() => null);
  if (root === null) return record(null);
  try {
    return record(await readIncluded(root, { folder: join(root, ".."), filesLeft: MOST_FILES }, 0, sections));
  } catch (error) {
    throw needsConfiguration(`${file} cannot be read: ${messageOf(error)}.`, error);
  }
}

interface Reach {
  /** What lies outside is not read. */
  readonly folder: string;
  /** So many more files may be read: they may name each other over and over. */
  filesLeft: number;
}

async function readIncluded(path: string, reach: Reach, depth: number, only?: readonly string[]): Promise<unknown> {
  if (depth > DEEPEST_INCLUDE) throw new Error(`more than ${DEEPEST_INCLUDE} files include each other`);
  if (reach.filesLeft-- <= 0) throw new Error(`more than ${MOST_FILES} files are included`);
  const real = await realpath(path);
  const inside = relative(reach.folder, real);
  if (inside === ".." || inside.startsWith(`..${sep}`) || isAbsolute(inside)) throw new Error(`${path} lies outside ${reach.folder}`);
  if ((await stat(real)).size > LARGEST_FILE) throw new Error(`${path} is larger than 2 MB`);
  return include(JSON5.parse(await readFile(real, "utf8")), join(real, ".."), reach, depth, only);
}

async function include(value: unknown, folder: string, reach: Reach, depth: number, only?: readonly string[]): Promise<unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const { $include: included, ...own } = value as Wire;
  const files = (Array.isArray(included) ? included : [included]).filter((file) => typeof file === "string");
  let merged: unknown = {};
  for (const file of files) merged = merge(merged, await readIncluded(resolve(folder, file), reach, depth + 1, only));
  const entries = Object.entries(own).filter(([key]) => only === undefined || only.includes(key));
  const expanded = await Promise.all(entries.map(async ([key, item]) => [key, await include(item, folder, reach, depth)] as const));
  return merge(merged, Object.fromEntries(expanded));
}

/** The later value wins; objects are merged key by key. */
function merge(earlier: unknown, later: unknown): unknown {
  if (!isPlain(earlier) || !isPlain(later)) return later;
  const keys = new Set([...Object.keys(earlier), ...Object.keys(later)]);
  return Object.fromEntries([...keys].map((key) => [key, key in later && key in earlier ? merge(earlier[key], later[key]) : key in later ? later[key] : earlier[key]]));
}

function isPlain(value: unknown): value is Wire {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

async function dotEnv(folder: string): Promise<Env> {
  return readFile(join(folder, ".env"), "utf8").then(parseEnv, () => ({}));
}

/** `env: { NAME: … }` and `env: { vars: { NAME: … } }` of openclaw.json. */
function inlineEnv(value: unknown): Env {
  const env = record(value);
  const entries = [...Object.entries(env), ...Object.entries(record(env.vars))];
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

function definedOf(env: Env): Env {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ""));
}

function needsConfiguration(message: string, cause?: unknown): SourceProblem {
  return new SourceProblem("needs_configuration", message, {
    help: `Give its address and token in config.json: ${settingExample}`,
    ...(cause !== undefined && { cause }),
  });
}

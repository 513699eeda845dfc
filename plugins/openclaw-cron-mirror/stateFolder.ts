/** What OpenClaw's own state folder says of its gateway. It is only read; nothing named in it is ever executed. */
import { realpath } from "node:fs/promises";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { parseEnv } from "node:util";
import JSON5 from "json5";
import { messageOf, SourceProblem } from "loom-gateway";
import type { Credentials } from "./credentials.ts";
import { ownerIn, readWhole, type Owner } from "./files/readFile.ts";
import type { RealFolder } from "./files/realFolder.ts";
import { folderExample } from "./problems.ts";
import { integer, record, text, type Wire } from "./wire.ts";

const DEFAULT_PORT = 18_789;
/** To fill in its line ends takes the square of its length. */
const LARGEST_ENV = 64 * 1024;
/** Of one configuration, with all that it includes: everything else stands still while it is parsed. */
const MOST_FILES = 100;
const MOST_BYTES = 256 * 1024;
const MOST_MARKS = 50_000;
const DEEPEST_INCLUDE = 10;
/** Deeper lies nothing that Loom asks for. */
const DEEPEST_OBJECT = 20;
/** A secret that is longer is none, before what it names is filled in and after: a name of four characters may stand for very many. */
const LONGEST_SECRET = 4_096;
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
 * @param folder the state folder, by its real path
 * @param configFile `openclaw.json`, wherever it lies
 * @param env the environment in which `${OPENCLAW_…}` is looked up first, where the folder is ours; its `.env` and the file's `env` block
 * follow. What else is in Loom's environment is for others, and whatever is filled in goes to this gateway.
 * @param ambient whether OPENCLAW_GATEWAY_PORT, _TOKEN and _PASSWORD of that environment are this gateway's
 */
export async function readStateFolder({ path: folder, ownerUid }: RealFolder, configFile: string, env: Env, ambient: boolean): Promise<StateFolder> {
  const owner = ownerIn(ownerUid);
  const config = await readConfig(configFile, owner);
  const gateway = record(config.gateway);
  const dotenv = await readDotEnv(folder, owner);
  const ofFolder = { ...inlineEnv(config.env), ...dotenv.values };
  const variables = { ...ofFolder, ...(owner === null && openclawsOf(env)) };
  const defaults = ambient ? variables : ofFolder;
  const url = urlOf(gateway, defaults);
  const cron = record(config.cron);
  return {
    ownerUid,
    url,
    localUrl() {
      if (gateway.mode === "remote") throw needsConfiguration(`${configFile} uses a gateway on another machine (gateway.mode is "remote").`);
      if (gateway.bind === "custom" && !["127.0.0.1", undefined].includes(text(gateway.customBindHost))) throw needsConfiguration(`${configFile} binds the gateway to an address of its own (gateway.bind is "custom").`);
      return url;
    },
    credentials: () => credentialsOf(record(gateway.auth), { variables, defaults, configFile, unread: dotenv.unread }),
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

/** Where credentials may come from. */
interface Given {
  readonly variables: Env;
  readonly defaults: Env;
  readonly configFile: string;
  /** Why nothing of `.env` is among them, as the end of a sentence; empty where all of it is. */
  readonly unread: string;
}

function credentialsOf(auth: Wire, given: Given): Credentials {
  const { defaults, configFile, unread } = given;
  if (auth.mode === "none") return null;
  if (auth.mode === "trusted-proxy") throw needsConfiguration(`${configFile} lets only a trusted proxy in (gateway.auth.mode).`);
  const wantsPassword = auth.mode === "password" || (auth.mode === undefined && auth.password !== undefined);
  const field = wantsPassword ? "password" : "token";
  const value = secretOf(auth[field], `gateway.auth.${field}`, given) ?? text(defaults[`OPENCLAW_GATEWAY_${field.toUpperCase()}`]);
  if (value === undefined) throw needsConfiguration(`${configFile} holds no gateway ${field}${unread}.`);
  return wantsPassword ? { password: value } : { token: value };
}

/** A secret that is written out, directly or as `${VAR}`. References to secret stores are left alone: they may run programs. */
function secretOf(value: unknown, path: string, { variables, configFile, unread }: Given): string | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value !== "string" || /^\$[A-Z_][A-Z0-9_]*$/.test(value)) {
    throw needsConfiguration(`${path} in ${configFile} is a reference to a secret, which Loom does not resolve.`);
  }
  const whenLonger = (length: number): void => {
    if (length > LONGEST_SECRET) throw needsConfiguration(`${path} in ${configFile} is longer than ${LONGEST_SECRET} characters.`);
  };
  whenLonger(value.length);
  const missing: string[] = [];
  let filledIn = 0;
  const filled = value.replace(/(\$?)\$\{([A-Z_][A-Z0-9_]*)\}/g, (whole, escape: string, name: string) => {
    if (escape !== "") return whole.slice(1);
    const filling = variables[name] ?? "";
    if (filling === "") missing.push(name);
    whenLonger((filledIn += filling.length));
    return filling;
  });
  if (missing.length > 0) throw needsConfiguration(`${path} in ${configFile} needs ${missing.join(", ")}, which is set neither in the folder's .env nor, where its name begins with OPENCLAW_ and the folder is yours, in Loom's environment${unread}.`);
  return filled;
}

/** The file's sections that matter here, with `$include` followed; an empty record where there is no file. */
async function readConfig(file: string, owner: Owner): Promise<Wire> {
  const root = await realpath(file).catch(() => null);
  if (root === null) return record(null);
  try {
    return record(await readIncluded(root, { folder: join(root, ".."), owner, filesLeft: MOST_FILES, bytesLeft: MOST_BYTES, marksLeft: MOST_MARKS }, { files: 0, objects: 0 }, sections));
  } catch (error) {
    throw needsConfiguration(`${file} cannot be read: ${messageOf(error)}.`, error);
  }
}

interface Reach {
  /** What lies outside is not read. */
  readonly folder: string;
  readonly owner: Owner;
  /** So much more may be read: files may name each other over and over. */
  filesLeft: number;
  bytesLeft: number;
  /** Of what begins a value or a further one. */
  marksLeft: number;
}

/** How deep a value lies in files that include each other, and in objects. */
interface Depth {
  readonly files: number;
  readonly objects: number;
}

async function readIncluded(path: string, reach: Reach, depth: Depth, only?: readonly string[]): Promise<unknown> {
  if (depth.files > DEEPEST_INCLUDE) throw new Error(`more than ${DEEPEST_INCLUDE} files include each other`);
  if (reach.filesLeft-- <= 0) throw new Error(`more than ${MOST_FILES} files are included`);
  const real = await realpath(path);
  const inside = relative(reach.folder, real);
  if (inside === ".." || inside.startsWith(`..${sep}`) || isAbsolute(inside)) throw new Error(`${path} lies outside ${reach.folder}`);
  const file = await readWhole(real, MOST_BYTES, reach.owner);
  if (file === null) throw new Error(`${path} is gone`);
  reach.bytesLeft -= Buffer.byteLength(file.text);
  // Also those in texts and comments: to tell them apart takes as long as to parse them.
  reach.marksLeft -= file.text.split(/[[{,]/, MOST_MARKS + 2).length - 1;
  if (reach.bytesLeft < 0 || reach.marksLeft < 0) throw new Error("with what it includes it holds more than Loom takes in, which is 256 KB and some 50,000 values");
  return include(once<unknown>(real, file.text, JSON5.parse), join(real, ".."), reach, depth, only);
}

async function include(value: unknown, folder: string, reach: Reach, depth: Depth, only?: readonly string[]): Promise<unknown> {
  if (!isPlain(value) || depth.objects > DEEPEST_OBJECT) return value;
  const { $include: included, ...own } = value;
  const files = (Array.isArray(included) ? included : [included]).filter((file) => typeof file === "string");
  const values: unknown[] = [];
  for (const file of files) values.push(await readIncluded(resolve(folder, file), reach, { ...depth, files: depth.files + 1 }, only));
  const expanded: [string, unknown][] = [];
  for (const [key, item] of Object.entries(own)) {
    if (only === undefined || only.includes(key)) expanded.push([key, await include(item, folder, reach, { ...depth, objects: depth.objects + 1 })]);
  }
  return merged([...values, Object.fromEntries(expanded)]);
}

/** The later value wins; objects are merged key by key, all in one go: a hundred one after the other would take long. */
function merged(values: readonly unknown[]): unknown {
  const objects = values.slice(values.findLastIndex((value) => !isPlain(value)) + 1) as Wire[];
  if (objects.length < 2) return values.at(-1);
  const byKey = Map.groupBy(objects.flatMap((object) => Object.entries(object)), ([key]) => key);
  return Object.fromEntries([...byKey].map(([key, entries]) => [key, merged(entries.map(([, value]) => value))]));
}

/** What was made last of the text of some files: they are read every few seconds, and seldom change. */
const made = new Map<string, { readonly text: string; readonly give: () => unknown }>();
/** In characters: more than the files of all folders that are found together. */
const MOST_MADE = 32 * 1024 * 1024;
let madeOf = 0;

/** What is made of the file's text, or thrown for it. Not to be changed: it is given again as long as the text is the same. */
function once<T>(path: string, text: string, make: (text: string) => T): T {
  const last = made.get(path);
  if (last?.text === text) return last.give() as T;
  const give = outcomeOf(() => make(text));
  made.delete(path);
  made.set(path, { text, give });
  madeOf += text.length - (last?.text.length ?? 0);
  for (const [oldest, { text: gone }] of made) {
    if (madeOf <= MOST_MADE) break;
    made.delete(oldest);
    madeOf -= gone.length;
  }
  return give();
}

function outcomeOf<T>(make: () => T): () => T {
  try {
    const value = make();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

function isPlain(value: unknown): value is Wire {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What cannot be read is a reason to fail only where a secret is missing: it need not be there. */
async function readDotEnv(folder: string, owner: Owner): Promise<{ readonly values: Env; readonly unread: string }> {
  try {
    const path = join(folder, ".env");
    const file = await readWhole(path, LARGEST_ENV, owner);
    return { values: file === null ? {} : once<Env>(path, file.text, parseEnv), unread: "" };
  } catch (error) {
    return { values: {}, unread: `, and ${messageOf(error)}` };
  }
}

/** `env: { NAME: … }` and `env: { vars: { NAME: … } }` of openclaw.json. */
function inlineEnv(value: unknown): Env {
  const env = record(value);
  const entries = [...Object.entries(env), ...Object.entries(record(env.vars))];
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

function openclawsOf(env: Env): Env {
  return Object.fromEntries(Object.entries(env).filter(([name, value]) => name.startsWith("OPENCLAW_") && value !== undefined && value !== ""));
}

function needsConfiguration(message: string, cause?: unknown): SourceProblem {
  return new SourceProblem("needs_configuration", message, {
    help: `Give its folder, address and token in config.json: ${folderExample}`,
    ...(cause !== undefined && { cause }),
  });
}

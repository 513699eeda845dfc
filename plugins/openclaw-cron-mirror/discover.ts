/** Finds the OpenClaw instances of this machine and of the configuration. */
import { lstat, opendir, realpath } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { messageOf, SourceProblem } from "loom-gateway";
import { parseAddress, whyNoGatewayUrl, type Config, type ConfiguredInstance } from "./config.ts";
import { credentialsFrom, type Credentials } from "./credentials.ts";
import { realFolder } from "./files/realFolder.ts";
import { peerOwner } from "./owner.ts";
import { folderExample, settingExample } from "./problems.ts";
import type { SocketEnds } from "./rpc.ts";
import { readStateFolder, type Env, type StateFolder } from "./stateFolder.ts";

/** How to reach a gateway now; read anew for each attempt, since ports and tokens change. */
export interface Endpoint {
  readonly url: string;
  readonly credentials: Credentials;
  /** Set for addresses that nobody configured: throws unless the other end may be given the credentials. */
  readonly prove?: (ends: SocketEnds) => Promise<void>;
}

export interface Instance {
  /** The real path of the state folder; the address, where no folder is known. */
  readonly identity: string;
  /** The path or address under which it was looked for, wherever that leads. */
  readonly foundAt: string;
  readonly label: string;
  /** A person has named it, in the settings or the environment. */
  readonly isNamed: boolean;
  /** A person has named it, or OpenClaw itself takes it: others that are found share a room. */
  readonly hasOwnRoom: boolean;
  /** Reads what its state folder says now; null where no folder is known. */
  readonly folder: (() => Promise<StateFolder>) | null;
  /** Where it is, as far as that is known without its credentials. */
  address(): Promise<string | null>;
  endpoint(): Promise<Endpoint>;
}

/** What the search may look at. */
export interface Surroundings {
  readonly env: Env;
  readonly home: string;
}

/** Each found folder is a source that is read on and on, and anybody who may write there can make one. A person can name more. */
const MOST_FOUND = 10;
/** So many names in the home folder are looked through, again and again: whoever may write there can make millions. */
const MOST_NAMES = 20_000;
const NAMES_AT_ONCE = 1_000;

/** Files of a state folder that OpenClaw leaves behind even without an `openclaw.json`. It is not listed: it may hold millions of others. */
const marks = ["openclaw.json", "state", "cron"];

/** All instances that can be told apart; a folder and an address that are one gateway are given once. */
export async function findInstances(config: Config, around: Surroundings): Promise<Instance[]> {
  const found = await Promise.all([
    ...config.instances.map((instance) => configured(instance, around)),
    ...(config.detect ? [fromEnvironment(around), ...(await foldersOf(around)).map((folder) => detected(folder, around))] : []),
  ]);
  return distinct(found.filter((instance) => instance !== null));
}

/** The folder that OpenClaw itself would take, for the notice that says so. */
export function defaultFolder(around: Surroundings): string {
  const profile = set(around.env.OPENCLAW_PROFILE);
  const name = profile !== undefined && profile !== "default" ? `.openclaw-${profile}` : ".openclaw";
  return expand(set(around.env.OPENCLAW_STATE_DIR) ?? join(baseOf(around), name), around.home);
}

/** That folder, and beside it in the home folder one for each profile. */
async function foldersOf(around: Surroundings): Promise<string[]> {
  const base = expand(baseOf(around), around.home);
  const profiles = (await profilesIn(base)).map((name) => join(base, name));
  return [...new Set([defaultFolder(around), ...profiles.toSorted()])].slice(0, MOST_FOUND);
}

async function profilesIn(folder: string): Promise<string[]> {
  const profiles: string[] = [];
  let left = MOST_NAMES;
  try {
    for await (const { name } of await opendir(folder, { bufferSize: NAMES_AT_ONCE })) {
      if (/^\.openclaw(-.+)?$/.test(name)) profiles.push(name);
      if (--left === 0) break;
    }
  } catch {
    // It cannot be read, or no further: there are those that were found.
  }
  return profiles;
}

function baseOf({ env, home }: Surroundings): string {
  return set(env.OPENCLAW_HOME) ?? home;
}

async function configured(instance: ConfiguredInstance, around: Surroundings): Promise<Instance> {
  const { url, token, password } = instance;
  const given = credentialsFrom(token, password);
  const path = instance.stateDir === undefined ? null : expand(instance.stateDir, around.home);
  const real = path === null ? null : await realpath(path).catch(() => path);
  // Followed anew each time: where it leads may have changed.
  const read = () => stateFolderAt(path!, (folder) => join(folder, "openclaw.json"), around.env, false);
  return {
    identity: real ?? url!,
    foundAt: path ?? url!,
    label: instance.name ?? "OpenClaw",
    isNamed: true,
    hasOwnRoom: true,
    folder: real === null ? null : read,
    address: async () => url ?? (await read()).url,
    async endpoint() {
      if (real === null) return { url: url!, credentials: given };
      const folder = await read();
      const credentials = given ?? folder.credentials();
      // An address that a person wrote down needs no proof: the token goes where they said.
      return url === undefined ? proven(real, folder, credentials) : { url, credentials };
    },
  };
}

/** OpenClaw's own variables for clients: an address there is a configured one, and takes no token from any folder. */
function fromEnvironment({ env }: Surroundings): Instance | null {
  const url = set(env.OPENCLAW_GATEWAY_URL);
  const credentials = credentialsFrom(set(env.OPENCLAW_GATEWAY_TOKEN), set(env.OPENCLAW_GATEWAY_PASSWORD));
  if (url === undefined) return null;
  return {
    identity: url,
    foundAt: url,
    label: "OpenClaw",
    isNamed: true,
    hasOwnRoom: true,
    folder: null,
    address: () => Promise.resolve(url),
    async endpoint() {
      const wrong = whyNoGatewayUrl(url);
      if (wrong !== null) throw new SourceProblem("needs_configuration", `OPENCLAW_GATEWAY_URL cannot be used. ${wrong}`);
      if (credentials === null) throw new SourceProblem("needs_configuration", "OPENCLAW_GATEWAY_URL is set without OPENCLAW_GATEWAY_TOKEN.", { help: `Set it too, or write into config.json: ${settingExample}` });
      return { url, credentials };
    },
  };
}

/** What the environment says of a gateway (its port, its token, its config file) is for the folder that it names. */
async function detected(folder: string, around: Surroundings): Promise<Instance | null> {
  const areThere = await Promise.all(marks.map((mark) => lstat(join(folder, mark)).then(() => true, () => false)));
  if (!areThere.includes(true)) return null;
  const real = await realpath(folder).catch(() => folder);
  const ambient = folder === defaultFolder(around);
  const named = ambient ? set(around.env.OPENCLAW_CONFIG_PATH) : undefined;
  const configFile = (at: string): string => (named === undefined ? join(at, "openclaw.json") : expand(named, around.home));
  const read = () => stateFolderAt(folder, configFile, around.env, ambient);
  return {
    identity: real,
    foundAt: folder,
    label: labelOf(folder),
    isNamed: false,
    hasOwnRoom: ambient,
    folder: read,
    address: async () => (await read()).url,
    async endpoint() {
      const folder = await read();
      return proven(real, folder, folder.credentials());
    },
  };
}

async function stateFolderAt(path: string, configFile: (folder: string) => string, env: Env, ambient: boolean): Promise<StateFolder> {
  const folder = await realFolder(path).catch((error: unknown) => {
    throw new SourceProblem("needs_configuration", `The state folder ${path} cannot be read: ${messageOf(error)}.`, { help: `Name the folder itself in config.json: ${settingExample}`, cause: error });
  });
  return readStateFolder(folder, configFile(folder.path), env, ambient);
}

/** Told apart by the profile, else by the folder's own name. */
function labelOf(folder: string): string {
  const name = basename(folder).replace(/^\.?openclaw-?/i, "");
  return name === "" ? "OpenClaw" : `OpenClaw ${name}`;
}

function proven(path: string, folder: StateFolder, credentials: Credentials): Endpoint {
  const url = folder.localUrl();
  return { url, credentials, prove: (ends) => mustBelongTo(folder.ownerUid, ends, path, url) };
}

/** The token is for whoever owns the folder, and a port can be anybody's. Throws unless the peer's owner is that one. */
export async function mustBelongTo(ownerUid: number, ends: SocketEnds, path: string, url: string): Promise<void> {
  const uid = await peerOwner(ends);
  if (uid === ownerUid) return;
  const whose = uid === null ? "nobody can tell whose program answers there" : `a program of user ${uid} answers there, and the folder is user ${ownerUid}'s`;
  throw new SourceProblem("needs_configuration", `OpenClaw was found in ${path}, but the token was not sent to ${url}: ${whose}.`, {
    help: `If that is your gateway, say so in config.json: ${folderExample}`,
  });
}

/**
 * One gateway may be found twice: by its folder, and by an address that leads to the same place. Two folders are two. Where a gateway
 * listens its folder says itself, so one that says the place of another is taken for that one only where it has the same secret.
 */
async function distinct(instances: readonly Instance[]): Promise<Instance[]> {
  const kept: (Instance & { readonly place: string })[] = [];
  for (const instance of instances) {
    if (kept.some(({ identity }) => identity === instance.identity)) continue;
    const address = await instance.address().catch(() => null);
    const place = address === null ? instance.identity : placeOf(address);
    const at = kept.findIndex((other) => other.place === place && isAddress(other.identity) !== isAddress(instance.identity));
    const other = kept[at];
    const isOne = other !== undefined && (await haveOneSecret(other, instance));
    // The folder stays the same when ports change, so it is the identity; the configured way in stays the way in.
    if (isOne && isAddress(other.identity)) kept[at] = { ...other, identity: instance.identity, folder: instance.folder };
    // A folder that was found, and says the place of what a person has named, is left out.
    else if (!isOne && (other === undefined || instance.isNamed)) kept.push({ ...instance, place });
  }
  return kept.map((instance, at) => {
    const isTaken = kept.slice(0, at).some(({ label }) => label === instance.label);
    return isTaken ? { ...instance, label: `${instance.label} (${instance.identity})` } : instance;
  });
}

async function haveOneSecret(...instances: readonly Instance[]): Promise<boolean> {
  const [one, other] = await Promise.all(instances.map((instance) => instance.endpoint().then(({ credentials }) => credentials, () => null)));
  return one !== null && isDeepStrictEqual(one, other);
}

function isAddress(identity: string): boolean {
  return /^wss?:/.test(identity);
}

function placeOf(address: string): string {
  const url = parseAddress(address);
  if (url === null) return address;
  const host = ["localhost", "[::1]"].includes(url.hostname) ? "127.0.0.1" : url.hostname;
  return `${host}:${url.port || (url.protocol === "wss:" ? "443" : "80")}`;
}

/** OpenClaw takes blank values and these two words for unset. */
function set(value: string | undefined): string | undefined {
  const trimmed = value?.trim();
  return trimmed === undefined || ["", "undefined", "null"].includes(trimmed) ? undefined : trimmed;
}

function expand(path: string, home: string): string {
  return resolve(path.replace(/^~(?=$|\/)/, home));
}

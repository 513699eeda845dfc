/** Finds the OpenClaw instances of this machine and of the configuration. */
import { readdir, realpath } from "node:fs/promises";
import { join, resolve } from "node:path";
import { SourceProblem } from "loom-gateway";
import { whyNoGatewayUrl, type Config, type ConfiguredInstance } from "./config.ts";
import { peerOwner } from "./owner.ts";
import { settingExample } from "./problems.ts";
import type { Credentials, SocketEnds } from "./rpc.ts";
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
  readonly label: string;
  endpoint(): Promise<Endpoint>;
}

/** What the search may look at. */
export interface Surroundings {
  readonly env: Env;
  readonly home: string;
}

/** Files of a state folder that OpenClaw leaves behind even without an `openclaw.json`. */
const marks = ["openclaw.json", "state", "cron"];

/** All instances that can be told apart; a folder and an address that are one gateway are given once. */
export async function findInstances(config: Config, around: Surroundings): Promise<Instance[]> {
  const found = await Promise.all([
    ...config.instances.map((instance) => configured(instance, around)),
    ...(config.detect ? [fromEnvironment(around), detected(around)] : []),
  ]);
  return distinct(found.filter((instance) => instance !== null));
}

/** Where `detected` looks, for the notice that says so. */
export function defaultFolder({ env, home }: Surroundings): string {
  const base = set(env.OPENCLAW_HOME) ?? home;
  const profile = set(env.OPENCLAW_PROFILE);
  return expand(set(env.OPENCLAW_STATE_DIR) ?? join(base, profile && profile !== "default" ? `.openclaw-${profile}` : ".openclaw"), home);
}

async function configured(instance: ConfiguredInstance, around: Surroundings): Promise<Instance | null> {
  const { url, token, password } = instance;
  const given: Credentials = token !== undefined ? { token } : password !== undefined ? { password } : null;
  const path = instance.stateDir === undefined ? null : expand(instance.stateDir, around.home);
  const real = path === null ? null : await realpath(path).catch(() => path);
  return {
    identity: real ?? url!,
    label: instance.name ?? "OpenClaw",
    async endpoint() {
      if (real === null) return { url: url!, credentials: given };
      const folder = await readStateFolder(real, join(real, "openclaw.json"), around.env, false);
      const credentials = given ?? folder.credentials();
      // An address that a person wrote down needs no proof: the token goes where they said.
      return url === undefined ? proven(real, folder, credentials) : { url, credentials };
    },
  };
}

/** OpenClaw's own variables for clients: an address there is a configured one, and takes no token from any folder. */
async function fromEnvironment({ env }: Surroundings): Promise<Instance | null> {
  const url = set(env.OPENCLAW_GATEWAY_URL);
  const token = set(env.OPENCLAW_GATEWAY_TOKEN);
  const password = set(env.OPENCLAW_GATEWAY_PASSWORD);
  if (url === undefined) return null;
  return {
    identity: url,
    label: "OpenClaw",
    async endpoint() {
      const wrong = whyNoGatewayUrl(url);
      if (wrong !== null) throw new SourceProblem("needs_configuration", `OPENCLAW_GATEWAY_URL cannot be used. ${wrong}`);
      return { url, credentials: token !== undefined ? { token } : password !== undefined ? { password } : null };
    },
  };
}

async function detected(around: Surroundings): Promise<Instance | null> {
  const folder = defaultFolder(around);
  const names: string[] = await readdir(folder).catch(() => []);
  if (!marks.some((mark) => names.includes(mark))) return null;
  const real = await realpath(folder).catch(() => folder);
  const configFile = set(around.env.OPENCLAW_CONFIG_PATH);
  return {
    identity: real,
    label: "OpenClaw",
    async endpoint() {
      const folder = await readStateFolder(real, configFile === undefined ? join(real, "openclaw.json") : expand(configFile, around.home), around.env, true);
      return proven(real, folder, folder.credentials());
    },
  };
}

function proven(path: string, folder: StateFolder, credentials: Credentials): Endpoint {
  const url = folder.address();
  return { url, credentials, prove: (ends) => mustBelongTo(folder.ownerUid, ends, path, url) };
}

/** The token is for whoever owns the folder, and a port can be anybody's. Throws unless the peer's owner is that one. */
export async function mustBelongTo(ownerUid: number, ends: SocketEnds, path: string, url: string): Promise<void> {
  const uid = await peerOwner(ends);
  if (uid === ownerUid) return;
  const whose = uid === null ? "nobody can tell whose program answers there" : `a program of user ${uid} answers there, and the folder is user ${ownerUid}'s`;
  throw new SourceProblem("needs_configuration", `OpenClaw was found in ${path}, but the token was not sent to ${url}: ${whose}.`, {
    help: `If that is your gateway, say so in config.json: ${settingExample}`,
  });
}

/** One gateway may be found twice: by its folder, and by an address that leads to the same place. */
async function distinct(instances: readonly Instance[]): Promise<Instance[]> {
  const byIdentity = new Map<string, Instance>();
  for (const instance of instances) if (!byIdentity.has(instance.identity)) byIdentity.set(instance.identity, instance);
  const addresses = new Map<string, Instance>();
  for (const instance of byIdentity.values()) {
    const address = await instance.endpoint().then((endpoint) => addressKey(endpoint.url), () => instance.identity);
    const earlier = addresses.get(address);
    // The folder is the better name for it, the configured way the better way to it.
    if (!earlier) addresses.set(address, instance);
    else if (isAddress(earlier.identity) && !isAddress(instance.identity)) addresses.set(address, { ...earlier, identity: instance.identity, label: earlier.label });
  }
  return [...addresses.values()];
}

function isAddress(identity: string): boolean {
  return /^wss?:/.test(identity);
}

function addressKey(url: string): string {
  const { hostname, port, protocol } = new URL(url);
  return `${hostname === "localhost" || hostname === "[::1]" ? "127.0.0.1" : hostname}:${port || (protocol === "wss:" ? "443" : "80")}`;
}

/** OpenClaw takes blank values and these two words for unset. */
function set(value: string | undefined): string | undefined {
  const trimmed = value?.trim();
  return trimmed === undefined || ["", "undefined", "null"].includes(trimmed) ? undefined : trimmed;
}

function expand(path: string, home: string): string {
  return resolve(path.replace(/^~(?=$|\/)/, home));
}

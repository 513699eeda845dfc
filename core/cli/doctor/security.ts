import { realpath, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import semver from "semver";
import type { Clock } from "../../clock/clock.ts";
import { LOOPBACK } from "../../config/addresses.ts";
import { loadConfig, type LoadedConfig } from "../../config/load.ts";
import { messageOf } from "../../errors/loomError.ts";
import type { AuditView, TokenView } from "../../http/accessSchemas.ts";
import type { PluginView } from "../../http/schemas.ts";
import { ownFile } from "../../ownFiles.ts";
import { whoElseMayWrite, writableByOthers } from "../../writableByOthers.ts";
import { connect } from "../client.ts";
import { runningGateway } from "../runningGateway.ts";
import { finding, type Finding } from "./finding.ts";
import { examineHome } from "./home.ts";

const DAY_MS = 86_400_000;
/** Where code of people's own lies in a home. */
const CODE = ["plugins", "workflows", "operations"] as const;
/** So many of the newest changes are looked through. */
const MOST_CHANGES = 1_000;
/** Refused changes are told of for so long. */
const RECENT_MS = 7 * DAY_MS;
/** Node's security releases of 21 October 2026: the newest that mended what others can make use of. */
const SAFE_NODE = "^24.22.1 || >=26.12.1";
/** Ranges that hold more addresses than a proxy can have. */
const WIDEST_PROXY = { 4: 24, 6: 64 } as const;

/** What Loom's safety depends on and a person has chosen, or may have overlooked. Changes nothing. */
export async function examineSecurity(home: string, env: NodeJS.ProcessEnv, clock: Clock): Promise<Finding[]> {
  const config = await loadConfig({ home, env }).then((loaded) => loaded.config, () => null);
  return [
    ...(await examineHome(home, env)),
    examineNode(process.versions.node),
    examineUser(process.getuid?.()),
    await examineCode(fileURLToPath(ownFile("."))),
    ...(await examineFolders(home)),
    ...(config ? [...examineDoor(config), ...examineReach(config)] : []),
    ...(await examineAccess(home, clock)),
  ];
}

/** @param version of the Node that runs this */
export function examineNode(version: string): Finding {
  if (semver.satisfies(version, SAFE_NODE, { includePrerelease: true })) return finding("ok", `Node ${version} has the security releases that Loom knows of`);
  return finding("warning", `Node ${version} has faults that were mended since, one of which lets others in (CVE-2026-111497)`, "Run Loom with Node 24.22.1 or a later 24, or with 26.12.1 or later.", "Loom's own requests stay clear of that one; those that code makes by `fetch` of Node's do not.");
}

export function examineUser(uid: number | undefined): Finding {
  if (uid !== 0) return finding("ok", "Loom is not run by root");
  return finding("warning", "You are root, and so would be plugins, workflows and the programs that they run", "Run Loom as the user whose jobs it watches.");
}

/** @param folder where Loom's own code lies */
export async function examineCode(folder: string): Promise<Finding> {
  const own = await realpath(folder);
  const others = await whoElseMayWrite(own);
  if (others !== null) return finding("error", `Others may change Loom's own code: ${others}`, "Make it yours or root's alone: chmod go-w and the right owner.");
  const packages = await packagesOfOthers(own);
  if (packages === null) return finding("ok", "Nobody else may change Loom's own code");
  return finding("error", `Node looks for missing packages in ${packages} too, and it is not yours alone`, "Remove it, or keep Loom in a folder below which nobody else may make one.");
}

/** Folders of code that are links out of the home, to where others may write. */
export async function examineFolders(home: string): Promise<Finding[]> {
  const found = CODE.map(async (name) => {
    const real = await realpath(join(home, name)).catch(() => null);
    const others = real === null || real === join(await realpath(home), name) ? null : await whoElseMayWrite(real);
    return others === null ? [] : [finding("error", `${join(home, name)} leads to where others may put code that runs as you: ${others}`, "Make that folder and those above it yours alone: chmod go-w and the right owner.")];
  });
  return (await Promise.all(found)).flat();
}

/** A folder of packages above `folder` that others may write. */
async function packagesOfOthers(folder: string): Promise<string | null> {
  for (let parent = folder; ; parent = dirname(parent)) {
    const packages = join(parent, "node_modules");
    const there = await stat(packages).catch(() => null);
    if (there && writableByOthers(there) !== null) return packages;
    if (dirname(parent) === parent) return null;
  }
}

/** From where Loom can be reached. */
export function examineDoor({ host, proxy }: LoadedConfig["config"]): Finding[] {
  if (!proxy) return [finding("ok", `Only this machine reaches Loom (${host})`)];
  const wide = proxy.from.filter((entry) => {
    const [network, prefix] = entry.split("/") as [string, string?];
    return prefix !== undefined && Number(prefix) < WIDEST_PROXY[network.includes(":") ? 6 : 4];
  });
  return [
    finding("info", `Others reach Loom as ${proxy.origin}, through a proxy at ${proxy.from.join(", ")}`, LOOPBACK.includes(host) ? null : `It listens on ${host}: what lies between that and the proxy is plain HTTP.`),
    ...wide.map((entry) => finding("warning", `proxy.from takes all of ${entry} for the proxy`, "Name its own address.")),
  ];
}

/** What code of workflows can reach and gets to see. */
export function examineReach({ egress, isolation }: LoadedConfig["config"]): Finding[] {
  const found = egress.allow.map((entry) =>
    entry.endsWith("/0")
      ? finding("warning", `Requests of workflows may go anywhere, to ${entry}: to this machine and to the addresses of clouds that hand out credentials too`, "Allow the addresses that they need, with their ports.")
      : finding("info", `Requests of workflows may go to ${entry}, which need not be public`),
  );
  const all = isolation.programEnv.filter((name) => /^[A-Za-z]?\*$/.test(name) || name === "*");
  found.push(...all.map((name) => finding("warning", `Programs of workflows get every variable like ${name}, and so secrets that they did not ask for`, "Name the variables that they need.")));
  return found.length > 0 ? found : [finding("ok", "Requests of workflows go to public addresses alone")];
}

/** Who has credentials, and who tried what they may not: asked of the running gateway. */
async function examineAccess(home: string, clock: Clock): Promise<Finding[]> {
  if (!runningGateway(home)) return [finding("info", "The gateway is not running, so tokens, plugins and the audit log were not looked at", "Start it with `loom start`.")];
  try {
    const client = connect(home);
    const [tokens, audit, plugins] = await Promise.all([client.list<TokenView>("tokens"), client.list<AuditView>("audit", {}, MOST_CHANGES), client.list<PluginView>("plugins")]);
    return [...examineTokens(tokens, clock.now()), ...examineAudit(audit, clock.now()), ...examinePlugins(plugins)];
  } catch (error) {
    return [finding("error", messageOf(error))];
  }
}

export function examineTokens(tokens: readonly TokenView[], now: number): Finding[] {
  const inUse = tokens.filter(({ revokedAt, expiresAt }) => revokedAt === null && (expiresAt === null || Date.parse(expiresAt) > now));
  const wide = inUse.filter(({ role, scope, expiresAt }) => role === "admin" && scope === null && expiresAt === null);
  if (wide.length === 0) return [finding("ok", inUse.length === 0 ? "There are no tokens besides that of the home" : `${inUse.length} tokens besides that of the home, each with an end, a scope or a lower role than admin`)];
  return wide.map(({ id, name }) => finding("warning", `The token ${name} may do everything, for ever`, `\`loom tokens revoke ${id}\`, and make one with a role, a scope or an end: \`loom tokens add --help\`.`));
}

export function examineAudit(entries: readonly AuditView[], now: number): Finding[] {
  const refused = entries.filter(({ at, result }) => result === "FORBIDDEN" && now - Date.parse(at) < RECENT_MS);
  // Somebody may have made so many changes to put others out of sight.
  const all = entries.length < MOST_CHANGES || now - Date.parse(entries.at(-1)!.at) >= RECENT_MS;
  const when = all ? "in the last seven days" : `among the newest ${MOST_CHANGES} changes`;
  if (refused.length === 0) return [finding(all ? "ok" : "info", `Nobody has tried what they may not ${when}`, all ? null : "`loom audit` lists those before them.")];
  const who = [...new Set(refused.map(({ who, peer }) => `${who} from ${peer}`))];
  return [finding("warning", `${refused.length} changes were refused ${when} for lack of the right: ${who.join(", ")}`, "`loom audit` lists them.")];
}

/** Code that runs in the gateway's own process, and did not come with it. */
export function examinePlugins(plugins: readonly PluginView[]): Finding[] {
  const foreign = plugins.filter(({ root, state }) => root !== "shipped" && state !== "disabled");
  if (foreign.length === 0) return [finding("ok", "No plugins but those that come with Loom")];
  return foreign.map(({ id, root, overrides }) => finding("info", `The plugin ${id} (${root === "home" ? "yours" : "an npm package"}) runs in the gateway's process and may do what you may`, overrides === null ? null : `It takes the place of the one that comes from ${overrides}.`));
}

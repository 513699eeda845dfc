/**
 * Installs real OpenClaw versions, each with the Node that it asks for, into the component cache.
 * `node test/support/openclawInstall.ts [version …]` does it ahead of time, for CI.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { componentFolder, installOnce, isInstalled } from "./componentCache.ts";

/** `node`: null where the project's own will do. `overrides`: mends for dependencies that npm no longer finds. */
const recipes = {
  "2026.9.6": { node: null, overrides: {} },
  "2026.6.11": { node: "22.23.3", overrides: { linkedom: "0.18.12" } },
  "2026.4.15": { node: "22.23.3", overrides: { linkedom: "0.18.12", libsignal: "file:./nothing" } },
} as const;

export type OpenClawVersion = keyof typeof recipes;
/** Those that Loom reads through their gateway. */
export const openClawVersions = ["2026.9.6", "2026.6.11"] as const satisfies readonly OpenClawVersion[];
/** One that Loom reads from its files. */
export const olderOpenClaw = "2026.4.15" satisfies OpenClawVersion;

/** The program and first argument that run this version; installs it when it is not there yet (about a minute). */
export async function openClawCommand(version: OpenClawVersion): Promise<readonly [node: string, script: string]> {
  if (!isInstalled(componentName(version))) await installInChild(version);
  const modules = join(componentFolder(componentName(version)), "node_modules");
  const node = recipes[version].node === null ? process.execPath : join(modules, nodePackage, "bin", "node");
  return [node, join(modules, "openclaw", "openclaw.mjs")];
}

const nodePackage = `node-${process.platform}-${process.arch}`;
const componentName = (version: OpenClawVersion): string => `openclaw-${version}`;

/** In a process of its own: waiting for another installer's lock would stop the event loop. */
async function installInChild(version: OpenClawVersion): Promise<void> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), version], { stdio: ["ignore", "ignore", "inherit"] });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`OpenClaw ${version} could not be installed; npm's words are above`);
}

function install(version: OpenClawVersion): string {
  return installOnce(componentName(version), (folder) => {
    const { node, overrides } = recipes[version];
    const dependencies = { openclaw: version, ...(node !== null && { [nodePackage]: node }) };
    // Stands for a package of a chat channel that is to be had from GitHub only; cron does without it.
    mkdirSync(join(folder, "nothing"));
    writeFileSync(join(folder, "nothing", "package.json"), JSON.stringify({ name: "nothing", version: "0.0.0" }));
    writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, dependencies, overrides }, null, 2));
    // Nothing that cron needs is built by install scripts, so none of 330 packages has to be trusted with one.
    const args = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
    execFileSync("npm", args, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  });
}

if (import.meta.main) {
  const asked = process.argv.slice(2);
  for (const version of Object.keys(recipes) as OpenClawVersion[]) {
    if (asked.length === 0 || asked.includes(version)) console.log(install(version));
  }
}

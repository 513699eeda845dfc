/**
 * `npm test [-- --unit] [-- <vitest arguments>]`: gets what the tests need, checks types, lints, tests.
 * Nothing is skipped: what is missing and cannot be had ends the run.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "../core/clock/system.ts";
import { debianPackages, obtainPackages } from "./support/debian.ts";

const repository = fileURLToPath(new URL("..", import.meta.url));
const started = systemClock.mono();
const done: string[] = [];

const { unit, rest } = readArguments(process.argv.slice(2));
if (!unit) {
  part("Debian packages", installDebianPackages);
  part("OpenClaw", () => node("test/support/openclawInstall.ts"));
}
if (rest.length === 0) {
  part("types", () => node("node_modules/typescript/bin/tsc", "-p", repository));
  part("lint", () => node("node_modules/oxlint/bin/oxlint"));
}
part("tests", () => node("node_modules/vitest/vitest.mjs", "run", ...(unit ? ["--project", "unit"] : []), ...rest));
console.log(`\nPassed: ${done.join(", ")}; ${seconds(started)} s in all.`);

/** `--unit` runs only the tests that need no component; any argument for vitest leaves out type check and lint. */
function readArguments(args: readonly string[]): { unit: boolean; rest: string[] } {
  return { unit: args.includes("--unit"), rest: args.filter((arg) => arg !== "--unit") };
}

function installDebianPackages(): boolean {
  const obstacle = obtainPackages(debianPackages);
  if (obstacle !== null) console.error(`The tests cannot begin: ${obstacle}`);
  return obstacle === null;
}

/** Does one part of the run; when it fails, the run ends and says where. */
function part(name: string, work: () => boolean): void {
  const begun = systemClock.mono();
  console.log(`\n── ${name}`);
  if (!work()) {
    console.error(`\nFailed: ${name}${done.length > 0 ? ` (passed before: ${done.join(", ")})` : ""}.`);
    process.exit(1);
  }
  done.push(`${name} ${seconds(begun)} s`);
}

function node(script: string, ...args: string[]): boolean {
  return spawnSync(process.execPath, [join(repository, script), ...args], { cwd: repository, stdio: "inherit" }).status === 0;
}

function seconds(since: number): string {
  return ((systemClock.mono() - since) / 1000).toFixed(1);
}

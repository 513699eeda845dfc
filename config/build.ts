/**
 * Makes `dist/`, what the published package holds: the repository's own layout with JavaScript in place of TypeScript,
 * type declarations of the public entries, and no tests.
 */
import { spawnSync } from "node:child_process";
import { cpSync, rmSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("..", import.meta.url));
const dist = join(repository, "dist");

rmSync(dist, { recursive: true, force: true });
compile("config/tsconfig.build.json");
compile("config/tsconfig.types.json");
for (const folder of ["core", "plugins", "workflows", "operations", "public"]) {
  cpSync(join(repository, folder), join(dist, folder), { recursive: true, filter: isShipped });
}
cpSync(join(repository, "config"), join(dist, "config"), { recursive: true, filter: isSetting });

function compile(project: string): void {
  const { status } = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", project], { cwd: repository, stdio: "inherit" });
  if (status !== 0) process.exit(1);
}

/** Everything that is neither TypeScript nor a test. */
function isShipped(path: string): boolean {
  const parts = relative(repository, path).split("/");
  return !parts.some((part) => part === "test" || part === "canary" || part === "node_modules") && !/\.ts$|\.test\.[a-z]+$/.test(path);
}

function isSetting(path: string): boolean {
  const name = relative(join(repository, "config"), path);
  return name === "" || (name.endsWith(".json") && !name.startsWith("tsconfig") && !name.includes("/") && statSync(path).isFile());
}

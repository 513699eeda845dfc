/**
 * Real programs that the tests run against are installed once into a cache outside the repository:
 * LOOM_TEST_CACHE, else `$XDG_CACHE_HOME/loom-test`, else `~/.cache/loom-test`.
 */
import Database from "better-sqlite3";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** The cache folder's path; it may not exist yet. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return env.LOOM_TEST_CACHE || join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "loom-test");
}

/** Where a component lies once it is whole. */
export function componentFolder(name: string): string {
  return join(cacheFolder(), name);
}

export function isInstalled(name: string): boolean {
  return existsSync(componentFolder(name));
}

/**
 * Builds a component unless it is there. Blocks while another process builds, so call it from a process of its own.
 * A build that dies half-way leaves nothing that looks whole: it works in a side folder, renamed when complete.
 * @param name folder name; it should hold the version, since what is there is never built again
 * @param build fills the given empty folder
 * @returns the component's folder
 */
export function installOnce(name: string, build: (folder: string) => void): string {
  const target = componentFolder(name);
  if (existsSync(target)) return target;
  mkdirSync(cacheFolder(), { recursive: true });
  using _lock = lock(join(cacheFolder(), `${name}.lock`));
  if (existsSync(target)) return target;
  const side = `${target}.partial`;
  rmSync(side, { recursive: true, force: true });
  mkdirSync(side);
  build(side);
  renameSync(side, target);
  return target;
}

/** An exclusive transaction is a lock that the operating system frees when its holder dies. */
function lock(file: string): Disposable {
  const database = new Database(file, { timeout: 10 * 60_000 });
  database.exec("BEGIN EXCLUSIVE");
  return { [Symbol.dispose]: () => database.close() };
}

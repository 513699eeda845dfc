import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { installOnce } from "./componentCache.ts";

const name = "@dbos-inc/dbos-sdk";
export const dbosVersion = "5.3.0";

/** The part of DBOS Transact that a bench uses. */
export interface Dbos {
  setConfig(config: { readonly name: string; readonly systemDatabaseUrl: string; readonly runAdminServer: boolean; readonly logLevel: string }): void;
  launch(): Promise<void>;
  shutdown(): Promise<void>;
  registerWorkflow(work: () => Promise<void>, options: { readonly name: string }): () => Promise<void>;
  runStep(work: () => Promise<null>, options: { readonly name: string }): Promise<null>;
}

/** Has npm install DBOS Transact into the component cache unless it is there (a few seconds, blocking); gives its folder. */
export function installDbos(): string {
  return installOnce(`dbos-${dbosVersion}`, (folder) => {
    writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, dependencies: { [name]: dbosVersion } }));
    execFileSync("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"], { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  });
}

/** @param folder where it was installed */
export function loadDbos(folder: string): Dbos {
  return (createRequire(join(folder, "package.json"))(name) as { readonly DBOS: Dbos }).DBOS;
}

import { obtainPackages } from "../support/debian.ts";
import { dbosVersion, installDbos, loadDbos } from "../support/dbosInstall.ts";
import { postgresPackage, startPostgres } from "../support/postgres.ts";

export const peerName = `DBOS Transact ${dbosVersion} on Postgres 15`;

/** A peer's durable workflow. */
export interface DbosChain extends AsyncDisposable {
  /** Runs it once, to its end. */
  run(): Promise<void>;
}

/** Installs DBOS and the Postgres that it needs; gives DBOS's folder, or the reason why this machine cannot have them. */
export function obtainDbos(): { readonly folder: string } | { readonly missing: string } {
  const missing = obtainPackages([postgresPackage]);
  if (missing !== null) return { missing };
  try {
    return { folder: installDbos() };
  } catch {
    return { missing: "npm could not install it; its words are above" };
  }
}

/** A chain of this many steps that do nothing, on a Postgres of its own, with DBOS's own defaults. Once in a process. */
export async function openDbosChain(folder: string, steps: number): Promise<DbosChain> {
  const dbos = loadDbos(folder);
  await using stack = new AsyncDisposableStack();
  const postgres = stack.use(await startPostgres());
  const chain = dbos.registerWorkflow(async () => {
    for (let n = 0; n < steps; n++) await dbos.runStep(async () => null, { name: `s${n}` });
  }, { name: "chain" });
  // Its admin server would listen beyond loopback.
  dbos.setConfig({ name: "loom-bench", systemDatabaseUrl: postgres.url, runAdminServer: false, logLevel: "error" });
  stack.defer(() => dbos.shutdown());
  await dbos.launch();
  const opened = stack.move();
  return { run: () => chain(), [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

import { execFile, execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { DebianPackage } from "./debian.ts";
import { freePort } from "./freePort.ts";

const programs = "/usr/lib/postgresql/15/bin";

/** What brings the programs; whoever starts a Postgres sees to it first. */
export const postgresPackage: DebianPackage = { name: "postgresql-15", program: join(programs, "postgres") };

/** A real Postgres that listens on loopback alone. Its data are durable as in production, and gone at the end. */
export interface Postgres extends AsyncDisposable {
  /** `postgresql://…`: of the empty database `postgres`, as its superuser. */
  readonly url: string;
}

/** Starts one in a new folder, on a free port; it is there when it takes connections (about a second). */
export async function startPostgres(): Promise<Postgres> {
  const owner = unprivileged();
  const folder = await mkdtemp(join(tmpdir(), "loom-postgres-"));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    if (owner) await chown(folder, owner.uid, owner.gid);
    const [data, password, port] = [join(folder, "data"), randomUUID(), await freePort()];
    const run = { cwd: folder, env: { LC_ALL: "C" }, ...owner };
    const passwordFile = join(folder, "password");
    await writeFile(passwordFile, password, { mode: 0o600 });
    if (owner) await chown(passwordFile, owner.uid, owner.gid);
    await promisify(execFile)(join(programs, "initdb"), ["-D", data, "-U", "loom", "-E", "UTF8", "--auth=scram-sha-256", `--pwfile=${passwordFile}`], run);
    const stop = await serve(data, port, run);
    return {
      url: `postgresql://loom:${password}@127.0.0.1:${port}/postgres`,
      [Symbol.asyncDispose]: () => stop().then(remove),
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Gives what stops it: connections are cut, what is committed is kept. */
async function serve(data: string, port: number, run: object): Promise<() => Promise<void>> {
  const settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=on", "synchronous_commit=on"];
  const child = spawn(postgresPackage.program, ["-D", data, "-p", String(port), ...settings.flatMap((setting) => ["-c", setting])], { ...run, stdio: ["ignore", "ignore", "pipe"] });
  const gone = once(child, "exit");
  const killWithUs = (): void => void child.kill("SIGQUIT");
  process.once("exit", killWithUs);
  child.once("exit", () => process.removeListener("exit", killWithUs));
  await new Promise<void>((resolve, reject) => {
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-10_000);
      if (said.includes("ready to accept connections")) resolve();
    });
    gone.then(() => reject(new Error(`Postgres ended before it was ready:\n${said}`)), reject);
  });
  return async () => {
    child.kill("SIGINT");
    await gone;
  };
}

/** Postgres refuses to run as root: then it runs as the user that its package brings. */
function unprivileged(): { readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const id = (flag: string): number => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

import { readFile, truncate } from "node:fs/promises";
import Sqlite from "better-sqlite3";
import { expect, it } from "vitest";
import { systemClock } from "../../core/clock/system.ts";
import { eventually } from "../support/eventually.ts";
import { makeFolder } from "../support/folder.ts";
import { GatewayProcess } from "../support/gatewayProcess.ts";
import { holdWriteLock } from "../support/writeLock.ts";

/** Less, and more, than the gateway's writes wait for the database. */
const SHORT_MS = 1_500;

it("waits while another program holds the database for a moment, and refuses as busy, with nothing half done, while that goes on", { timeout: 120_000 }, async () => {
  await using home = await makeFolder();
  await using loom = await GatewayProcess.start({ home: home.path });
  await eventually(async () => (await fetch(`${loom.address}/readyz`)).ok, Boolean);

  const brief = holdWriteLock(home.at("loom.db"));
  const waiting = make(loom, "short");
  await systemClock.sleep(SHORT_MS);
  brief.release();
  expect((await waiting).status).toBe(201);

  const long = holdWriteLock(home.at("loom.db"));
  const refused = await make(loom, "long");
  expect([refused.status, Number(refused.headers.get("retry-after")) > 0, await refused.json()]).toMatchObject([503, true, { code: "STORE_BUSY" }]);
  expect((await loom.api("/gateway")).store.trouble).toMatchObject({ code: "STORE_BUSY" });
  expect(await names(loom)).toEqual(["short"]);
  long.release();
  await eventually(async () => (await fetch(`${loom.address}/readyz`)).ok, Boolean);
  expect((await make(loom, "after")).status).toBe(201);
  expect(await names(loom)).toEqual(["after", "short"]);
  const kept = (await loom.all("/audit")).map(({ detail, result }) => [detail?.name, result]);
  expect(kept).toEqual(expect.arrayContaining([["short", "done"], ["after", "done"]]));
  expect(kept.filter(([name]) => name === "long")).toEqual([]);
});

it.each([
  ["STORE_CORRUPT", (file: string) => truncate(file, 20_000)],
  ["STORE_CORRUPT", (file: string) => truncate(file, 4_100)],
  ["SCHEMA_TOO_NEW", async (file: string) => withSqlite(file, (db) => db.pragma("user_version = 9999"))],
] as const)("does not start on a database that it cannot work with, says %s by an exit code of its own, and leaves it as it was", { timeout: 60_000 }, async (code, spoil) => {
  await using home = await makeFolder();
  const file = home.at("loom.db");
  await using loom = await GatewayProcess.start({ home: home.path });
  await loom.kill("SIGTERM");
  await spoil(file);
  const before = await readFile(file);
  await expect(loom.start()).rejects.toThrow(new RegExp(`ended \\(5\\) before it listened:\\n[^]*${code}`));
  expect((await readFile(file)).equals(before)).toBe(true);
});

function make(loom: GatewayProcess, name: string): Promise<Response> {
  const headers = { authorization: `Bearer ${loom.token}`, "content-type": "application/json" };
  return fetch(`${loom.address}/api/loom/tokens`, { method: "POST", headers, body: JSON.stringify({ name }) });
}

async function names(loom: GatewayProcess): Promise<string[]> {
  return (await loom.api("/tokens")).items.map(({ name }: { name: string }) => name).sort();
}

function withSqlite(file: string, work: (db: Sqlite.Database) => void): void {
  const db = new Sqlite(file);
  try {
    work(db);
  } finally {
    db.close();
  }
}

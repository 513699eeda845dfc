import { closeSync, openSync, writeSync } from "node:fs";
import Sqlite from "better-sqlite3";
import { expect, it } from "vitest";
import { makeFolder } from "../../../test/support/folder.ts";
import { FakeClock } from "../../testing/fakeClock.ts";
import type { StoreTrouble } from "../healthContract.ts";
import { LateCheck } from "./check.ts";
import { openSqliteStore } from "./open.ts";

const PAGE_BYTES = 4_096;
const MINUTE = 60_000;

it("finds damage in a database that is too large to be checked at the start, and says so while Loom works", async () => {
  await using folder = await makeFolder();
  const file = folder.at("loom.db");
  await makeLarge(file);
  damage(file, "kv");
  const clock = new FakeClock();
  const store = await openSqliteStore({ file, clock });
  try {
    const { promise: told, resolve } = Promise.withResolvers<StoreTrouble | null>();
    store.health.on(resolve);
    expect(store.health.trouble).toBeNull();
    await clock.advance(MINUTE);
    expect(await told).toMatchObject({ code: "STORE_CORRUPT", message: expect.stringContaining("kv") });
    // What lies elsewhere is stored and read on, and does not make it well.
    await store.events.append({ at: 1, type: "test" });
    expect(await store.events.last()).toBe(1);
    expect(store.health.trouble).toMatchObject({ code: "STORE_CORRUPT" });
  } finally {
    await store.close();
  }
});

it("tells of damage that a read comes upon before", async () => {
  await using folder = await makeFolder();
  const file = folder.at("loom.db");
  await makeLarge(file);
  damage(file, "kv");
  const store = await openSqliteStore({ file, clock: new FakeClock() });
  try {
    await expect(store.kv.get("ballast", "300")).rejects.toMatchObject({ code: "STORE_CORRUPT" });
    expect(store.health.trouble).toMatchObject({ code: "STORE_CORRUPT" });
  } finally {
    await store.close();
  }
});

it("says nothing of a large database that is whole", async () => {
  await using folder = await makeFolder();
  const file = folder.at("loom.db");
  await makeLarge(file);
  const clock = new FakeClock();
  const damages: string[] = [];
  await using check = new LateCheck({ file, busyTimeoutMs: 100, clock, onDamage: (message) => damages.push(message) });
  await clock.advance(MINUTE);
  await check.done();
  expect(damages).toEqual([]);
  damage(file, "kv");
  await using again = new LateCheck({ file, busyTimeoutMs: 100, clock, onDamage: (message) => damages.push(message) });
  await clock.advance(MINUTE);
  await again.done();
  expect(damages).toHaveLength(1);
});

it("is not waited for by a store that closes", async () => {
  await using folder = await makeFolder();
  const file = folder.at("loom.db");
  await makeLarge(file);
  const clock = new FakeClock();
  const store = await openSqliteStore({ file, clock });
  await clock.advance(MINUTE);
  await store.close();
  expect([store.health.trouble, clock.pending]).toEqual([null, 0]);
});

/** More than is checked at the start. */
async function makeLarge(file: string): Promise<void> {
  await (await openSqliteStore({ file })).close();
  const db = new Sqlite(file);
  db.exec("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600) INSERT INTO kv SELECT 'ballast', i, json_quote(hex(randomblob(10000))) FROM n");
  db.close();
}

/** Overwrites every page of a table that leads to its rows but the first. */
function damage(file: string, table: string): void {
  const db = new Sqlite(file, { readonly: true });
  const pages = db.prepare("SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY pageno").pluck().all(table) as number[];
  db.close();
  const handle = openSync(file, "r+");
  for (const page of pages.slice(1)) writeSync(handle, Buffer.alloc(PAGE_BYTES, 0xff), 0, PAGE_BYTES, (page - 1) * PAGE_BYTES);
  closeSync(handle);
}

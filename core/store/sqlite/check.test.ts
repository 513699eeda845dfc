import { expect, it } from "vitest";
import { makeFolder } from "../../../test/support/folder.ts";
import { damage, makeLarge } from "../../../test/support/largeDatabase.ts";
import { FakeClock } from "../../testing/fakeClock.ts";
import type { StoreTrouble } from "../healthContract.ts";
import { LateCheck } from "./check.ts";
import { openSqliteStore } from "./open.ts";

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

import { stat } from "node:fs/promises";
import Sqlite from "better-sqlite3";
import { expect, it } from "vitest";
import { makeFolder } from "../../../test/support/folder.ts";
import type { Store } from "../contract.ts";
import { untilNone } from "../untilNone.ts";
import { openSqliteStore } from "./open.ts";

const MEGABYTE = 2 ** 20;
const VALUES = 40;
const stop = new AbortController().signal;

it("gives the room of what was forgotten back to the disk a little at a time, but for some that is used next, and loses nothing", async () => {
  await using folder = await makeFolder();
  const file = folder.at("loom.db");
  const store = await openSqliteStore({ file });
  await fillAndForget(store);
  const before = (await store.stats()).bytes;
  const pieces: number[] = [];
  const given = await untilNone(stop, async () => {
    const bytes = await store.shrink();
    pieces.push(bytes);
    return bytes;
  });
  const after = (await store.stats()).bytes;
  expect(given).toBe(before - after);
  expect(after).toBeLessThan(before / 3);
  // The last tells that there is no more.
  expect(pieces.length).toBeGreaterThan(2);
  await expect.poll(async () => (await stat(file)).size).toBe(after);
  await store.kv.set("p", "next", "x".repeat(MEGABYTE / 4));
  expect((await store.stats()).bytes).toBe(after);
  await store.close();
  expect((await stat(file)).size).toBe(after);
  await holdsTheRest(file);
});

it("leaves a database that was made without it alone, and a copy of that can do it", async () => {
  await using folder = await makeFolder();
  const [file, copy] = [folder.at("loom.db"), folder.at("copy.db")];
  await (await openSqliteStore({ file })).close();
  const old = new Sqlite(file);
  old.exec("PRAGMA auto_vacuum = NONE; VACUUM");
  old.close();
  const store = await openSqliteStore({ file });
  await fillAndForget(store);
  expect(await store.shrink()).toBe(0);
  await store.backup(copy);
  await store.close();
  expect((await stat(copy)).size).toBeLessThan((await stat(file)).size / 3);
  await holdsTheRest(copy);
  const restored = await openSqliteStore({ file: copy });
  await fillAndForget(restored);
  expect(await restored.shrink()).toBeGreaterThan(0);
  await restored.close();
});

/** Every fifth value stays. */
async function fillAndForget(store: Store): Promise<void> {
  const keys = Array.from({ length: VALUES }, (_, n) => `k${n}`);
  for (const key of keys) await store.kv.set("p", key, key.padEnd(MEGABYTE / 2, "x"));
  for (const [n, key] of keys.entries()) if (n % 5 > 0) await store.kv.delete("p", key);
}

async function holdsTheRest(file: string): Promise<void> {
  const db = new Sqlite(file, { readonly: true });
  expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
  db.close();
  const store = await openSqliteStore({ file });
  for (let n = 0; n < VALUES; n += 5) expect(((await store.kv.get("p", `k${n}`)) as string).startsWith(`k${n}x`)).toBe(true);
  await store.close();
}

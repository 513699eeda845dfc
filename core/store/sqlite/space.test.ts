import { stat } from "node:fs/promises";
import Sqlite from "better-sqlite3";
import { expect, it, vi } from "vitest";
import { makeFolder, type Folder } from "../../../test/support/folder.ts";
import type { Store } from "../contract.ts";
import { untilNone } from "../untilNone.ts";
import { Database } from "./database.ts";
import { openSqliteStore } from "./open.ts";
import { Recent } from "./recent.ts";
import { shrink } from "./space.ts";
import type { Transaction } from "./transaction.ts";

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
  const sizes = [(await stat(file)).size];
  const given = await untilNone(stop, async () => {
    const bytes = await store.shrink();
    pieces.push(bytes);
    sizes.push((await stat(file)).size);
    return bytes;
  });
  const after = (await store.stats()).bytes;
  expect(given).toBe(before - after);
  expect(after).toBeLessThan(before / 3);
  // The last tells that there is no more.
  expect(pieces.length).toBeGreaterThan(2);
  // Nor does the file system have to cut much off at once, however many calls gave that back.
  expect(Math.max(...sizes.slice(1).map((size, n) => sizes[n]! - size))).toBeLessThan(4.1 * MEGABYTE);
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

it("gives no more back while checkpoints come to nothing than can be cut off at once afterwards, and asks for another each time", async () => {
  await using folder = await makeFolder();
  using ballast = new Ballast(folder, 30 * MEGABYTE);
  const carryOver = vi.fn();
  const { db } = ballast;
  const pages = (): number => Number(db.pragma("page_count"));
  const before = pages();
  db.exclusively(() => {
    while (ballast.shrink(carryOver) > 0);
  });
  const given = (before - pages()) * 4096;
  expect(given).toBeGreaterThan(15 * MEGABYTE);
  expect(given).toBeLessThan(17 * MEGABYTE);
  const asked = carryOver.mock.calls.length;
  expect(ballast.shrink(carryOver)).toBe(0);
  expect(carryOver).toHaveBeenCalledTimes(asked + 1);
  db.checkpoint();
  expect(ballast.shrink(carryOver)).toBeGreaterThan(0);
});

it("prepares nothing for each page anew, which the thread would have to collect", async () => {
  await using folder = await makeFolder();
  using ballast = new Ballast(folder, 4 * MEGABYTE);
  ballast.shrink();
  const uses = (["prepare", "exec", "pragma"] as const).map((method) => vi.spyOn(Sqlite.prototype, method));
  const given = ballast.shrink();
  const used = uses.flatMap(({ mock }) => mock.calls);
  vi.restoreAllMocks();
  expect(given).toBeGreaterThan(0);
  expect(used).toEqual([]);
});

/** A database that has held something large. */
class Ballast implements Disposable {
  readonly db: Database;

  constructor(folder: Folder, bytes: number) {
    this.db = Database.forWriting(folder.at("loom.db"), 100);
    this.db.exec(`CREATE TABLE ballast (data); INSERT INTO ballast VALUES (zeroblob(${bytes})); DROP TABLE ballast`);
    this.db.checkpoint();
  }

  shrink(carryOver = (): void => {}): number {
    const tx: Transaction = { db: this.db, keep: { outputTailBytes: 0, fullOutputBytes: 0, stepOutputBytes: 0 }, moved: new Recent(0), emit: () => {}, carryOver };
    return shrink(tx);
  }

  [Symbol.dispose](): void {
    this.db.close();
  }
}

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

import { copyFile, readFile, stat, truncate, writeFile } from "node:fs/promises";
import Sqlite from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { makeFolder } from "../../../test/support/folder.ts";
import { damage, makeLarge } from "../../../test/support/largeDatabase.ts";
import { openSqliteStore } from "./open.ts";

const event = { at: 1, type: "test" };

describe("opening the SQLite store", () => {
  it("makes the file for its owner alone, also where it lay open before", async () => {
    await using folder = await makeFolder();
    const file = folder.at("loom.db");
    await writeFile(file, "", { mode: 0o666 });
    const store = await openSqliteStore({ file });
    await store.events.append(event);
    for (const name of [file, `${file}-wal`, `${file}-shm`]) expect((await stat(name)).mode & 0o777).toBe(0o600);
    await store.close();
  });

  it("keeps strict tables", async () => {
    await using folder = await makeFolder();
    const file = folder.at("loom.db");
    await (await openSqliteStore({ file })).close();
    const loose = withSqlite(file, (db) => db.prepare("SELECT name FROM pragma_table_list WHERE schema = 'main' AND strict = 0 AND name NOT LIKE 'sqlite_%'").all());
    expect(loose).toEqual([]);
  });

  it("leaves a database of a newer Loom as it was", async () => {
    await using folder = await makeFolder();
    const file = folder.at("loom.db");
    await (await openSqliteStore({ file })).close();
    withSqlite(file, (db) => db.pragma("user_version = 9999"));
    await refusesAndLeaves(file, "SCHEMA_TOO_NEW");
  });

  it("leaves a file that is no database as it was", async () => {
    await using folder = await makeFolder({ "loom.db": "These are my notes, and not a database at all." });
    await refusesAndLeaves(folder.at("loom.db"), "STORE_CORRUPT");
  });

  it("leaves a truncated database as it was", async () => {
    await using folder = await makeFolder();
    const file = folder.at("loom.db");
    await (await openSqliteStore({ file })).close();
    await truncate(file, 20_000);
    await refusesAndLeaves(file, "STORE_CORRUPT");
  });

  it("leaves a database with overwritten pages as it was", async () => {
    await using folder = await makeFolder();
    const file = folder.at("loom.db");
    await (await openSqliteStore({ file })).close();
    const bytes = await readFile(file);
    bytes.fill(0xff, 4096, 12_288);
    await writeFile(file, bytes);
    await refusesAndLeaves(file, "STORE_CORRUPT");
  });

  it("leaves a database as it was of which only values are damaged, that nothing has asked for yet", async () => {
    await using folder = await makeFolder();
    const file = folder.at("loom.db");
    await makeLarge(file, 30);
    damage(file, "kv");
    await refusesAndLeaves(file, "STORE_CORRUPT");
  });

  it("says that the store is unavailable when the folder is not there", async () => {
    await using folder = await makeFolder();
    await expect(openSqliteStore({ file: folder.at("nowhere/loom.db") })).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  });

  it("names the numbering anew for a database that was put back from a copy", async () => {
    await using folder = await makeFolder();
    const file = folder.at("loom.db");
    const copy = folder.at("copy.db");
    const store = await openSqliteStore({ file });
    await store.events.append(event);
    await store.close();
    await copyFile(file, copy);
    const restored = await openSqliteStore({ file: copy });
    expect(restored.feed).not.toBe(store.feed);
    expect(await restored.events.last()).toBe(1);
    await restored.close();
  });

  it("lets two processes make the same database at once", async () => {
    await using folder = await makeFolder();
    const file = folder.at("loom.db");
    const stores = await Promise.all([openSqliteStore({ file }), openSqliteStore({ file })]);
    expect(stores[0].feed).toBe(stores[1].feed);
    await Promise.all(stores.map((store) => store.events.append(event)));
    expect(await stores[0].events.last()).toBe(2);
    await Promise.all(stores.map((store) => store.close()));
  });
});

async function refusesAndLeaves(file: string, code: string): Promise<void> {
  const before = await readFile(file);
  await expect(openSqliteStore({ file })).rejects.toMatchObject({ code });
  expect((await readFile(file)).equals(before)).toBe(true);
}

function withSqlite<T>(file: string, work: (db: Sqlite.Database) => T): T {
  const db = new Sqlite(file);
  try {
    return work(db);
  } finally {
    db.close();
  }
}

import { chmod, copyFile, readdir, readFile, stat, truncate, writeFile } from "node:fs/promises";
import Sqlite from "better-sqlite3";
import { expect, it } from "vitest";
import { withStrands } from "../../../test/contract/fixtures.ts";
import { makeFolder } from "../../../test/support/folder.ts";
import { damage, makeLarge } from "../../../test/support/largeDatabase.ts";
import { watchSyncs } from "../../../test/support/syncs.ts";
import { openSqliteStore } from "./open.ts";
import { restore } from "./restore.ts";

type Folder = Awaited<ReturnType<typeof makeFolder>>;

/** A database with one strand, and its copy of the time before there was any. */
async function lived(folder: Folder): Promise<{ file: string; from: string; keptIn: string }> {
  const file = folder.at("loom.db");
  const store = await openSqliteStore({ file });
  await store.backup(folder.at("copy.db"));
  await withStrands(store, "a");
  await store.close();
  return { file, from: folder.at("copy.db"), keptIn: folder.at("kept") };
}

async function strandsIn(file: string): Promise<string[]> {
  const store = await openSqliteStore({ file });
  try {
    return (await store.strands.all()).map(({ id }) => id);
  } finally {
    await store.close();
  }
}

it("puts the copy in place and keeps what it replaces, each whole and for its owner only", async () => {
  await using folder = await makeFolder();
  const { file, from, keptIn } = await lived(folder);
  await chmod(from, 0o644);
  expect(await restore({ file, from, keptIn })).toEqual({ kept: true });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect([await strandsIn(file), await strandsIn(`${keptIn}/loom.db`), await strandsIn(from)]).toEqual([[], ["a"], []]);
});

it("brings the copy, what is kept and their names to the disk before it says that it is done", async () => {
  await using folder = await makeFolder();
  const { file, from, keptIn } = await lived(folder);
  const synced = await watchSyncs();
  await restore({ file, from, keptIn });
  expect(synced).toEqual([`${file}.restoring`, keptIn, folder.path]);
});

it("needs no database to replace", async () => {
  await using folder = await makeFolder();
  const { from, keptIn } = await lived(folder);
  expect(await restore({ file: folder.at("new.db"), from, keptIn })).toEqual({ kept: false });
  expect(await strandsIn(folder.at("new.db"))).toEqual([]);
});

it("keeps a database that is damaged as it lies, with what lies beside it", async () => {
  await using folder = await makeFolder();
  const { file, from, keptIn } = await lived(folder);
  await truncate(file, 5_000);
  await writeFile(file, "no database at all, but not to be lost", { flag: "r+" });
  await writeFile(`${file}-wal`, "left over");
  const before = await readFile(file);
  await restore({ file, from, keptIn });
  expect(await readFile(`${keptIn}/loom.db-wal`, "utf8")).toBe("left over");
  expect(await readFile(`${keptIn}/loom.db`)).toEqual(before);
  expect(await strandsIn(file)).toEqual([]);
});

it("leaves everything as it is where the copy is none, damaged, or of a newer Loom", async () => {
  await using folder = await makeFolder();
  const { file, from, keptIn } = await lived(folder);
  const make = async (name: string, change: (path: string) => void | Promise<void>): Promise<string> => {
    await copyFile(from, folder.at(name));
    await change(folder.at(name));
    return folder.at(name);
  };
  const withDb = (work: (db: Sqlite.Database) => void) => (path: string) => {
    const db = new Sqlite(path);
    work(db);
    db.close();
  };
  const before = await readFile(file);
  const refused = [
    [await make("newer.db", withDb((db) => db.pragma("user_version = 9999"))), "SCHEMA_TOO_NEW"],
    [await make("short.db", async (path) => truncate(path, 8_192)), "STORE_CORRUPT"],
    [await make("text.db", async (path) => writeFile(path, "hello")), "STORE_CORRUPT"],
    [await make("empty.db", async (path) => truncate(path, 0)), "STORE_CORRUPT"],
    [await make("other.db", async (path) => (await truncate(path, 0), withDb((db) => db.exec("CREATE TABLE t (a)"))(path))), "STORE_CORRUPT"],
    [folder.at("missing.db"), "NOT_FOUND"],
    [file, "CONFLICT"],
  ] as const;
  for (const [copy, code] of refused) await expect(restore({ file, from: copy, keptIn }), copy).rejects.toMatchObject({ code });
  expect(await readFile(file)).toEqual(before);
  expect(await readdir(keptIn).catch(() => [])).toEqual([]);
});

it("looks all of a copy through, however large it is", async () => {
  await using folder = await makeFolder();
  const { file, keptIn } = await lived(folder);
  const from = folder.at("large.db");
  await makeLarge(from);
  damage(from, "kv");
  await expect(restore({ file, from, keptIn })).rejects.toMatchObject({ code: "STORE_CORRUPT", message: expect.stringContaining("copy is damaged") });
  expect(await strandsIn(file)).toEqual(["a"]);
});

it("refuses while another program has the database open", async () => {
  await using folder = await makeFolder();
  const { file, from, keptIn } = await lived(folder);
  const db = new Sqlite(file);
  db.exec("CREATE TABLE other (a); INSERT INTO other VALUES (1)");
  await expect(restore({ file, from, keptIn })).rejects.toMatchObject({ code: "STORE_BUSY" });
  db.close();
});

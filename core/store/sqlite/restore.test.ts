import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { chmod, copyFile, lchown, readdir, readFile, rename, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import Sqlite from "better-sqlite3";
import { expect, it } from "vitest";
import { T, withStrands } from "../../../test/contract/fixtures.ts";
import { makeFolder } from "../../../test/support/folder.ts";
import { damage, makeLarge } from "../../../test/support/largeDatabase.ts";
import { SmallDisk } from "../../../test/support/smallDisk.ts";
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

/** The journal of a change to some database that was cut off. */
async function halfDone(folder: Folder): Promise<Buffer> {
  const db = new Sqlite(folder.at("other.db"));
  db.exec("CREATE TABLE other (a); INSERT INTO other SELECT randomblob(100000) FROM json_each('[1, 2, 3, 4]')");
  // What has no room in memory is written before it is committed.
  db.pragma("cache_size = 10");
  db.exec("BEGIN; UPDATE other SET a = randomblob(100000)");
  const journal = await readFile(folder.at("other.db-journal"));
  db.exec("ROLLBACK");
  db.close();
  return journal;
}

/** Puts a table into the schema that was never made. */
function plant(db: Sqlite.Database, sql: string): void {
  db.unsafeMode(true);
  db.pragma("writable_schema = ON");
  db.prepare("INSERT INTO sqlite_schema VALUES ('table', 'more', 'more', 0, ?)").run(sql);
}

it("puts the copy in place and keeps what it replaces, each whole and for its owner only", async () => {
  await using folder = await makeFolder();
  const { file, from, keptIn } = await lived(folder);
  await chmod(from, 0o644);
  expect(await restore({ file, from, keptIn, at: T })).toEqual({ kept: true });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect([await strandsIn(file), await strandsIn(`${keptIn}/loom.db`), await strandsIn(from)]).toEqual([[], ["a"], []]);
});

it("lets nobody else read what it takes over, from its first byte", async () => {
  await using folder = await makeFolder();
  const { file, from, keptIn } = await lived(folder);
  await makeLarge(from);
  const next = `${file}.restoring`;
  let over = false;
  const done = restore({ file, from, keptIn, at: T }).finally(() => (over = true));
  const modes = new Set<number>();
  while (!over) {
    const found = statSync(next, { throwIfNoEntry: false });
    if (found) modes.add(found.mode & 0o777);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await done;
  expect([...modes]).toEqual([0o600]);
});

it("brings the copy, what is kept and their names to the disk before it says that it is done", async () => {
  await using folder = await makeFolder();
  const { file, from, keptIn } = await lived(folder);
  const synced = await watchSyncs();
  await restore({ file, from, keptIn, at: T });
  expect(synced).toEqual([`${file}.restoring`, keptIn, folder.path]);
});

it("needs no database to replace", async () => {
  await using folder = await makeFolder();
  const { from, keptIn } = await lived(folder);
  expect(await restore({ file: folder.at("new.db"), from, keptIn, at: T })).toEqual({ kept: false });
  expect(await strandsIn(folder.at("new.db"))).toEqual([]);
});

it("keeps a database that is damaged as it lies, with what lies beside it", async () => {
  await using folder = await makeFolder();
  const { file, from, keptIn } = await lived(folder);
  await truncate(file, 5_000);
  await writeFile(file, "no database at all, but not to be lost", { flag: "r+" });
  // One that begins with more than a zero is worked off, or thrown away, by SQLite itself.
  for (const end of ["-wal", "-journal"]) await writeFile(`${file}${end}`, "\0left over");
  const before = await readFile(file);
  await restore({ file, from, keptIn, at: T });
  for (const end of ["-wal", "-journal"]) expect(await readFile(`${keptIn}/loom.db${end}`, "utf8")).toBe("\0left over");
  expect(await readFile(`${keptIn}/loom.db`)).toEqual(before);
  expect(await strandsIn(file)).toEqual([]);
});

it("goes on after a restore that was killed while it changed its copy", async () => {
  await using folder = await makeFolder();
  const { file, from, keptIn } = await lived(folder);
  await writeFile(`${file}.restoring-journal`, await halfDone(folder));
  await restore({ file, from, keptIn, at: T });
  expect((await readdir(folder.path)).filter((name) => name.startsWith("loom.db"))).toEqual(["loom.db"]);
  expect(await strandsIn(file)).toEqual([]);
});

it("leaves everything as it is where the copy is none, damaged, or of a newer Loom", async () => {
  await using folder = await makeFolder();
  const { file, from, keptIn } = await lived(folder);
  const make = async (name: string, change: (path: string) => unknown): Promise<string> => {
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
    [await make("trigger.db", withDb((db) => db.exec("CREATE TRIGGER hide AFTER INSERT ON audit BEGIN DELETE FROM audit; END"))), "STORE_CORRUPT"],
    [await make("view.db", withDb((db) => db.exec("CREATE VIEW more AS SELECT 1"))), "STORE_CORRUPT"],
    [await make("virtual.db", withDb((db) => db.exec("CREATE VIRTUAL TABLE more USING fts5(x)"))), "STORE_CORRUPT"],
    [await make("unmade.db", withDb((db) => plant(db, "create virtual table more using fts5(x)"))), "STORE_CORRUPT"],
    [await make("hidden.db", withDb((db) => plant(db, "CREATE/**/VIRTUAL TABLE more USING json_each"))), "STORE_CORRUPT"],
    [await make("everybodys.db", (path) => chmod(path, 0o666)), "HOME_UNSAFE"],
    [await make("pipe.db", async (path) => (await rm(path), execFileSync("mkfifo", [path]))), "NOT_FOUND"],
    [await make("theirs.db", async (path) => (await rename(path, `${path}.old`), await symlink(`${path}.old`, path), await lchown(path, 65_534, 65_534))), "HOME_UNSAFE"],
    [folder.path, "NOT_FOUND"],
    [folder.at("missing.db"), "NOT_FOUND"],
    [file, "CONFLICT"],
  ] as const;
  for (const [copy, code] of refused) await expect(restore({ file, from: copy, keptIn, at: T }), copy).rejects.toMatchObject({ code });
  expect(await readFile(file)).toEqual(before);
  expect(await readdir(keptIn).catch(() => [])).toEqual([]);
});

it("looks all of a copy through, however large it is", async () => {
  await using folder = await makeFolder();
  const { file, keptIn } = await lived(folder);
  const from = folder.at("large.db");
  await makeLarge(from);
  damage(from, "kv");
  await expect(restore({ file, from, keptIn, at: T })).rejects.toMatchObject({ code: "STORE_CORRUPT", message: expect.stringContaining("copy is damaged") });
  expect(await strandsIn(file)).toEqual(["a"]);
});

it("refuses while another program has the database open", async () => {
  await using folder = await makeFolder();
  const { file, from, keptIn } = await lived(folder);
  const db = new Sqlite(file);
  db.exec("CREATE TABLE other (a); INSERT INTO other VALUES (1)");
  await expect(restore({ file, from, keptIn, at: T })).rejects.toMatchObject({ code: "STORE_BUSY" });
  db.close();
});

it("refuses while another program has the database for itself, and leaves its log where it is", async () => {
  await using folder = await makeFolder();
  const { file, from, keptIn } = await lived(folder);
  const db = new Sqlite(file);
  db.pragma("locking_mode = EXCLUSIVE");
  db.exec("CREATE TABLE other (a); INSERT INTO other VALUES (1)");
  await expect(restore({ file, from, keptIn, at: T })).rejects.toMatchObject({ code: "STORE_BUSY" });
  db.exec("INSERT INTO other VALUES (2)");
  db.close();
  expect(await strandsIn(file)).toEqual(["a"]);
  const after = new Sqlite(file);
  expect(after.prepare("SELECT count(*) AS count FROM other").get()).toEqual({ count: 2 });
  after.close();
}, 30_000);

it("says that there is no room where the log of the old database cannot be taken into it, and leaves that whole", async () => {
  await using folder = await makeFolder();
  await using disk = await SmallDisk.mount(8_000_000);
  const { file, from } = await lived(folder);
  const db = new Sqlite(file);
  db.exec("CREATE TABLE other (a); INSERT INTO other VALUES (randomblob(2000000))");
  // As a crash leaves it.
  for (const end of ["", "-wal"]) await copyFile(`${file}${end}`, disk.folder.at(`loom.db${end}`));
  db.close();
  await disk.folder.write({ room: "x".repeat((await stat(from)).size + 1_000_000) });
  disk.fill();
  await rm(disk.folder.at("room"));
  const [there, keptIn] = [disk.folder.at("loom.db"), disk.folder.at("kept")];
  await expect(restore({ file: there, from, keptIn, at: T })).rejects.toMatchObject({ code: "STORE_UNAVAILABLE", message: expect.stringContaining("full") });
  disk.empty();
  expect(await strandsIn(there)).toEqual(["a"]);
  const after = new Sqlite(there);
  expect(after.prepare("SELECT length(a) AS length FROM other").get()).toEqual({ length: 2_000_000 });
  after.close();
});

it("lets nobody in again who was shut out since the copy was written", async () => {
  await using folder = await makeFolder();
  const token = (id: string) => ({ id, secretHash: id, name: id, role: "admin" as const, scope: null, madeBy: "token", parentId: null, createdAt: T, expiresAt: null });
  const session = (id: string) => ({ id, cookieHash: id, keyHash: id, name: "page", role: "admin" as const, tokenId: null, createdAt: T, expiresAt: T + 1 });
  const file = folder.at("loom.db");
  const store = await openSqliteStore({ file });
  for (const id of ["stays", "revoked", "before"]) await store.tokens.add(token(id));
  for (const id of ["stays", "left"]) await store.sessions.add(session(id));
  await store.tokens.revoke("before", "me", T);
  await store.backup(folder.at("copy.db"));
  await store.tokens.revoke("revoked", "me", T);
  await store.sessions.remove("left");
  await store.close();

  const access = async (path: string): Promise<unknown> => {
    const opened = await openSqliteStore({ file: path });
    try {
      const tokens = (await opened.tokens.list({ limit: 10 })).items.map(({ id, revokedAt, revokedBy }) => [id, revokedAt, revokedBy]);
      return { tokens: tokens.toSorted(), sessions: [(await opened.sessions.findByCookie("stays")) !== null, (await opened.sessions.findByCookie("left")) !== null] };
    } finally {
      await opened.close();
    }
  };
  await restore({ file, from: folder.at("copy.db"), keptIn: folder.at("kept"), at: T + 5 });
  expect(await access(file)).toEqual({ tokens: [["before", T, "me"], ["revoked", T + 5, "loom restore"], ["stays", null, null]], sessions: [true, false] });
  // Where nobody can say who was: none is let in.
  await writeFile(file, "no database at all");
  await restore({ file, from: folder.at("copy.db"), keptIn: folder.at("kept2"), at: T + 6 });
  expect(await access(file)).toEqual({ tokens: [["before", T, "me"], ["revoked", T + 6, "loom restore"], ["stays", T + 6, "loom restore"]], sessions: [false, false] });
});

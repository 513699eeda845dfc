import { execFileSync } from "node:child_process";
import { existsSync, rmSync, statSync, symlinkSync } from "node:fs";
import { chmod, lchown, mkdir, readdir, readlink, symlink, writeFile } from "node:fs/promises";
import Sqlite from "better-sqlite3";
import { expect, it } from "vitest";
import { aRun, T, withStrands } from "../../../test/contract/fixtures.ts";
import { makeFolder } from "../../../test/support/folder.ts";
import { watchSyncs } from "../../../test/support/syncs.ts";
import { systemClock } from "../../clock/system.ts";
import { Backups } from "./backup.ts";
import { faultOf } from "./faults.ts";
import { openSqliteStore } from "./open.ts";

it("writes copies that a gateway can begin with, under a feed of their own", async () => {
  await using folder = await makeFolder();
  const store = await openSqliteStore({ file: folder.at("loom.db") });
  await withStrands(store, "a");
  await store.runs.observe({ strandId: "a", at: T, finished: [aRun("k")] });
  // One after the other, although they are asked for at once.
  await Promise.all([store.backup(folder.at("1.db")), store.backup(folder.at("2.db"))]);
  const { feed } = store;
  await store.close();
  const copy = await openSqliteStore({ file: folder.at("2.db") });
  expect((await copy.strands.all()).map(({ id, lastRun }) => [id, lastRun?.status])).toEqual([["a", "succeeded"]]);
  expect(copy.feed).not.toBe(feed);
  await copy.close();
});

it("brings a copy and its name to the disk before it says that it is there", async () => {
  await using folder = await makeFolder();
  const store = await openSqliteStore({ file: folder.at("loom.db") });
  const synced = await watchSyncs();
  await store.backup(folder.at("copy.db"));
  expect(synced).toEqual([folder.at("copy.db.part/copy.db"), folder.path]);
  await store.close();
});

it("writes none where others may put a file of theirs in its place; where they may only add some, it does", async () => {
  await using folder = await makeFolder();
  await using shared = await makeFolder();
  const store = await openSqliteStore({ file: folder.at("loom.db") });
  await chmod(shared.path, 0o777);
  await expect(store.backup(shared.at("copy.db"))).rejects.toMatchObject({ code: "HOME_UNSAFE", message: expect.stringContaining(shared.path) });
  expect(await readdir(shared.path)).toEqual([]);
  await chmod(shared.path, 0o1777);
  await store.backup(shared.at("copy.db"));
  expect(await readdir(shared.path)).toEqual(["copy.db"]);
  await store.close();
});

it("lets one of two win that write the same copy in two processes, and tells the other so", async () => {
  await using folder = await makeFolder();
  const store = await openSqliteStore({ file: folder.at("loom.db") });
  await withStrands(store, "a");
  const until = Promise.withResolvers<void>();
  const backups = (clock = systemClock): Backups => new Backups({ file: folder.at("loom.db"), busyTimeoutMs: 5_000, clock });
  const first = backups({ ...systemClock, sleep: () => until.promise }).write(folder.at("copy.db"));
  await expect.poll(() => statSync(folder.at("copy.db.part/copy.db"), { throwIfNoEntry: false })?.size ?? 0).toBeGreaterThan(0);
  await backups().write(folder.at("copy.db"));
  until.resolve();
  await expect(first).rejects.toMatchObject({ code: "CONFLICT", message: expect.stringContaining("copy.db") });
  await store.close();
  expect((await readdir(folder.path)).toSorted()).toEqual(["copy.db", "loom.db"]);
  const copy = await openSqliteStore({ file: folder.at("copy.db") });
  expect((await copy.strands.all()).map(({ id }) => id)).toEqual(["a"]);
  await copy.close();
});

it.each(["EEXIST", "EDQUOT", "ENFILE", "ELOOP"])("takes %s for trouble of the disk, as it does a full one", (code) => {
  expect(faultOf(Object.assign(new Error("no"), { code }))).toMatchObject({ code: "STORE_UNAVAILABLE" });
});

it("opens nothing that others have put beside where a copy is to lie", async () => {
  await using folder = await makeFolder();
  await using shared = await makeFolder();
  const store = await openSqliteStore({ file: folder.at("loom.db") });
  await chmod(shared.path, 0o1777);
  const planted = ["copy.db.part-journal", "copy.db.part-wal", "copy.db-journal", "copy.db-wal"];
  for (const name of planted) execFileSync("mkfifo", [shared.at(name)]);
  await store.backup(shared.at("copy.db"));
  expect((await readdir(shared.path)).toSorted()).toEqual(["copy.db", ...planted].toSorted());
  await store.close();
});

it("takes away what a backup has left that was killed, and begins anew", async () => {
  await using folder = await makeFolder({ "copy.db.part/copy.db": "half", "copy.db.part/copy.db-journal": "half" });
  const store = await openSqliteStore({ file: folder.at("loom.db") });
  await store.backup(folder.at("copy.db"));
  expect((await readdir(folder.path)).filter((name) => name.startsWith("copy"))).toEqual(["copy.db"]);
  await store.close();
});

it("says what is in the way of a copy, and leaves it there", async () => {
  await using folder = await makeFolder();
  const store = await openSqliteStore({ file: folder.at("loom.db") });
  await mkdir(folder.at("copy.db.part"));
  await writeFile(folder.at("copy.db.part/mine"), "");
  await expect(store.backup(folder.at("copy.db"))).rejects.toMatchObject({ code: "STORE_UNAVAILABLE", message: expect.stringContaining("copy.db.part") });
  expect(await readdir(folder.at("copy.db.part"))).toEqual(["mine"]);
  await store.close();
});

it.runIf(process.getuid?.() === 0)("follows no link that somebody else has put in its way, and says whose it is", async () => {
  await using folder = await makeFolder();
  await using shared = await makeFolder();
  const store = await openSqliteStore({ file: folder.at("loom.db") });
  await mkdir(shared.at("mine"));
  await writeFile(shared.at("mine/letter"), "");
  await chmod(shared.at("mine"), 0o777);
  await chmod(shared.path, 0o1777);
  for (const [name, to] of [["1", shared.at("mine")], ["2", shared.at("nowhere")]] as const) {
    await symlink(to, shared.at(`${name}.db.part`));
    await lchown(shared.at(`${name}.db.part`), 12_345, 12_345);
    // Root may remove everything.
    process.seteuid!(54_321);
    const written = store.backup(shared.at(`${name}.db`)).finally(() => process.seteuid!(0));
    await expect(written).rejects.toMatchObject({ code: "HOME_UNSAFE", message: expect.stringContaining(`${name}.db.part belongs to another user (uid 12345)`) });
  }
  expect(await readdir(shared.at("mine"))).toEqual(["letter"]);
  await store.close();
});

it.runIf(process.getuid?.() === 0)("writes nothing where a link of somebody else's leads, though the folder is ours", async () => {
  await using folder = await makeFolder();
  const store = await openSqliteStore({ file: folder.at("loom.db") });
  await mkdir(folder.at("ours"), { mode: 0o700 });
  await symlink("ours", folder.at("theirs"));
  await lchown(folder.at("theirs"), 12_345, 12_345);
  await expect(store.backup(folder.at("theirs/copy.db"))).rejects.toMatchObject({ code: "HOME_UNSAFE", message: `${folder.at("theirs")} is a link of another user (uid 12345).` });
  expect(await readdir(folder.at("ours"))).toEqual([]);
  await store.close();
});

it("writes the copy where a link led at first, wherever it leads meanwhile", async () => {
  await using folder = await makeFolder({ "mine/x": "", "theirs/x": "" });
  const store = await openSqliteStore({ file: folder.at("loom.db") });
  await symlink(folder.at("mine"), folder.at("link"));
  let isOver = false;
  const turn = (): void => {
    if (!isOver && !existsSync(folder.at("mine/copy.db.part"))) return void setImmediate(turn);
    rmSync(folder.at("link"));
    symlinkSync(folder.at("theirs"), folder.at("link"));
  };
  turn();
  await store.backup(folder.at("link/copy.db")).finally(() => (isOver = true));
  expect([await readdir(folder.at("mine")), await readdir(folder.at("theirs")), await readlink(folder.at("link"))]).toEqual([["copy.db", "x"], ["x"], folder.at("theirs")]);
  await store.close();
});

it("leaves no copy of a database that holds what it may not", async () => {
  await using folder = await makeFolder();
  const file = folder.at("loom.db");
  const store = await openSqliteStore({ file });
  withoutRule(file, "value TEXT NOT NULL", "value TEXT", (db) => db.exec("INSERT INTO meta VALUES ('nothing', NULL)"));
  await expect(store.backup(folder.at("copy.db"))).rejects.toMatchObject({ code: "STORE_CORRUPT", message: expect.stringContaining("meta") });
  await store.close();
  expect(await readdir(folder.path)).toEqual(["loom.db"]);
});

/** Works on a database whose schema says something else for a moment. */
function withoutRule(file: string, rule: string, instead: string, work: (db: Sqlite.Database) => void): void {
  const db = new Sqlite(file);
  db.unsafeMode(true);
  const say = (from: string, to: string): void => void db.exec(`PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, '${from}', '${to}'); PRAGMA writable_schema = RESET`);
  say(rule, instead);
  work(db);
  say(`${instead}\n`, `${rule}\n`);
  db.close();
}

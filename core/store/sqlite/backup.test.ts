import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { chmod, lchown, mkdir, readFile, readdir, readlink, symlink, writeFile } from "node:fs/promises";
import Sqlite from "better-sqlite3";
import { expect, it } from "vitest";
import { aRun, T, withStrands } from "../../../test/contract/fixtures.ts";
import { makeFolder } from "../../../test/support/folder.ts";
import { watchSyncs } from "../../../test/support/syncs.ts";
import { systemClock } from "../../clock/system.ts";
import { startTimeOf } from "../../processIdentity.ts";
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
  expect(synced).toEqual([expect.stringMatching(/\/copy\.db\.part-[^/]+\/copy\.db$/), folder.path]);
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

it("takes nothing away from one that writes the same copy; the first that is done stays, and the other is told so", async () => {
  await using folder = await makeFolder();
  const store = await openSqliteStore({ file: folder.at("loom.db") });
  await withStrands(store, "a");
  const parts = async (): Promise<number> => (await readdir(folder.path)).filter((name) => name.startsWith("copy.db.part-")).length;
  const held = (until: Promise<void>) => new Backups({ file: folder.at("loom.db"), busyTimeoutMs: 5_000, clock: { ...systemClock, sleep: () => until } }).write(folder.at("copy.db"));
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const writing = held(first.promise);
  await expect.poll(parts).toBe(1);
  const told = expect(held(second.promise)).rejects.toMatchObject({ code: "CONFLICT", message: expect.stringContaining("copy.db") });
  await expect.poll(parts).toBe(2);
  first.resolve();
  expect(await writing).toEqual({ bytes: expect.any(Number) });
  second.resolve();
  await told;
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

it("takes away what backups have left that were killed, and nothing of one that goes on", async () => {
  await using folder = await makeFolder();
  const store = await openSqliteStore({ file: folder.at("loom.db") });
  const own = `copy.db.part-${process.pid}-${startTimeOf(process.pid)}-abcdef`;
  // Our id, but not our start: it was another process's.
  for (const name of ["copy.db.part-999999999-1-abcdef", `copy.db.part-${process.pid}-1-abcdef`, own]) {
    await mkdir(folder.at(name), { mode: 0o700 });
    for (const left of ["copy.db", "copy.db-journal"]) await writeFile(folder.at(`${name}/${left}`), "half");
  }
  await store.backup(folder.at("copy.db"));
  expect((await readdir(folder.path)).filter((name) => name.startsWith("copy"))).toEqual(["copy.db", own]);
  expect(await readdir(folder.at(own))).toEqual(["copy.db", "copy.db-journal"]);
  await store.close();
});

it("leaves what it has not made, which is in no copy's way", async () => {
  await using folder = await makeFolder();
  const store = await openSqliteStore({ file: folder.at("loom.db") });
  const like = "copy.db.part-999999999-1-abcdef";
  await mkdir(folder.at(like), { mode: 0o700 });
  for (const name of ["mine", "copy.db"]) await writeFile(folder.at(`${like}/${name}`), "");
  // As other programs call what they have not finished.
  await writeFile(folder.at("copy.db.part"), "mine too");
  await store.backup(folder.at("copy.db"));
  expect([await readdir(folder.at(like)), existsSync(folder.at("copy.db")), await readFile(folder.at("copy.db.part"), "utf8")]).toEqual([["mine"], true, "mine too"]);
  await store.close();
});

it.runIf(process.getuid?.() === 0)("follows no link that lies where a copy of its own could have been left, whoever has put it there", async () => {
  await using folder = await makeFolder();
  await using shared = await makeFolder();
  const store = await openSqliteStore({ file: folder.at("loom.db") });
  await mkdir(shared.at("mine"));
  for (const name of ["letter", "copy.db"]) await writeFile(shared.at(`mine/${name}`), "");
  await chmod(shared.path, 0o1777);
  const links = ["copy.db.part-999999999-1-abcdef", "copy.db.part-1-1-abcdef"];
  for (const name of links) await symlink(shared.at("mine"), shared.at(name));
  await lchown(shared.at(links[1]!), 12_345, 12_345);
  await store.backup(shared.at("copy.db"));
  expect(await readdir(shared.at("mine"))).toEqual(["copy.db", "letter"]);
  expect(await readlink(shared.at(links[1]!))).toBe(shared.at("mine"));
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
    if (!isOver && readdirSync(folder.at("mine")).length < 2) return void setImmediate(turn);
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

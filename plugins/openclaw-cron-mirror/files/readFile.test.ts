import { readFileSync, statSync } from "node:fs";
import { lchown, symlink, writeFile } from "node:fs/promises";
import Sqlite from "better-sqlite3";
import { expect, test } from "vitest";
import { makeFolder, type Folder } from "../../../test/support/folder.ts";
import { openFile, readWhole } from "./readFile.ts";

const NOBODY = 65_534;

/** How many locks there are on a file. */
function locksOn(path: string): number {
  const { ino } = statSync(path);
  return readFileSync("/proc/locks", "utf8").split("\n").filter((line) => line.includes(`:${ino} `)).length;
}

/** A database of ours under a lock, and a link to it; both names are in this folder. */
async function linkedLock(folder: Folder, link: string): Promise<{ readonly file: string; readonly before: number } & Disposable> {
  const file = folder.at("lock.db");
  const db = new Sqlite(file);
  db.exec("CREATE TABLE t (a); BEGIN EXCLUSIVE");
  await symlink(file, folder.at(link));
  const before = locksOn(file);
  expect(before).toBeGreaterThan(0);
  return { file, before, [Symbol.dispose]: () => db.close() };
}

test.runIf(process.getuid?.() === 0)("a link in another user's folder to a database of ours takes no lock off it", async () => {
  await using folder = await makeFolder();
  using lock = await linkedLock(folder, ".env");
  await lchown(folder.at(".env"), NOBODY, NOBODY);
  for (const read of [openFile, (path: string, owner: number) => readWhole(path, 1_000, owner)]) {
    await expect(read(folder.at(".env"), NOBODY)).rejects.toThrow(`is a file of user 0, and its folder is user ${NOBODY}'s`);
  }
  expect(locksOn(lock.file)).toBe(lock.before);
});

test("a link to a database of ours takes no lock off it in a folder of ours either, where others may have put it", async () => {
  await using folder = await makeFolder();
  using lock = await linkedLock(folder, "jobs.json");
  await expect(readWhole(folder.at("jobs.json"), 1_000_000, null)).rejects.toThrow("leads to a file that Loom itself writes");
  expect(locksOn(lock.file)).toBe(lock.before);
});

test("a file is read, also through a link, and one that is not there is none", async () => {
  await using folder = await makeFolder();
  await writeFile(folder.at("file"), "text");
  await symlink(folder.at("file"), folder.at("link"));
  expect([(await readWhole(folder.at("link"), 10, null))?.text, await readWhole(folder.at("gone"), 10, null), await readWhole(folder.at("file/under"), 10, null)]).toEqual(["text", null, null]);
});

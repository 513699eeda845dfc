import { mkdir, readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { runCommandLine } from "../../core/cli/program.ts";
import { createGateway } from "../../core/main.ts";
import { lockHome } from "../../core/store/sqlite/homeLock.ts";
import { openSqliteStore } from "../../core/store/sqlite/open.ts";
import { FakeClock } from "../../core/testing/fakeClock.ts";
import { makeFolder, type Folder } from "../support/folder.ts";

interface Said {
  readonly code: number;
  readonly said: string;
}

async function say(home: Folder, ...args: string[]): Promise<Said> {
  const lines: string[] = [];
  const line = (text: string): void => void lines.push(text);
  const terminal = { out: line, err: line, columns: Infinity, paint: (_: string, text: string) => text };
  const code = await runCommandLine(["--home", home.path, ...args], { env: {}, terminal, clock: new FakeClock(), version: "0.0.0" });
  return { code, said: lines.join("\n") };
}

/** A home with a database and a copy of it, in which a value was stored since. */
async function aHome(): Promise<Folder> {
  const home = await makeFolder();
  const store = await openSqliteStore({ file: home.at("loom.db") });
  await store.kv.set("test", "mark", "before");
  await store.backup(home.at("copy.db"));
  await store.kv.set("test", "mark", "since");
  await store.close();
  return home;
}

async function markOf(file: string): Promise<unknown> {
  const store = await openSqliteStore({ file });
  try {
    return await store.kv.get("test", "mark");
  } finally {
    await store.close();
  }
}

it("puts a copy in place and says where it keeps what that replaces", async () => {
  await using home = await aHome();
  const { code, said } = await say(home, "restore", home.at("copy.db"));
  expect(code).toBe(0);
  const kept = join(home.at("replaced"), (await readdir(home.at("replaced")))[0]!);
  expect(said).toContain(kept);
  expect(await Promise.all([markOf(home.at("loom.db")), markOf(join(kept, "loom.db"))])).toEqual(["before", "since"]);
});

it("restores nothing while a gateway holds the home, and names it", async () => {
  await using home = await aHome();
  const before = await readFile(home.at("loom.db"));
  const lock = lockHome(home.at("lock.db"));
  lock.describe("The gateway at http://127.0.0.1:7373");
  expect(await say(home, "restore", home.at("copy.db"))).toEqual({ code: 1, said: expect.stringContaining("HOME_IN_USE: The gateway at http://127.0.0.1:7373") });
  expect(await readFile(home.at("loom.db"))).toEqual(before);
  lock.release();
  expect((await say(home, "restore", home.at("copy.db"))).code).toBe(0);
});

it("exits with a code of its own for a copy that is damaged, and changes nothing", async () => {
  await using home = await aHome();
  const before = await readFile(home.at("loom.db"));
  await truncate(home.at("copy.db"), 20_000);
  expect(await say(home, "restore", home.at("copy.db"))).toEqual({ code: 5, said: expect.stringContaining("STORE_CORRUPT") });
  expect(await readFile(home.at("loom.db"))).toEqual(before);
  expect(await readdir(home.path)).not.toContain("replaced");
});

it("leaves a gateway that starts nothing of a restore that was killed", async () => {
  await using home = await aHome();
  for (const end of ["", "-journal"]) await writeFile(home.at(`loom.db.restoring${end}`), "half of a copy");
  await (await createGateway({ home: home.path, env: {} })).stop();
  expect((await readdir(home.path)).filter((name) => name.includes("restoring"))).toEqual([]);
  expect(await markOf(home.at("loom.db"))).toBe("since");
});

it("says what the disk refused, to a copy and to its return", async () => {
  await using home = await aHome();
  await writeFile(home.at("backups"), "");
  expect(await say(home, "backup")).toEqual({ code: 1, said: expect.stringContaining("STORE_UNAVAILABLE: There can be no folder for the copy: EEXIST") });
  await mkdir(home.at("lock.db"));
  expect(await say(home, "restore", home.at("copy.db"))).toEqual({ code: 1, said: expect.stringContaining("STORE_UNAVAILABLE: The database says: EISDIR") });
});

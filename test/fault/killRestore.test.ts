import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, rename, rm } from "node:fs/promises";
import Sqlite from "better-sqlite3";
import { expect, it } from "vitest";
import { systemClock } from "../../core/clock/system.ts";
import { openSqliteStore } from "../../core/store/sqlite/open.ts";
import { makeFolder } from "../support/folder.ts";
import { ownFile } from "../../core/ownFiles.ts";

const KILLS = 12;
/** So that copying takes long enough to be hit. */
const BYTES = 60_000_000;

it("leaves the old database or the new one, and keeps what was replaced, wherever a restore is killed", { timeout: 240_000 }, async () => {
  await using folder = await makeFolder();
  await fill(folder.at("loom.db"), "old");
  await fill(folder.at("copy.db"), "new");
  // Once before it is timed: the first time takes longer than all that come after.
  expect(await loom(folder.path, ["restore", folder.at("copy.db")], null)).toBe(0);
  await asAtFirst(folder.path, folder.at);
  const began = systemClock.mono();
  expect(await loom(folder.path, ["restore", folder.at("copy.db")], null)).toBe(0);
  const wholeMs = systemClock.mono() - began;
  expect(markOf(folder.at("loom.db"))).toBe("new");
  let hit = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    await asAtFirst(folder.path, folder.at);
    // The command itself takes a part of that to start: hit what comes after it.
    const code = await loom(folder.path, ["restore", folder.at("copy.db")], wholeMs * (0.3 + (0.6 * kill) / KILLS));
    if (code === null) hit++;
    const mark = markOf(folder.at("loom.db"));
    const kept = await readdir(folder.at("replaced")).catch(() => []);
    if (mark === "new") expect(markOf(`${folder.at("replaced")}/${kept[0]!}/loom.db`)).toBe("old");
    else expect(mark).toBe("old");
    expect(markOf(folder.at("copy.db"))).toBe("new");
    expect(await loom(folder.path, ["restore", folder.at("copy.db")], null)).toBe(0);
    expect((await readdir(folder.path)).filter((name) => name.includes("restoring"))).toEqual([]);
    expect(markOf(folder.at("loom.db"))).toBe("new");
  }
  expect(hit).toBeGreaterThan(KILLS / 3);
});

it("leaves no half of a backup under its name, wherever one is killed", { timeout: 240_000 }, async () => {
  await using folder = await makeFolder();
  await fill(folder.at("loom.db"), "old");
  expect(await loom(folder.path, ["backup", folder.at("first.db")], null)).toBe(0);
  const began = systemClock.mono();
  expect(await loom(folder.path, ["backup", folder.at("whole.db")], null)).toBe(0);
  const wholeMs = systemClock.mono() - began;
  for (let kill = 0; kill < KILLS; kill++) {
    const to = folder.at(`copy-${kill}.db`);
    await loom(folder.path, ["backup", to], wholeMs * (0.4 + (0.6 * kill) / KILLS));
    if ((await readdir(folder.path)).includes(`copy-${kill}.db`)) expect(markOf(to)).toBe("old");
    expect(markOf(folder.at("loom.db"))).toBe("old");
    await rm(to, { force: true });
    expect(await loom(folder.path, ["backup", to], null)).toBe(0);
    expect(markOf(to)).toBe("old");
    await rm(to);
  }
});

/** A database of Loom's with a mark, and with so much in it that it takes a while to copy. */
async function fill(file: string, mark: string): Promise<void> {
  const store = await openSqliteStore({ file });
  await store.kv.set("test", "mark", mark);
  await store.close();
  const db = new Sqlite(file);
  db.exec(`INSERT INTO kv SELECT 'ballast', value, json_quote(hex(randomblob(50000))) FROM json_each('[${Array.from({ length: BYTES / 100_000 }, (_, n) => n).join()}]')`);
  db.close();
}

/** The mark of a database that is whole. */
function markOf(file: string): unknown {
  const db = new Sqlite(file, { readonly: true });
  try {
    expect(db.pragma("integrity_check(1)", { simple: true })).toBe("ok");
    const { value } = db.prepare("SELECT value FROM kv WHERE key = 'mark'").get() as { value: string };
    return JSON.parse(value);
  } finally {
    db.close();
  }
}

async function asAtFirst(path: string, at: (name: string) => string): Promise<void> {
  const [kept] = await readdir(at("replaced"));
  await rename(`${at("replaced")}/${kept!}/loom.db`, at("loom.db"));
  await rm(at("replaced"), { recursive: true });
  expect(markOf(at("loom.db")), path).toBe("old");
}

/** Runs a command on a home. @returns its exit code; null: it was killed after so many milliseconds */
async function loom(home: string, args: readonly string[], killAfterMs: number | null): Promise<number | null> {
  const child = spawn(process.execPath, [ownFile("core/cli/loom.js").pathname, "--home", home, ...args], { stdio: "ignore" });
  using _kill = killAfterMs === null ? null : systemClock.timer(killAfterMs, () => child.kill("SIGKILL"));
  const [code] = (await once(child, "exit")) as [number | null];
  return code;
}

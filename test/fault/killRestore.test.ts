import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, watch } from "node:fs";
import { readdir, rename, rm } from "node:fs/promises";
import { basename, dirname } from "node:path";
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
  await fill(folder.at("loom.db"), "new");
  expect(await loom(folder.path, ["backup", folder.at("copy.db")], null)).toBe(0);
  await rm(folder.at("loom.db"));
  await fill(folder.at("loom.db"), "old");
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
    // The command itself takes a part of that to start: hit what comes after it, and also the instant in which the copy is changed.
    const when = kill % 4 === 3 ? folder.at("loom.db.restoring-journal") : wholeMs * (0.3 + (0.6 * kill) / KILLS);
    const code = await loom(folder.path, ["restore", folder.at("copy.db")], when);
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

/** Runs a command on a home. @returns its exit code; null: it was killed, after so many milliseconds, or when SQLite had begun to change something under this journal */
async function loom(home: string, args: readonly string[], killWhen: number | string | null): Promise<number | null> {
  const child = spawn(process.execPath, [ownFile("core/cli/loom.js").pathname, "--home", home, ...args], { stdio: "ignore" });
  using _kill = typeof killWhen === "number" ? systemClock.timer(killWhen, () => child.kill("SIGKILL")) : null;
  using _watch = typeof killWhen === "string" ? killAt(child, killWhen) : null;
  const [code] = (await once(child, "exit")) as [number | null];
  return code;
}

/** Kills a command as soon as a journal holds what SQLite is to take back. */
function killAt(child: ChildProcess, journal: string): Disposable {
  const watcher = watch(dirname(journal), (_event, name) => {
    if (name !== basename(journal)) return;
    // Its first bytes are written last. It is there for an instant only.
    for (let looks = 0; looks < 100_000 && firstByte(journal) === 0; looks++);
    child.kill("SIGKILL");
  });
  return { [Symbol.dispose]: () => watcher.close() };
}

/** Null: it is not there. */
function firstByte(file: string): number | null {
  try {
    return readFileSync(file)[0] ?? 0;
  } catch {
    return null;
  }
}

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import Sqlite from "better-sqlite3";
import { expect, it } from "vitest";
import { openSqliteStore } from "../../core/store/sqlite/open.ts";
import { makeFolder } from "../support/folder.ts";

const ROUNDS = 10;

it("loses no acknowledged write when its process is killed ten times in the middle of writing", { timeout: 120_000 }, async () => {
  await using folder = await makeFolder();
  const file = folder.at("loom.db");
  const acknowledged: string[] = [];
  for (let round = 0; round < ROUNDS; round++) acknowledged.push(...(await writeUntilKilled(file, round, 20 + round * 37)));

  const store = await openSqliteStore({ file });
  const values = await Promise.all(acknowledged.map((name) => store.kv.get("acknowledged", name)));
  const told = new Set((await store.events.after(0, 1_000_000)).events.map((event) => event.data["name"]));
  await store.close();
  expect(acknowledged.length).toBeGreaterThan(ROUNDS * 20);
  expect(acknowledged.filter((_, i) => values[i] === undefined)).toEqual([]);
  expect(acknowledged.filter((name) => !told.has(name))).toEqual([]);
  expect(integrityOf(file)).toBe("ok");
});

/** Answers what the process had acknowledged, whole lines only, when it was killed after `count` of them. */
async function writeUntilKilled(file: string, round: number, count: number): Promise<string[]> {
  const child = spawn(process.execPath, [new URL("./storeWriter.ts", import.meta.url).pathname, file, String(round)], { stdio: ["ignore", "pipe", "inherit"] });
  const lines: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    lines.push(line);
    if (lines.length === count) child.kill("SIGKILL");
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  // The last line may have been cut off by the kill.
  return lines.slice(0, -1);
}

function integrityOf(file: string): unknown {
  const db = new Sqlite(file, { readonly: true });
  try {
    return db.pragma("integrity_check", { simple: true });
  } finally {
    db.close();
  }
}

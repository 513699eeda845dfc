import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import Sqlite from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../core/clock/system.ts";
import { openSqliteStore } from "../../core/store/sqlite/open.ts";
import { writeFirstDatabase } from "../support/firstDatabase.ts";
import { makeFolder, type Folder } from "../support/folder.ts";
import { UnkindMachine } from "../support/unkindMachine.ts";

/** `npm run fault` kills at every statement and at every change of a file. */
const KILLS = Number(process.env["LOOM_TEST_KILLS"] ?? 25);
const SEED = Number(process.env["LOOM_TEST_SEED"] ?? systemClock.now() % 1_000_000);
const migrator = fileURLToPath(new URL("./migrator.ts", import.meta.url));

describe("a database of the first schema", { timeout: 120_000 + KILLS * 10_000 }, () => {
  it("becomes that of the newest, wherever its migration is killed between two statements", async () => {
    await using folder = await makeFolder();
    const wanted = await newestOf(folder);
    const statements = Number((await migrated(await oldDatabase(folder))).printed);
    expect(statements).toBeGreaterThan(50);
    const seen = new Map<unknown, Facts>();
    for (const statement of someOf(statements)) {
      const file = await oldDatabase(folder);
      expect(await migrated(file, String(statement))).toMatchObject({ signal: "SIGKILL" });
      // Never half of one: what is there is what its number stands for.
      const left = factsOf(file);
      seen.set(left.version, seen.get(left.version) ?? left);
      expect(left).toEqual(seen.get(left.version));
      if (statement % 5 === 0) await bothAtOnce(file);
      await opened(file);
      expect([statement, factsOf(file)]).toEqual([statement, wanted]);
    }
  });

  it("becomes that of the newest, wherever its migration is killed between two changes of a file", async () => {
    await using folder = await makeFolder();
    const wanted = await newestOf(folder);
    using machine = new UnkindMachine(folder.path);
    machine.be({ killAt: Number.MAX_SAFE_INTEGER });
    await migrated(await oldDatabase(folder), undefined, machine.env);
    const changes = machine.takeChanges();
    expect(changes).toBeGreaterThan(50);
    for (const killAt of someOf(changes)) {
      const file = await oldDatabase(folder);
      machine.be({ killAt });
      expect(await migrated(file, undefined, machine.env)).toMatchObject({ signal: "SIGKILL" });
      machine.takeChanges();
      await opened(file);
      expect([killAt, factsOf(file)]).toEqual([killAt, wanted]);
    }
  });

  it("is migrated once by two that start at once", async () => {
    await using folder = await makeFolder();
    const wanted = await newestOf(folder);
    for (let round = 0; round < 5; round++) {
      const file = await oldDatabase(folder);
      await bothAtOnce(file);
      expect(factsOf(file)).toEqual(wanted);
    }
  });
});

/** As many as there shall be kills, evenly between 1 and `count`, and others with another seed. */
function someOf(count: number): number[] {
  const kills = Math.min(KILLS, count);
  const first = (SEED % 1_000) / 1_000;
  console.log(`seed ${SEED} (LOOM_TEST_SEED), ${kills} kills of ${count} (LOOM_TEST_KILLS)`);
  return Array.from({ length: kills }, (_, kill) => 1 + Math.floor(((kill + first) * count) / kills));
}

async function bothAtOnce(file: string): Promise<void> {
  const both = await Promise.all([migrated(file), migrated(file)]);
  expect(both).toMatchObject([{ code: 0 }, { code: 0 }]);
}

async function migrated(file: string, statement?: string, env: Readonly<Record<string, string>> = {}): Promise<{ code: number | null; signal: string | null; printed: string }> {
  const args = [migrator, file, ...(statement === undefined ? [] : [statement])];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, ...env } });
  const [printed, [code, signal]] = await Promise.all([text(child.stdout), once(child, "exit") as Promise<[number | null, string | null]>]);
  return { code, signal, printed };
}

/** As the next start of Loom does. */
async function opened(file: string): Promise<void> {
  const store = await openSqliteStore({ file });
  expect((await store.strands.all()).map(({ id }) => id)).toEqual(["cron:i:a"]);
  await store.close();
}

/** A new one each time. */
async function oldDatabase(folder: Folder): Promise<string> {
  const file = folder.at("loom.db");
  for (const end of ["", "-wal", "-shm"]) await rm(`${file}${end}`, { force: true });
  writeFirstDatabase(file);
  return file;
}

async function newestOf(folder: Folder): Promise<Facts> {
  const file = await oldDatabase(folder);
  await migrated(file);
  return factsOf(file);
}

interface Facts {
  readonly version: unknown;
  readonly integrity: unknown;
  readonly schema: readonly unknown[];
  readonly rows: Readonly<Record<string, readonly unknown[]>>;
}

/** The whole of it but what a start writes: schema and rows. */
function factsOf(file: string): Facts {
  return withDatabase(file, (db) => {
    const schema = db.prepare("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name").all() as { type: string; name: string }[];
    const tables = schema.filter(({ type, name }) => type === "table" && name !== "meta").map(({ name }) => name);
    return {
      version: db.pragma("user_version", { simple: true }),
      integrity: [db.pragma("integrity_check", { simple: true }), ...(db.pragma("foreign_key_check") as unknown[])],
      schema,
      rows: Object.fromEntries(tables.map((name) => [name, db.prepare(`SELECT * FROM "${name}"`).all()])),
    };
  });
}

function withDatabase<T>(file: string, work: (db: Sqlite.Database) => T): T {
  const db = new Sqlite(file);
  try {
    return work(db);
  } finally {
    db.close();
  }
}

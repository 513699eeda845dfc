import { stat } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { makeFolder } from "../../../test/support/folder.ts";
import { Batches, type Inbox } from "./batch.ts";
import { addCommand, moveCommand } from "./commands.ts";
import { Database } from "./database.ts";
import { eventsAfter } from "./events.ts";
import type { Call, Done } from "./messages.ts";
import { migrate } from "./migrate.ts";
import type { Transaction } from "./transaction.ts";

const keep = { outputTailBytes: 100, fullOutputBytes: 100, stepOutputBytes: 65_536 };

const writes: ConstructorParameters<typeof Batches>[2] = {
  put(tx, key, value) {
    tx.db.run("INSERT INTO kv (plugin, key, value) VALUES ('p', ?, ?)", key as string, value as string);
    tx.emit({ at: 1, type: `put.${String(key)}` });
    return key;
  },
  add: addCommand as ConstructorParameters<typeof Batches>[2][string],
  move: moveCommand as ConstructorParameters<typeof Batches>[2][string],
  moveAndThrow(tx, ...args) {
    writes["move"]!(tx, ...args);
    throw new Error("changed my mind");
  },
  putAndTellOften(tx, key, times) {
    writes["put"]!(tx, key, "1");
    for (let n = 1; n < (times as number); n++) tx.emit({ at: 1, type: `again.${n}`, data: { n } });
  },
  putAndThrow(tx: Transaction, key) {
    writes["put"]!(tx, key, "1");
    throw new Error("changed my mind");
  },
};

const call = (id: number, name: string, ...args: unknown[]): Call => ({ id, name, args });
const keys = (db: Database): string[] => db.all<{ key: string }>("SELECT key FROM kv ORDER BY key").map((row) => row.key);

describe("writes that share a commit", () => {
  it("fail alone, with their rows and events", async () => {
    await using folder = await makeFolder();
    const db = open(folder.at("loom.db"));
    const done = commit(db, [call(1, "put", "a", "1"), call(2, "putAndThrow", "b"), call(3, "put", "a", "2"), call(4, "put", "c", "1")]);
    expect(done.answers).toMatchObject([{ id: 1, value: "a" }, { id: 2, fault: { message: "changed my mind" } }, { id: 3, fault: {} }, { id: 4, value: "c" }]);
    expect(done.events.map(({ seq, type }) => [seq, type])).toEqual([[1, "put.a"], [2, "put.c"]]);
    expect(keys(db)).toEqual(["a", "c"]);
    expect(eventsAfter(db, 0, 10).events).toMatchObject([{ seq: 1, type: "put.a" }, { seq: 2, type: "put.c" }]);
    expect(commit(db, [call(5, "putAndThrow", "d"), call(6, "put", "d", "1")]).events).toMatchObject([{ seq: 3, type: "put.d" }]);
    db.close();
  });

  it("see nothing of a move that was taken back", async () => {
    await using folder = await makeFolder();
    const db = open(folder.at("loom.db"));
    const batches = new Batches(db, keep, writes, () => 0);
    const outcomes = (...calls: Call[]): unknown[] => batches.commit(inboxOf(calls)).flatMap(({ answers }) => answers.map((answer) => ("fault" in answer ? answer.fault.message : (answer.value as { outcome: string }).outcome)));
    const [toSent, toConfirmed] = [["c", ["asked"], "sent", 2], ["c", ["sent"], "confirmed", 3]];
    outcomes(call(1, "add", { id: "c", strandId: "s", sourceId: null, kind: "run", by: "ann", askedAt: 1 }));
    expect(outcomes(call(2, "moveAndThrow", ...toSent), call(3, "move", ...toConfirmed))).toEqual(["changed my mind", "lost"]);
    expect(outcomes(call(4, "move", ...toSent), call(5, "moveAndThrow", ...toConfirmed), call(6, "move", ...toConfirmed))).toEqual(["ok", "changed my mind", "ok"]);
    db.close();
  });

  it("tell of all their events in order, as they are stored", async () => {
    await using folder = await makeFolder();
    const db = open(folder.at("loom.db"));
    const { events } = commit(db, [call(1, "put", "a", "1"), call(2, "putAndTellOften", "b", 40), call(3, "put", "c", "1")]);
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 42 }, (_, n) => n + 1));
    expect([events[0], events[1], events[40], events[41]]).toMatchObject([{ type: "put.a" }, { type: "put.b" }, { type: "again.39", data: '{"n":39}' }, { type: "put.c" }]);
    expect(eventsAfter(db, 0, 100).events).toEqual(events.map(({ source, ...event }) => ({ ...event, data: source })));
    db.close();
  });

  it("are answered in parts where the disk is quick, in order, and together where it is slow", async () => {
    await using folder = await makeFolder();
    const db = open(folder.at("loom.db"));
    const calls = (letter: string): Call[] => Array.from({ length: 70 }, (_, n) => call(n, "put", `${letter}${n}`, "1"));
    const sync = { ms: 0.1, at: 0 };
    const batches = new Batches(db, keep, writes, () => (sync.at += sync.ms));
    expect(batches.commit(inboxOf(calls("a")))).toHaveLength(1);
    const inbox = inboxOf(calls("b"));
    const parts = [...batches.commit(inbox), ...batches.commit(inbox)];
    expect(parts.map(({ answers }) => answers.length)).toEqual([16, 16, 16, 16, 6]);
    expect(parts.flatMap(({ answers }) => answers.map(({ id }) => id))).toEqual(calls("b").map(({ id }) => id));
    for (const part of parts) expect(part.events.map(({ type }) => type)).toEqual(part.answers.map(({ id }) => `put.b${id}`));
    expect(parts.flatMap(({ events }) => events.map(({ seq }) => seq))).toEqual(Array.from({ length: 70 }, (_, n) => 71 + n));
    sync.ms = 5;
    batches.commit(inboxOf(calls("c")));
    expect(batches.commit(inboxOf(calls("d")))).toHaveLength(1);
    db.close();
  });

  it("take along those that come while they are carried out", async () => {
    await using folder = await makeFolder();
    const db = open(folder.at("loom.db"));
    const late = [[], [call(2, "put", "b", "1")], [call(3, "put", "c", "1"), call(4, "put", "c", "2")]];
    const calls = [call(1, "put", "a", "1")];
    const done = new Batches(db, keep, writes, () => 0).commit({ calls, look: () => void calls.push(...(late.shift() ?? [])) });
    expect(done.flatMap(({ answers }) => answers)).toMatchObject([{ id: 1, value: "a" }, { id: 2, value: "b" }, { id: 3, value: "c" }, { id: 4, fault: {} }]);
    expect(keys(db)).toEqual(["a", "b", "c"]);
    db.close();
  });

  it("are refused for want of room, none by half, and go through once there is room", async () => {
    await using folder = await makeFolder();
    const db = open(folder.at("loom.db"));
    const pages = Number(db.pragma("page_count"));
    db.pragma(`max_page_count = ${pages + 5}`);
    const big = "x".repeat(10_000);
    const calls = Array.from({ length: 10 }, (_, id) => call(id, "put", `k${id}`, big));
    const full = commit(db, calls);
    const kept = full.answers.filter((answer) => !("fault" in answer)).map((answer) => `k${answer.id}`);
    expect(keys(db)).toEqual(kept);
    expect(full.events.map((event) => event.type)).toEqual(kept.map((key) => `put.${key}`));
    expect(full.answers.filter((answer) => "fault" in answer)).toMatchObject(Array(10 - kept.length).fill({ fault: { code: "STORE_UNAVAILABLE" } }));
    expect(kept.length).toBeLessThan(10);

    db.pragma("max_page_count = 100000");
    const again = commit(db, calls.slice(kept.length));
    expect(again.answers.some((answer) => "fault" in answer)).toBe(false);
    expect(keys(db)).toHaveLength(10);
    db.close();
  });

  it("go to a new log after the disk has failed, since nobody knows what of the old one it has", async () => {
    await using folder = await makeFolder();
    const db = open(folder.at("loom.db"));
    const logBytes = async (): Promise<number> => (await stat(folder.at("loom.db-wal"))).size;
    const batches = new Batches(db, keep, writes, () => 0);
    const put = (id: number, value: string): unknown => batches.commit(inboxOf([call(id, "put", `k${id}`, value)]))[0]!.answers[0];
    put(1, "x".repeat(1_000_000));
    const run = db.run.bind(db);
    db.run = (sql, ...params) => {
      if (sql === "COMMIT") throw Object.assign(new Error("disk I/O error"), { code: "SQLITE_IOERR_FSYNC" });
      return run(sql, ...params);
    };
    expect(put(2, "1")).toMatchObject({ fault: { code: "STORE_UNAVAILABLE" } });
    db.run = run;

    const reader = Database.forReading(folder.at("loom.db"), 100);
    reader.run("BEGIN");
    expect(reader.all("SELECT key FROM kv")).toEqual([{ key: "k1" }]);
    expect(put(3, "1")).toMatchObject({ fault: { code: "STORE_BUSY" } });
    reader.close();
    expect(put(4, "1")).toMatchObject({ value: "k4" });
    expect(await logBytes()).toBeLessThan(100_000);
    expect(keys(db)).toEqual(["k1", "k4"]);
    put(5, "x".repeat(1_000_000));
    put(6, "1");
    expect(await logBytes()).toBeGreaterThan(1_000_000);
    db.close();
  });
});

function open(file: string): Database {
  const db = Database.forWriting(file, 100);
  migrate(db);
  return db;
}

/** Commits calls of which none is so many that they are answered in parts. */
function commit(db: Database, calls: readonly Call[]): Done {
  const [done, ...more] = new Batches(db, keep, writes, () => 0).commit(inboxOf(calls));
  expect(more).toEqual([]);
  return done!;
}

/** These calls wait, and no more come. */
function inboxOf(calls: readonly Call[]): Inbox {
  return { calls: [...calls], look() {} };
}

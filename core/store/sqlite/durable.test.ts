import { MessageChannel, type MessagePort } from "node:worker_threads";
import { expect, it, vi } from "vitest";
import { makeFolder } from "../../../test/support/folder.ts";
import { Thread } from "../../threads/thread.ts";
import { Database } from "./database.ts";
import { openSqliteStore } from "./open.ts";
import * as readerThread from "./readerThread.ts";
import * as writerThread from "./writerThread.ts";

/** Where a test can see the connections that modules open, which it cannot in another thread. */
class ThisThread extends Thread {
  override run(module: URL, data: unknown): MessagePort {
    const { port1, port2 } = new MessageChannel();
    const { serve } = module.pathname.includes("writerThread") ? writerThread : readerThread;
    serve(port2, data as never);
    return port1;
  }
}

const FULL = 2;
const INCREMENTAL = 2;

it("opens the store's own connections so that what was answered outlives a power cut", async () => {
  await using folder = await makeFolder();
  const opened = { writing: vi.spyOn(Database, "forWriting"), reading: vi.spyOn(Database, "forReading") };
  const thread = new ThisThread("test");
  const store = await openSqliteStore({ file: folder.at("loom.db"), thread });
  try {
    await store.kv.set("p", "k", 1);
    expect(await store.kv.get("p", "k")).toBe(1);
    const [writer] = opened.writing.mock.results.map(({ value }) => value as Database);
    expect(opened.writing).toHaveBeenCalledTimes(1);
    expect(settingsOf(writer!)).toEqual({
      journal_mode: "wal", synchronous: FULL, fullfsync: 1, checkpoint_fullfsync: 1, foreign_keys: 1, busy_timeout: 5000,
      locking_mode: "normal", wal_autocheckpoint: 4000, auto_vacuum: INCREMENTAL, query_only: 0, ignore_check_constraints: 0, writable_schema: 0, read_uncommitted: 0,
      journal_size_limit: 64 * 1_048_576,
    });
    const readers = opened.reading.mock.results.map(({ value }) => value as Database);
    expect(readers.length).toBeGreaterThan(0);
    for (const reader of readers) expect(() => reader.run("DELETE FROM kv")).toThrow(/readonly|not open/);
  } finally {
    await store.close();
    await thread.end();
  }
});

it("refuses a place where no write-ahead log can be kept", async () => {
  await using folder = await makeFolder();
  const here = process.cwd();
  process.chdir(folder.path);
  try {
    expect(() => Database.forWriting(":memory:", 100)).toThrow(/cannot have a write-ahead log/);
  } finally {
    process.chdir(here);
  }
});

function settingsOf(db: Database): Record<string, unknown> {
  const names = [
    "journal_mode", "synchronous", "fullfsync", "checkpoint_fullfsync", "foreign_keys", "busy_timeout", "locking_mode", "wal_autocheckpoint", "auto_vacuum", "query_only",
    "ignore_check_constraints", "writable_schema", "read_uncommitted", "journal_size_limit",
  ];
  return Object.fromEntries(names.map((name) => [name, db.pragma(name)]));
}

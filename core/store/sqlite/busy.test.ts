import { describe, expect, it } from "vitest";
import { makeFolder } from "../../../test/support/folder.ts";
import { openSqliteStore } from "./open.ts";
import { holdWriteLock } from "../../../test/support/writeLock.ts";

const append = { at: 1, type: "test" };

describe("while another program holds the database", () => {
  it("writes wait, the event loop and the lists go on, and the writes are done when it lets go", async () => {
    await using folder = await makeFolder();
    const file = folder.at("loom.db");
    const store = await openSqliteStore({ file, busyTimeoutMs: 15_000 });
    const other = holdWriteLock(file);
    let answered = false;
    const writes = Promise.all([store.events.append(append), store.kv.set("p", "k", 1)]).then(() => (answered = true));
    for (let n = 0; n < 50; n++) {
      expect(await store.events.last()).toBe(0);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(answered).toBe(false);
    other.release();
    await writes;
    expect([await store.events.last(), await store.kv.get("p", "k")]).toEqual([1, 1]);
    await store.close();
  });

  it("writes that have waited too long are refused as busy, with nothing of them done", async () => {
    await using folder = await makeFolder();
    const file = folder.at("loom.db");
    const store = await openSqliteStore({ file, busyTimeoutMs: 50 });
    const told: unknown[] = [];
    store.onCommit((events) => told.push(events));
    const other = holdWriteLock(file);
    const busy = { code: "STORE_BUSY", retryAfterMs: 1000 };
    const writes = await Promise.allSettled([store.events.append(append), store.kv.set("p", "k", 1)]);
    expect(writes).toMatchObject([{ reason: busy }, { reason: busy }]);
    other.release();
    expect([await store.events.last(), await store.kv.get("p", "k"), told]).toEqual([0, undefined, []]);
    await store.events.append(append);
    expect(await store.events.last()).toBe(1);
    await store.close();
  });

  it("more writes than may wait are refused at once", async () => {
    await using folder = await makeFolder();
    const file = folder.at("loom.db");
    const store = await openSqliteStore({ file, maxWaiting: 10 });
    const writes = await Promise.allSettled(Array.from({ length: 15 }, () => store.events.append(append)));
    expect(writes.filter((write) => write.status === "fulfilled")).toHaveLength(10);
    expect(writes.filter((write) => write.status === "rejected").map((write) => write.reason)).toMatchObject(Array(5).fill({ code: "STORE_BUSY" }));
    expect(await store.events.last()).toBe(10);
    await store.close();
  });
});

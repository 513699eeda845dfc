import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import type { Worker } from "node:worker_threads";
import { expect, it } from "vitest";
import { makeFolder } from "../../../test/support/folder.ts";
import { FakeClock } from "../../testing/fakeClock.ts";
import { Thread } from "../../threads/thread.ts";
import { openSqliteStore } from "./open.ts";
import { IDLE_MS, LATE_MS } from "./reader.ts";

it("reads that are answered at once start no thread of their own", async () => {
  await using it = await fixture();
  for (let n = 0; n < 20; n++) await Promise.all([it.store.events.append({ at: n, type: "test" }), it.store.events.last(), it.store.nodes.list()]);
  await it.clock.advance(LATE_MS);
  expect(it.started).toEqual([]);
});

it("a late read is answered in a thread of its own, which ends when nobody asks any more", async () => {
  await using it = await fixture();
  const letGo = await it.holdUp();
  const read = it.store.events.last();
  await it.clock.advance(LATE_MS);
  expect(await read).toBe(0);
  expect(await it.store.nodes.list()).toEqual([]);
  const [worker, ...more] = it.started;
  expect(more).toEqual([]);
  const ended = once(worker!, "exit");
  await it.clock.advance(2 * IDLE_MS);
  await ended;
  letGo();
  expect(await it.store.events.last()).toBe(0);
  expect(it.started).toHaveLength(1);
});

it("a thread for reads that is asked now and then goes on", async () => {
  await using it = await fixture();
  const letGo = await it.holdUp();
  const late = it.store.events.last();
  await it.clock.advance(LATE_MS);
  await late;
  for (let n = 0; n < 5; n++) {
    await it.clock.advance(IDLE_MS);
    // The writer's thread is still held up: nobody else could answer this.
    expect(await it.store.events.last()).toBe(0);
  }
  letGo();
});

it("a thread for reads ends once the writer's thread answers in time again, also when it is asked now and then", async () => {
  await using it = await fixture();
  const letGo = await it.holdUp();
  const late = it.store.events.last();
  await it.clock.advance(LATE_MS);
  await late;
  letGo();
  let hasEnded = false;
  it.started[0]!.once("exit", () => (hasEnded = true));
  while (!hasEnded) {
    expect(await it.store.nodes.list()).toEqual([]);
    await it.clock.advance(IDLE_MS);
    await it.store.events.append({ at: 0, type: "test" });
  }
  expect(it.started).toHaveLength(1);
});

it("a thread for reads belongs to nobody whose call made it start", async () => {
  const callers = new AsyncLocalStorage<string>();
  await using it = await fixture(() => callers.getStore());
  const letGo = await it.holdUp();
  const read = callers.run("a plugin", () => it.store.kv.get("p", "k"));
  await it.clock.advance(LATE_MS);
  await read;
  letGo();
  expect(it.callers).toEqual([undefined]);
});

interface Fixture extends AsyncDisposable {
  readonly store: Awaited<ReturnType<typeof openSqliteStore>>;
  readonly clock: FakeClock;
  /** Threads since the store was opened. */
  readonly started: Worker[];
  /** On whose behalf each was started. */
  readonly callers: (string | undefined)[];
  /** Makes the writer's thread stand still until the answer is called. */
  holdUp(): Promise<() => void>;
}

async function fixture(caller: () => string | undefined = () => undefined): Promise<Fixture> {
  const folder = await makeFolder();
  const clock = new FakeClock();
  const thread = new Thread("test");
  const store = await openSqliteStore({ file: folder.at("loom.db"), thread, clock });
  const started: Worker[] = [];
  const callers: (string | undefined)[] = [];
  const note = (message: unknown): void => {
    started.push((message as { worker: Worker }).worker);
    callers.push(caller());
  };
  subscribe("worker_threads", note);
  return {
    store,
    clock,
    started,
    callers,
    async holdUp() {
      const gate = new Int32Array(new SharedArrayBuffer(4));
      const stand = 'export function serve(port, gate) { port.postMessage("held"); port.close(); Atomics.wait(gate, 0, 0); }';
      await once(thread.run(new URL(`data:text/javascript,${encodeURIComponent(stand)}`), gate), "message");
      return () => {
        Atomics.store(gate, 0, 1);
        Atomics.notify(gate, 0);
      };
    },
    async [Symbol.asyncDispose]() {
      unsubscribe("worker_threads", note);
      await store.close();
      await thread.end();
      await folder[Symbol.asyncDispose]();
    },
  };
}

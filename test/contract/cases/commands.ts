import { expect } from "vitest";
import type { Store } from "../../../core/store/contract.ts";
import { allEvents, aRun, runOf, T, typesDuring, withStrands } from "../fixtures.ts";
import type { StoreCase } from "../store.contract.ts";

const ask = (store: Store, id: string, over: { strandId?: string; askedAt?: number } = {}) =>
  store.commands.add({ id, strandId: "a", sourceId: "cron:x", kind: "run", by: "ann", askedAt: T, ...over });

export const commandCases: readonly StoreCase[] = [
  {
    name: "a command is asked once",
    async run({ store }) {
      const types = await typesDuring(store, async () => expect(await ask(store, "c1")).toMatchObject({ outcome: "ok", command: { id: "c1", status: "asked", by: "ann", runId: null } }));
      expect(types).toEqual(["command.asked"]);
      expect(await typesDuring(store, async () => expect(await ask(store, "c1")).toEqual({ outcome: "duplicate" }))).toEqual([]);
      expect(await store.commands.get("c1")).toMatchObject({ id: "c1", strandId: "a", kind: "run", askedAt: T, settledAt: null });
      expect(await store.commands.get("nobody")).toBeNull();
    },
  },
  {
    name: "a command is found by its key with all that it needs, and asked once with that",
    async run({ store, reopen }) {
      const given = { input: { n: [1, null] }, makeUp: true };
      const add = (id: string, strandId: string, onceKey: string | null) => store.commands.add({ id, strandId, sourceId: null, kind: "run", by: "ann", askedAt: T, onceKey, given });
      expect(await add("c1", "a", "k")).toMatchObject({ outcome: "ok" });
      const types = await typesDuring(store, async () => expect(await add("c2", "a", "k")).toEqual({ outcome: "duplicate" }));
      expect(types).toEqual([]);
      expect([await add("c3", "b", "k"), await add("c4", "a", null), await ask(store, "c5")]).toMatchObject(Array.from({ length: 3 }, () => ({ outcome: "ok" })));
      const { commands } = await reopen();
      expect(await commands.whole({ strandId: "a", onceKey: "k" })).toMatchObject({ command: { id: "c1", status: "asked" }, given });
      expect(await commands.whole({ id: "c5" })).toMatchObject({ command: { id: "c5" }, given: {} });
      expect([await commands.whole({ id: "c2" }), await commands.whole({ strandId: "a", onceKey: "other" })]).toEqual([null, null]);
    },
  },
  {
    name: "a command moves on with its reason and times",
    async run({ store }) {
      await ask(store, "c1");
      await store.commands.move("c1", ["asked"], "sent", T + 1, { expectedWaitMs: 5000 });
      const moved = await store.commands.move("c1", ["sent"], "refused", T + 2, { reason: "locked" });
      const command = { id: "c1", status: "refused", reason: "locked", expectedWaitMs: 5000, sentAt: T + 1, settledAt: T + 2 };
      expect(moved).toMatchObject({ outcome: "ok", command });
      expect(await store.commands.get("c1")).toMatchObject(command);
      expect((await allEvents(store)).map((event) => event.type)).toEqual(["command.asked", "command.sent", "command.refused"]);
    },
  },
  {
    name: "a command that has moved on already stays, and nothing is told of the late move",
    async run({ store }) {
      await ask(store, "c1");
      await store.commands.move("c1", ["asked"], "sent", T + 1);
      const types = await typesDuring(store, async () => expect(await store.commands.move("c1", ["asked"], "refused", T + 2)).toEqual({ outcome: "lost" }));
      expect(types).toEqual([]);
      expect(await store.commands.get("c1")).toMatchObject({ status: "sent" });
      expect(await store.commands.move("nobody", ["asked"], "sent", T)).toEqual({ outcome: "not_found" });
    },
  },
  {
    name: "of moves made at once exactly one wins",
    async run({ store }) {
      await ask(store, "c1");
      const told: string[] = [];
      store.onCommit((events) => told.push(...events.map((event) => event.type)));
      const moves = await Promise.all(Array.from({ length: 50 }, (_, i) => store.commands.move("c1", ["asked"], "sent", T + i)));
      expect(moves.filter((move) => move.outcome === "ok")).toHaveLength(1);
      expect(moves.filter((move) => move.outcome === "lost")).toHaveLength(49);
      expect(told).toEqual(["command.sent"]);
    },
  },
  {
    name: "a command finds the run it asked for when the run comes later",
    async run({ store }) {
      await withStrands(store, "a");
      await ask(store, "c1");
      await store.commands.move("c1", ["asked"], "sent", T, { ownerRunId: "o1" });
      await store.runs.observe({ strandId: "a", at: T + 9, finished: [aRun("k", { ownerRunId: "o1", trigger: "manual" })] });
      const { run } = await runOf(store, "a", "k");
      expect(run).toMatchObject({ ownerRunId: "o1", triggerBy: "ann" });
      expect(await store.commands.get("c1")).toMatchObject({ runId: run.id });
    },
  },
  {
    name: "a command moves on from where it stands now, whatever became of it since it was moved last",
    async run({ store }) {
      await withStrands(store, "a");
      await ask(store, "c1");
      await store.commands.move("c1", ["asked"], "sent", T, { ownerRunId: "o1" });
      await store.runs.observe({ strandId: "a", at: T + 9, finished: [aRun("k", { ownerRunId: "o1", trigger: "manual" })] });
      const { run } = await runOf(store, "a", "k");
      expect(await store.commands.move("c1", ["sent"], "confirmed", T + 10)).toMatchObject({ outcome: "ok", command: { runId: run.id, status: "confirmed" } });
      expect((await allEvents(store)).at(-1)).toMatchObject({ type: "command.confirmed", runId: run.id, data: { runId: run.id } });
      await store.commands.prune(T + 100);
      expect(await store.commands.move("c1", ["confirmed"], "sent", T + 101)).toEqual({ outcome: "not_found" });
      await ask(store, "c1");
      expect(await store.commands.move("c1", ["confirmed"], "sent", T + 102)).toEqual({ outcome: "lost" });
    },
  },
  {
    name: "a command finds the run it asked for when the run came first",
    async run({ store }) {
      await withStrands(store, "a", "b");
      await ask(store, "c1");
      for (const strandId of ["b", "a"]) await store.runs.observe({ strandId, at: T, finished: [aRun("k", { ownerRunId: "o1" })] });
      const { run } = await runOf(store, "a", "k");
      const moved = await store.commands.move("c1", ["asked"], "confirmed", T + 1, { ownerRunId: "o1" });
      expect(moved).toMatchObject({ outcome: "ok", command: { runId: run.id } });
      expect((await runOf(store, "a", "k")).run.triggerBy).toBe("ann");
      expect((await runOf(store, "b", "k")).run.triggerBy).toBeNull();
      expect((await allEvents(store)).at(-1)).toMatchObject({ type: "command.confirmed", strandId: "a", runId: run.id });
    },
  },
  {
    name: "commands are listed newest first, by strand and status, in pages",
    async run({ store }) {
      for (let i = 0; i < 5; i++) await ask(store, `c${i}`, { askedAt: T + (i >> 1), strandId: i === 4 ? "b" : "a" });
      await store.commands.move("c1", ["asked"], "sent", T + 9);
      const ids = async (filter: Parameters<Store["commands"]["list"]>[0]) => (await store.commands.list(filter)).items.map((command) => command.id);
      expect(await ids({ limit: 10 })).toEqual(["c4", "c3", "c2", "c1", "c0"]);
      expect(await ids({ limit: 10, strandId: "a", status: ["asked"] })).toEqual(["c3", "c2", "c0"]);
      expect(await ids({ limit: 10, status: ["sent", "unknown"] })).toEqual(["c1"]);
      const first = await store.commands.list({ limit: 2 });
      const second = await store.commands.list({ limit: 3, cursor: first.next });
      expect([...first.items, ...second.items].map((command) => command.id)).toEqual(["c4", "c3", "c2", "c1", "c0"]);
      expect(second.next).toBeNull();
    },
  },
];

import { expect } from "vitest";
import type { LoomEvent } from "../../../core/plugin/contract.ts";
import { allEvents, aRun, aStrand, look, T, withStrands } from "../fixtures.ts";
import type { StoreCase } from "../store.contract.ts";

export const eventCases: readonly StoreCase[] = [
  {
    name: "events are numbered from one without gaps, and asked for by number",
    async run({ store }) {
      expect(await store.events.last()).toBe(0);
      for (let i = 1; i <= 5; i++) await store.events.append({ at: T + i, type: `test.${i}`, strandId: "s", runId: "r", data: { i } });
      expect(await store.events.last()).toBe(5);
      expect((await store.events.after(3, 10)).events).toEqual([
        { seq: 4, at: T + 4, type: "test.4", strandId: "s", runId: "r", data: { i: 4 } },
        { seq: 5, at: T + 5, type: "test.5", strandId: "s", runId: "r", data: { i: 5 } },
      ]);
      expect((await store.events.after(0, 2)).events.map((event) => event.seq)).toEqual([1, 2]);
      expect(await store.events.after(5, 10)).toEqual({ events: [], pruned: false });
    },
  },
  {
    name: "of events with much data some megabytes are read together, and one at least",
    async run({ store }) {
      const long = (bytes: number) => store.events.append({ at: T, type: "test", data: { said: "x".repeat(bytes) } });
      for (let i = 0; i < 6; i++) await long(1_500_000);
      await long(6_000_000);
      const pages: number[][] = [];
      for (let after = 0; after < 7; after = pages.at(-1)!.at(-1)!) pages.push((await store.events.after(after, 100)).events.map(({ seq }) => seq));
      expect(pages).toEqual([[1, 2], [3, 4], [5, 6], [7]]);
    },
  },
  {
    name: "pruning forgets the oldest, says so to who asks for them, and gives no number twice",
    async run({ store }) {
      for (let i = 1; i <= 10; i++) await store.events.append({ at: T, type: "test" });
      expect(await store.events.prune(4)).toBe(6);
      expect(await store.events.prune(4)).toBe(0);
      expect(await store.events.after(6, 10)).toMatchObject({ pruned: false, events: [{ seq: 7 }, { seq: 8 }, { seq: 9 }, { seq: 10 }] });
      expect(await store.events.after(5, 10)).toMatchObject({ pruned: true });
      expect(await store.events.prune(0)).toBe(4);
      expect(await store.events.last()).toBe(10);
      expect(await store.events.after(9, 10)).toEqual({ events: [], pruned: true });
      expect(await store.events.after(10, 10)).toEqual({ events: [], pruned: false });
      await store.events.append({ at: T, type: "test" });
      expect(await store.events.last()).toBe(11);
    },
  },
  {
    name: "what is told after a commit is what is stored, in order",
    async run({ store }) {
      const told: LoomEvent[] = [];
      const stop = store.onCommit((events) => told.push(...events));
      await withStrands(store, "a", "b");
      await Promise.all([
        ...["a", "b"].map((strandId) => store.runs.observe({ strandId, at: T, finished: [aRun("k1"), aRun("k2", { startedAt: T + 1 })] })),
        store.strands.applyLook({ ...look((await store.sources.list())[0]!, 99, []) }),
        store.commands.move("nobody", ["asked"], "sent", T),
        store.events.append({ at: T, type: "test" }),
      ]);
      expect(told).toEqual(await allEvents(store));
      stop();
      await store.events.append({ at: T, type: "test" });
      expect(told).toHaveLength((await allEvents(store)).length - 1);
    },
  },
  {
    name: "who hears of an event finds its change stored",
    async run({ store }) {
      await withStrands(store, "a");
      const found: Promise<unknown>[] = [];
      store.onCommit((events) => {
        for (const { type, runId, seq } of events) {
          if (type === "run.finished") found.push(store.runs.get(runId!).then((stored) => stored?.run.status));
          if (type === "command.sent") found.push(store.commands.get("c1").then((command) => command?.status));
          found.push(store.events.last().then((last) => last >= seq));
        }
      });
      await store.runs.observe({ strandId: "a", at: T, finished: [aRun("k1", { steps: [] })] });
      await store.commands.add({ id: "c1", strandId: "a", sourceId: null, kind: "run", by: "ann", askedAt: T });
      await store.commands.move("c1", ["asked"], "sent", T);
      expect(await Promise.all(found)).toEqual([true, "succeeded", true, true, "sent", true]);
    },
  },
  {
    name: "a change that fails half way leaves neither rows nor events, and harms no other",
    async run({ store }) {
      const source = await withStrands(store, "a");
      const before = await allEvents(store);
      const broken = { ...aStrand("c"), name: null as unknown as string };
      const half = look(source, 1, [{ kind: "added", strand: aStrand("b") }, { kind: "added", strand: broken }]);
      const [failed, fine] = await Promise.allSettled([store.strands.applyLook(half), store.runs.observe({ strandId: "a", at: T, finished: [aRun("k")] })]);
      expect(failed.status).toBe("rejected");
      expect(fine).toMatchObject({ status: "fulfilled", value: { added: 1 } });
      expect(await store.strands.after(null, 10)).toEqual([{ id: "a", kind: "mirrored" }]);
      expect((await store.sources.list())[0]?.look).toBe(1);
      const types = (await allEvents(store)).slice(before.length).map((event) => event.type);
      expect(types).toEqual(["run.started", "step.completed", "step.skipped", "run.finished"]);
      expect((await allEvents(store)).map((event) => event.seq)).toEqual(Array.from({ length: before.length + 4 }, (_, i) => i + 1));
    },
  },
];

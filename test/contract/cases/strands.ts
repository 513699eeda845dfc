import { expect } from "vitest";
import { aFailedRun, aRun, runOf, T, withStrands } from "../fixtures.ts";
import type { StoreCase } from "../store.contract.ts";

export const strandCases: readonly StoreCase[] = [
  {
    name: "strands come in order of their names, and by id only those that are known",
    async run({ store }) {
      await withStrands(store, "c", "a", "b");
      expect((await store.strands.all()).map((strand) => strand.id)).toEqual(["a", "b", "c"]);
      expect((await store.strands.getMany(["c", "nobody", "a"])).map((strand) => strand.id)).toEqual(["c", "a"]);
    },
  },
  {
    name: "a strand shows its newest twenty runs, newest first",
    async run({ store }) {
      await withStrands(store, "a");
      const finished = Array.from({ length: 25 }, (_, i) => aRun(`k${i}`, { startedAt: T + i * 1000, finishedAt: T + i * 1000 + 1 }));
      await store.runs.observe({ strandId: "a", at: T + 99_000, finished });
      const [strand] = await store.strands.all();
      expect(strand!.recent.map((run) => run.startedAt)).toEqual(Array.from({ length: 20 }, (_, i) => T + (24 - i) * 1000));
      expect(strand!.lastRun).toEqual(strand!.recent[0]);
      expect(strand!.activeRun).toBeNull();
    },
  },
  {
    name: "while a run is under way the last run is the newest that has finished",
    async run({ store }) {
      await withStrands(store, "a");
      await store.runs.observe({ strandId: "a", at: T + 9000, finished: [aRun("k1")], running: { key: "k2", startedAt: T + 8000 } });
      const [strand] = await store.strands.all();
      expect(strand).toMatchObject({
        activeRun: { key: "k2", startedAt: T + 8000 },
        lastRun: { status: "succeeded", startedAt: T },
        recent: [{ status: "running", finishedAt: null }, { status: "succeeded" }],
        stepStates: [{ id: "exec", status: "running" }, { id: "deliver", status: "pending" }],
      });
    },
  },
  {
    name: "the steps of the newest run are shown with their reasons",
    async run({ store }) {
      await withStrands(store, "a");
      await store.runs.observe({ strandId: "a", at: T, finished: [aRun("k1")] });
      expect((await store.strands.all())[0]?.stepStates).toEqual([
        { id: "exec", status: "completed", reason: null },
        { id: "deliver", status: "skipped", reason: "not_requested" },
      ]);
    },
  },
  {
    name: "very many red runs are acknowledged in one go",
    async run({ store }) {
      await withStrands(store, "a");
      await store.runs.observe({ strandId: "a", at: T, finished: Array.from({ length: 600 }, (_, n) => aFailedRun(`k${n}`, { startedAt: T + n, finishedAt: T + n + 1 })) });
      const newest = await runOf(store, "a", "k599");
      expect(await store.runs.acknowledge(newest.run.id, "ann", T + 700)).toEqual({ outcome: "ok", acknowledged: 600 });
      expect((await store.strands.getMany(["a"]))[0]!.redRuns).toBe(0);
    },
  },
  {
    name: "red runs are counted until they are acknowledged, each with all before it",
    async run({ store }) {
      await withStrands(store, "a", "b");
      const failed = (key: string, startedAt: number) => aFailedRun(key, { startedAt, finishedAt: startedAt + 1 });
      await store.runs.observe({ strandId: "a", at: T + 10, finished: [failed("k1", T), failed("k2", T + 2), aRun("k3", { startedAt: T + 4, finishedAt: T + 5 }), failed("k4", T + 6)] });
      await store.runs.observe({ strandId: "b", at: T + 10, finished: [failed("k1", T)] });
      expect((await store.strands.getMany(["a", "b"])).map((strand) => strand.redRuns)).toEqual([3, 1]);
      const second = await runOf(store, "a", "k2");
      expect(await store.runs.acknowledge(second.run.id, "ann", T + 20)).toEqual({ outcome: "ok", acknowledged: 2 });
      expect(await store.runs.acknowledge(second.run.id, "ann", T + 21)).toEqual({ outcome: "duplicate" });
      expect(await store.runs.acknowledge("nobody", "ann", T)).toEqual({ outcome: "not_found" });
      const [a, b] = await store.strands.getMany(["a", "b"]);
      expect([a!.redRuns, b!.redRuns]).toEqual([1, 1]);
      expect(a!.recent.map((run) => [run.red, run.acknowledged])).toEqual([[true, false], [false, false], [true, true], [true, true]]);
      expect((await runOf(store, "a", "k1")).run).toMatchObject({ ackAt: T + 20, ackBy: "ann" });
      expect((await store.runs.list({ red: true, limit: 10 })).items.map((run) => [run.strandId, run.externalKey])).toEqual([["a", "k4"], ["b", "k1"]]);
    },
  },
  {
    name: "an answer to a write is followed by what it wrote, also among many at once",
    async run({ store }) {
      await withStrands(store, "a", "b");
      await Promise.all(
        Array.from({ length: 30 }, async (_, i) => {
          const startedAt = T + i;
          await store.runs.observe({ strandId: i % 2 ? "a" : "b", at: startedAt, finished: [aRun(`k${i}`, { startedAt, finishedAt: startedAt })], historyComplete: true });
          const seen = (await store.strands.all()).flatMap((strand) => strand.recent.map((run) => run.startedAt));
          expect(seen).toContain(startedAt);
        }),
      );
      expect((await store.strands.all()).every((strand) => strand.historyComplete)).toBe(true);
    },
  },
];

import { expect } from "vitest";
import type { Store } from "../../../core/store/contract.ts";
import { aFailedRun, allEvents, aRun, T, typesDuring, withStrands } from "../fixtures.ts";
import type { StoreCase } from "../store.contract.ts";

/** Records runs of strand a that took these times, one after the other. */
function ran(store: Store, lasted: readonly number[], make = aRun, from = 0): Promise<unknown> {
  const finished = lasted.map((ms, i) => make(`${from + i}`, { startedAt: T + (from + i) * 10_000, finishedAt: T + (from + i) * 10_000 + ms }));
  return store.runs.observe({ strandId: "a", at: T, finished });
}

const p95 = async (store: Store): Promise<number | null> => (await store.strands.getMany(["a"]))[0]!.p95Ms;
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => (i * 37) % count + 1);

export const durationCases: readonly StoreCase[] = [
  {
    name: "how long nearly all runs take is told of five successful runs and more",
    async run({ store }) {
      await withStrands(store, "a");
      await ran(store, [1, 2, 3, 4]);
      await ran(store, [900, 900], aFailedRun, 4);
      expect(await p95(store)).toBeNull();
      await ran(store, [5], aRun, 6);
      expect(await p95(store)).toBe(5);
    },
  },
  {
    name: "how long runs take is told of the newest hundred",
    async run({ store }) {
      await withStrands(store, "a");
      await ran(store, Array.from({ length: 50 }, () => 9000));
      await ran(store, upTo(100), aRun, 50);
      expect(await p95(store)).toBe(95);
    },
  },
  {
    name: "a run under way is marked as stuck once",
    async run({ store }) {
      await withStrands(store, "a");
      await store.runs.observe({ strandId: "a", at: T, finished: [], running: { key: "k", startedAt: T } });
      const active = async () => (await store.strands.getMany(["a"]))[0]!.activeRun;
      const { id, stuckAt } = (await active())!;
      expect(stuckAt).toBeNull();
      const answers: string[] = [];
      const types = await typesDuring(store, async () => {
        for (const answer of await Promise.all([store.runs.markStuck(id, T + 5), store.runs.markStuck(id, T + 6)])) answers.push(answer.outcome);
      });
      expect(answers.toSorted()).toEqual(["duplicate", "ok"]);
      expect(types).toEqual(["run.stuck"]);
      expect((await active())!.stuckAt).toBe(T + 5);
      expect((await allEvents(store)).at(-1)).toMatchObject({ type: "run.stuck", strandId: "a", runId: id, data: { startedAt: T } });
    },
  },
  {
    name: "a run that is over is not stuck, and one that is taken up again is not stuck any more",
    async run({ store }) {
      await withStrands(store, "a");
      const running = { key: "k", startedAt: T };
      await store.runs.observe({ strandId: "a", at: T, finished: [], running });
      const { id } = (await store.strands.getMany(["a"]))[0]!.activeRun!;
      await store.runs.markStuck(id, T + 5);
      await store.runs.observe({ strandId: "a", at: T + 6, finished: [], running: null });
      expect(await store.runs.markStuck(id, T + 7)).toEqual({ outcome: "not_found" });
      await store.runs.observe({ strandId: "a", at: T + 8, finished: [], running });
      expect((await store.strands.getMany(["a"]))[0]!.activeRun).toMatchObject({ id, stuckAt: null });
    },
  },
];

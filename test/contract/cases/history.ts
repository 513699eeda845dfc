import { expect } from "vitest";
import { aFailedRun, allEvents, aRun, runOf, T, typesDuring, withStrands } from "../fixtures.ts";
import type { StoreCase } from "../store.contract.ts";

const failed = (key: string, startedAt: number) => aFailedRun(key, { startedAt, finishedAt: startedAt + 1 });

export const historyCases: readonly StoreCase[] = [
  {
    name: "history from before the first sight is told by one event",
    async run({ store }) {
      await withStrands(store, "a");
      const finished = Array.from({ length: 50 }, (_, i) => aRun(`k${i}`, { startedAt: T + i, finishedAt: T + i }));
      expect(await typesDuring(store, () => store.runs.observe({ strandId: "a", at: T + 99, finished, beforeFirstSight: true }))).toEqual(["strand.history"]);
      expect((await allEvents(store)).at(-1)!.data).toEqual({ added: 50, oldest: T, newest: T + 49 });
      const again = { strandId: "a", at: T + 99, finished, beforeFirstSight: true };
      expect(await typesDuring(store, () => store.runs.observe(again))).toEqual([]);
    },
  },
  {
    name: "of old failures only the newest run's asks for attention",
    async run({ store }) {
      await withStrands(store, "a");
      await store.runs.observe({ strandId: "a", at: T + 99, finished: [failed("k5", T + 5), failed("k6", T + 6)], beforeFirstSight: true });
      await store.runs.observe({ strandId: "a", at: T + 99, finished: [failed("k3", T + 3), failed("k4", T + 4)], beforeFirstSight: true });
      expect((await store.strands.all())[0]).toMatchObject({ redRuns: 1 });
      expect((await runOf(store, "a", "k6")).run).toMatchObject({ red: true, ackAt: null });
      expect((await runOf(store, "a", "k4")).run).toMatchObject({ red: true, ackAt: T + 99 });
    },
  },
  {
    name: "old failures before a newer success ask for nothing",
    async run({ store }) {
      await withStrands(store, "a");
      await store.runs.observe({ strandId: "a", at: T + 99, finished: [failed("k1", T + 1), aRun("k2", { startedAt: T + 2, finishedAt: T + 3 })], beforeFirstSight: true });
      expect((await store.strands.all())[0]).toMatchObject({ redRuns: 0 });
    },
  },
  {
    name: "how far history was imported is kept beside the mark that was seen",
    async run({ store }) {
      await withStrands(store, "a");
      expect((await store.strands.all())[0]).toMatchObject({ importedMark: null, historyComplete: false });
      await store.runs.observe({ strandId: "a", at: T, finished: [], importedMark: "m1" });
      expect((await store.strands.all())[0]).toMatchObject({ importedMark: "m1", historyComplete: false });
      await store.runs.observe({ strandId: "a", at: T, finished: [], historyComplete: true });
      expect((await store.strands.all())[0]).toMatchObject({ importedMark: "m1", historyComplete: true });
      await store.runs.observe({ strandId: "a", at: T, finished: [], importedMark: null });
      expect((await store.strands.all())[0]).toMatchObject({ importedMark: null, historyComplete: true });
    },
  },
];

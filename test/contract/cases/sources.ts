import { expect } from "vitest";
import type { SourceHealth, Store } from "../../../core/store/contract.ts";
import { aSource, aStrand, healthy, look, T } from "../fixtures.ts";
import type { StoreCase } from "../store.contract.ts";

const stale = (message: string): SourceHealth => healthy({ freshness: "stale", message });

async function states(store: Store, sourceId: string, from: number, to: number): Promise<[number, string, boolean][]> {
  return (await store.sources.states({ sourceId, from, to })).map(({ since, freshness, schedulerOn }) => [since - T, freshness, schedulerOn]);
}

export const sourceCases: readonly StoreCase[] = [
  {
    name: "a source keeps how it stood, each change of freshness or scheduler once",
    async run({ store }) {
      const { id } = await aSource(store);
      await store.sources.setHealth(id, healthy(), T + 10);
      await store.sources.setHealth(id, healthy({ version: "2.0", lastGoodReadAt: T + 15 }), T + 15);
      await store.sources.setHealth(id, stale("no answer"), T + 20);
      await store.sources.setHealth(id, stale("still no answer"), T + 25);
      await store.strands.applyLook({ ...look((await store.sources.list())[0]!, 0, [{ kind: "added", strand: aStrand("a") }], T + 30), health: healthy({ schedulerOn: false }) });
      expect(await states(store, id, T, T + 100)).toEqual([[0, "stale", true], [10, "fresh", true], [20, "stale", true], [30, "fresh", false]]);
      expect((await store.sources.states({ sourceId: id, from: T + 21, to: T + 22 }))[0]).toEqual({ sourceId: id, since: T + 20, freshness: "stale", schedulerOn: true, message: "no answer" });
    },
  },
  {
    name: "the states between two times begin with the one that held then",
    async run({ store }) {
      const { id } = await aSource(store);
      await store.sources.setHealth(id, healthy(), T + 10);
      await store.sources.setHealth(id, stale("gone"), T + 20);
      expect(await states(store, id, T + 15, T + 21)).toEqual([[10, "fresh", true], [20, "stale", true]]);
      expect(await states(store, id, T + 10, T + 20)).toEqual([[10, "fresh", true]]);
      expect(await states(store, id, T - 10, T + 1)).toEqual([[0, "stale", true]]);
      expect(await states(store, id, T - 10, T - 5)).toEqual([]);
      expect(await states(store, "nobody", T, T + 99)).toEqual([]);
    },
  },
  {
    name: "after a clock was set back the newest word counts",
    async run({ store }) {
      const { id } = await aSource(store);
      await store.sources.setHealth(id, healthy(), T + 5000);
      await store.sources.setHealth(id, stale("gone"), T + 100);
      expect(await states(store, id, T, T + 9000)).toEqual([[0, "stale", true], [100, "stale", true]]);
    },
  },
  {
    name: "a source that was taken away stands as stale since then",
    async run({ store }) {
      const { id } = await aSource(store);
      await store.sources.setHealth(id, healthy(), T + 10);
      await store.sources.retire(id, T + 20);
      expect(await states(store, id, T + 20, T + 30)).toEqual([[20, "stale", true]]);
    },
  },
  {
    name: "what becomes of firings while a job is off is kept and brought up to date",
    async run({ store }) {
      expect((await aSource(store)).firingsWhileOff).toEqual({});
      await aSource(store, { firingsWhileOff: { cron: "They are left out.", at: "It runs at once." } });
      expect((await store.sources.list())[0]!.firingsWhileOff).toEqual({ cron: "They are left out.", at: "It runs at once." });
    },
  },
];

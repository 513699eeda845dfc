import { expect } from "vitest";
import { allEvents, aSource, aStrand, healthy, look, T, typesDuring, withStrands } from "../fixtures.ts";
import type { StoreCase } from "../store.contract.ts";

export const lookCases: readonly StoreCase[] = [
  {
    name: "a source is registered once and found again by plugin, node and identity",
    async run({ store }) {
      const first = await aSource(store);
      expect(first).toMatchObject({ id: `cron:${first.instance}`, plugin: "cron", look: 0, revision: null, retiredAt: null });
      const again = await aSource(store, { label: "Renamed", can: { setEnabled: true, runNow: true }, at: T + 1 });
      expect(again).toMatchObject({ id: first.id, label: "Renamed", can: { runNow: true } });
      const elsewhere = await aSource(store, { nodeId: "node-2" });
      expect(elsewhere.id).not.toBe(first.id);
      expect((await store.sources.list()).map((source) => source.id)).toEqual([first.id, elsewhere.id]);
    },
  },
  {
    name: "a change of health is told once, and what is not for people is not told",
    async run({ store }) {
      const { id } = await aSource(store);
      const change = healthy();
      expect(await typesDuring(store, () => store.sources.setHealth(id, change, T))).toEqual(["source.changed"]);
      expect(await typesDuring(store, () => store.sources.setHealth(id, { ...change, lastGoodReadAt: T + 5 }, T + 5))).toEqual([]);
      expect((await store.sources.list())[0]?.health).toEqual({ ...change, lastGoodReadAt: T + 5 });
      expect(await store.sources.setHealth("nobody", change, T)).toEqual({ outcome: "not_found" });
    },
  },
  {
    name: "a look adds strands and raises the source's look",
    async run({ store }) {
      const source = await aSource(store);
      expect(await store.strands.applyLook(look(source, 0, [{ kind: "added", strand: aStrand("a") }]))).toEqual({ outcome: "ok", look: 1 });
      expect((await store.sources.list())[0]).toMatchObject({ look: 1, revision: "r1", health: { freshness: "fresh" } });
      expect((await store.strands.all())[0]).toMatchObject({
        ...aStrand("a"), kind: "mirrored", nodeId: "node-1", sourceId: source.id, firstSeenAt: T, editedAt: T, goneAt: null, recent: [], redRuns: 0,
      });
    },
  },
  {
    name: "a look that somebody else has overtaken is lost and changes nothing",
    async run({ store }) {
      const source = await withStrands(store, "a");
      const late = look(source, 0, [{ kind: "removed", id: "a" }, { kind: "added", strand: aStrand("b") }]);
      let outcome;
      expect(await typesDuring(store, async () => (outcome = await store.strands.applyLook(late)))).toEqual([]);
      expect(outcome).toEqual({ outcome: "lost" });
      expect((await store.strands.getMany(["a", "b"])).map((strand) => [strand.id, strand.goneAt])).toEqual([["a", null]]);
      expect((await store.sources.list())[0]).toMatchObject({ look: 1, revision: "r1" });
    },
  },
  {
    name: "of looks taken at once exactly one wins",
    async run({ store }) {
      const source = await aSource(store);
      const looks = Array.from({ length: 20 }, (_, i) => store.strands.applyLook(look(source, 0, [{ kind: "added", strand: aStrand(`s${i}`) }])));
      const outcomes = (await Promise.all(looks)).map((answer) => answer.outcome);
      expect(outcomes.filter((outcome) => outcome === "ok")).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome === "lost")).toHaveLength(19);
      expect(await store.strands.all()).toHaveLength(1);
      expect((await allEvents(store)).filter((event) => event.type === "strand.added")).toHaveLength(1);
    },
  },
  {
    name: "a look at an unknown source is not found",
    async run({ store }) {
      const source = await aSource(store);
      expect(await store.strands.applyLook(look({ ...source, id: "nobody" }, 0, []))).toEqual({ outcome: "not_found" });
    },
  },
  {
    name: "each kind of change is told by its own event",
    async run({ store }) {
      const source = await withStrands(store, "a", "b", "c", "d");
      const types = await typesDuring(store, () =>
        store.strands.applyLook(
          look(source, 1, [
            { kind: "edited", strand: aStrand("a", { name: "A", definitionHash: "h2" }), fields: ["name"] },
            { kind: "changed", strand: aStrand("b", { nextRunAt: T + 5 }) },
            { kind: "changed", strand: aStrand("c", { enabled: false, disabledReason: "by hand" }) },
            { kind: "removed", id: "d" },
          ], T + 9),
        ),
      );
      expect(types).toEqual(["strand.edited", "strand.changed", "strand.disabled", "strand.removed"]);
      const strands = new Map((await store.strands.getMany(["a", "b", "c", "d"])).map((strand) => [strand.id, strand]));
      expect(strands.get("a")).toMatchObject({ name: "A", editedAt: T + 9, firstSeenAt: T });
      expect(strands.get("b")).toMatchObject({ nextRunAt: T + 5, editedAt: T });
      expect(strands.get("c")).toMatchObject({ enabled: false, disabledReason: "by hand", editedAt: T });
      expect(strands.get("d")).toMatchObject({ goneAt: T + 9 });
      const edited = (await allEvents(store)).find((event) => event.type === "strand.edited");
      expect(edited).toMatchObject({ strandId: "a", at: T + 9, data: { fields: ["name"] } });
    },
  },
  {
    name: "an edit that also switches is told as both",
    async run({ store }) {
      const source = await withStrands(store, "a");
      const strand = aStrand("a", { enabled: false, definitionHash: "h2" });
      const types = await typesDuring(store, () => store.strands.applyLook(look(source, 1, [{ kind: "edited", strand, fields: ["prompt"] }])));
      expect(types.toSorted()).toEqual(["strand.disabled", "strand.edited"]);
    },
  },
  {
    name: "a strand that comes back has its history and its first sight",
    async run({ store }) {
      const source = await withStrands(store, "a");
      await store.runs.observe({ strandId: "a", at: T, finished: [], running: { key: "k", startedAt: T } });
      await store.strands.applyLook(look(source, 1, [{ kind: "removed", id: "a", expected: true }], T + 1));
      expect(await store.strands.all()).toEqual([]);
      expect(await store.strands.getMany(["a"])).toHaveLength(1);
      const types = await typesDuring(store, () => store.strands.applyLook(look(source, 2, [{ kind: "returned", strand: aStrand("a") }], T + 2)));
      expect(types).toEqual(["strand.returned"]);
      expect((await store.strands.all())[0]).toMatchObject({ firstSeenAt: T, goneAt: null, activeRun: { key: "k" } });
    },
  },
  {
    name: "new steps of a definition replace the old ones",
    async run({ store }) {
      const source = await withStrands(store, "a");
      const steps = [{ id: "one", label: "ONE" }];
      await store.strands.applyLook(look(source, 1, [{ kind: "edited", strand: aStrand("a", { steps, definitionHash: "h2" }), fields: ["steps"] }]));
      expect((await store.strands.all())[0]?.steps).toEqual(steps);
    },
  },
  {
    name: "a retired source takes its strands off the page, keeps their history, and no late look brings them back",
    async run({ store }) {
      const source = await withStrands(store, "a", "b");
      expect(await typesDuring(store, () => store.sources.retire(source.id, T + 1))).toEqual(["strand.removed", "strand.removed", "source.removed"]);
      expect(await store.strands.all()).toEqual([]);
      expect((await store.strands.goneFrom(source.id, 10)).map((strand) => strand.id)).toEqual(["b", "a"]);
      for (const number of [1, 2]) expect(await store.strands.applyLook(look(source, number, [{ kind: "returned", strand: aStrand("a") }]))).toEqual({ outcome: "lost" });
      expect(await store.sources.retire("nobody", T)).toEqual({ outcome: "not_found" });
      const back = await aSource(store, { at: T + 2 });
      expect(back).toMatchObject({ id: source.id, retiredAt: null });
      expect(await store.strands.applyLook(look(source, 1, [{ kind: "returned", strand: aStrand("b") }]))).toEqual({ outcome: "lost" });
      expect(await store.strands.applyLook(look(back, back.look, [{ kind: "returned", strand: aStrand("a") }]))).toMatchObject({ outcome: "ok" });
      expect((await store.strands.all()).map((strand) => strand.id)).toEqual(["a"]);
    },
  },
];

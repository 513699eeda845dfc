import { expect } from "vitest";
import type { ChangeRecord, Store, StrandChange } from "../../../core/store/contract.ts";
import { allEvents, aSource, aStrand, look, T, typesDuring, withStrands } from "../fixtures.ts";
import type { StoreCase } from "../store.contract.ts";

const edit = (id: string, hash: string, more: Partial<Extract<StrandChange, { kind: "edited" }>> = {}): StrandChange => ({
  kind: "edited", fields: ["prompt"], strand: aStrand(id, { definition: { prompt: hash }, definitionHash: hash }), ...more,
});

async function strandOf(store: Store, id: string) {
  return (await store.strands.getMany([id]))[0]!;
}

const brief = (changes: readonly ChangeRecord[]): [string, number | null, number][] => changes.map(({ kind, fromVersion, version }) => [kind, fromVersion, version]);

export const changeCases: readonly StoreCase[] = [
  {
    name: "a strand that appears has version 1 and is marked as new, unless it was expected",
    async run({ store }) {
      const source = await aSource(store);
      await store.strands.applyLook(look(source, 0, [{ kind: "added", strand: aStrand("a"), expected: true }]));
      await store.strands.applyLook(look(source, 1, [{ kind: "added", strand: aStrand("b"), by: "ann" }], T + 1));
      expect(await strandOf(store, "a")).toMatchObject({ version: 1, changes: [], scheduledAt: T, switchedAt: T, graceMs: null });
      const [mark] = (await strandOf(store, "b")).changes;
      expect(mark).toEqual({ id: mark!.id, strandId: "b", kind: "new", fromVersion: null, version: 1, fields: [], seenAt: T + 1, by: "ann", ackAt: null, ackBy: null });
      expect(await store.changes.versions("a")).toEqual([
        { strandId: "a", version: 1, name: "a", description: null, command: null, schedule: aStrand("a").schedule, definition: { prompt: "hello" }, definitionHash: "h1", seenAt: T, by: null },
      ]);
    },
  },
  {
    name: "each edit is a version of its own and marked with what differs and who made it",
    async run({ store }) {
      const source = await withStrands(store, "a");
      await store.changes.acknowledge("a", "ann", T);
      await store.strands.applyLook(look(source, 1, [edit("a", "h2", { by: "bob" })], T + 1));
      await store.strands.applyLook(look(source, 2, [edit("a", "h3", { expected: true, by: "loom" })], T + 2));
      const strand = await strandOf(store, "a");
      expect(strand).toMatchObject({ version: 3, editedAt: T + 2 });
      expect(strand.changes).toMatchObject([{ kind: "edited", fromVersion: 1, version: 2, fields: ["prompt"], seenAt: T + 1, by: "bob" }]);
      expect((await store.changes.versions("a")).map(({ version, definition, seenAt, by }) => [version, definition["prompt"], seenAt, by])).toEqual([
        [3, "h3", T + 2, "loom"],
        [2, "h2", T + 1, "bob"],
        [1, "hello", T, null],
      ]);
      expect((await store.changes.versions("a", [1, 3, 7])).map(({ version }) => version)).toEqual([3, 1]);
      expect((await allEvents(store)).findLast((event) => event.type === "strand.edited")).toMatchObject({ data: { version: 3, by: "loom" } });
    },
  },
  {
    name: "a definition that only Loom reads in another way is a version without a mark",
    async run({ store }) {
      const source = await withStrands(store, "a");
      await store.changes.acknowledge("a", "ann", T);
      await store.strands.applyLook(look(source, 1, [edit("a", "h2", { fields: [] })]));
      expect(await strandOf(store, "a")).toMatchObject({ version: 2, changes: [] });
    },
  },
  {
    name: "the times of the schedule and of switching move only when these change",
    async run({ store }) {
      const source = await withStrands(store, "a");
      const state = (over: Parameters<typeof aStrand>[1]): StrandChange => ({ kind: "changed", strand: aStrand("a", over) });
      await store.strands.applyLook(look(source, 1, [state({ nextRunAt: T + 5 })], T + 1));
      expect(await strandOf(store, "a")).toMatchObject({ scheduledAt: T, switchedAt: T, version: 1 });
      await store.strands.applyLook(look(source, 2, [state({ enabled: false })], T + 2));
      expect(await strandOf(store, "a")).toMatchObject({ scheduledAt: T, switchedAt: T + 2, version: 1 });
      const schedule = { kind: "every", everyMs: 5000 } as const;
      await store.strands.applyLook(look(source, 3, [{ kind: "edited", fields: ["every"], strand: aStrand("a", { enabled: false, schedule, definitionHash: "h2" }) }], T + 3));
      expect(await strandOf(store, "a")).toMatchObject({ scheduledAt: T + 3, switchedAt: T + 2, version: 2 });
    },
  },
  {
    name: "switching a strand on or off leaves no mark",
    async run({ store }) {
      const source = await withStrands(store, "a");
      await store.changes.acknowledge("a", "ann", T);
      await store.strands.applyLook(look(source, 1, [{ kind: "changed", strand: aStrand("a", { enabled: false }) }]));
      expect((await store.changes.list({ strandId: "a", limit: 10 })).items).toHaveLength(1);
      expect((await strandOf(store, "a")).changes).toEqual([]);
    },
  },
  {
    name: "a strand that vanished stays on the page until that is acknowledged",
    async run({ store }) {
      const source = await withStrands(store, "a", "b", "c");
      for (const id of ["a", "b", "c"]) await store.changes.acknowledge(id, "ann", T);
      const changes = [{ kind: "removed", id: "a" }, { kind: "removed", id: "b", expected: true }] as const;
      expect(await typesDuring(store, () => store.strands.applyLook(look(source, 1, changes, T + 1)))).toEqual(["strand.removed", "strand.removed"]);
      expect((await store.strands.all()).map((strand) => [strand.id, strand.goneAt])).toEqual([["a", T + 1], ["c", null]]);
      expect((await strandOf(store, "a")).changes).toMatchObject([{ kind: "vanished", fromVersion: 1, version: 1, seenAt: T + 1 }]);

      expect(await typesDuring(store, () => store.changes.acknowledge("a", "ann", T + 2))).toEqual(["strand.acknowledged"]);
      expect((await store.strands.all()).map((strand) => strand.id)).toEqual(["c"]);
      expect((await store.strands.getMany(["a", "b", "c"])).map((strand) => strand.id)).toEqual(["a", "b", "c"]);
      expect(await store.changes.acknowledge("a", "ann", T + 3)).toEqual({ outcome: "duplicate" });
      expect(await store.changes.acknowledge("nobody", "ann", T + 3)).toEqual({ outcome: "not_found" });
    },
  },
  {
    name: "a strand that came back keeps both marks, and is counted from there",
    async run({ store }) {
      const source = await withStrands(store, "a");
      await store.changes.acknowledge("a", "ann", T);
      await store.strands.applyLook(look(source, 1, [{ kind: "removed", id: "a" }], T + 1));
      await store.strands.applyLook(look(source, 2, [{ kind: "returned", strand: aStrand("a", { definition: { prompt: "bye" }, definitionHash: "h2" }) }], T + 2));
      const strand = await strandOf(store, "a");
      expect(brief(strand.changes)).toEqual([["returned", 1, 2], ["vanished", 1, 1]]);
      expect(strand).toMatchObject({ goneAt: null, version: 2, scheduledAt: T + 2 });
      expect(strand.changes[0]!.fields).toEqual(["prompt"]);
      await store.strands.applyLook(look(source, 3, [{ kind: "removed", id: "a", expected: true }], T + 3));
      expect(await store.strands.all()).toEqual([]);
      // Names are somebody else's making: a few are told, in brief.
      const wide = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`${n}`.padEnd(2_000, "x"), n]));
      await store.strands.applyLook(look(source, 4, [{ kind: "returned", strand: aStrand("a", { definition: wide, definitionHash: "h3" }) }], T + 4));
      const back = (await strandOf(store, "a")).changes.find((change) => change.fields.length > 1);
      expect([back?.kind, back?.fields.length, Math.max(...(back?.fields.map((name) => name.length) ?? []))]).toEqual(["returned", 21, 64]);
    },
  },
  {
    name: "a source that is taken away and comes back leaves no marks but those of real edits",
    async run({ store }) {
      const source = await withStrands(store, "a", "b", "c");
      for (const id of ["a", "b", "c"]) await store.changes.acknowledge(id, "ann", T);
      await store.strands.applyLook(look(source, 1, [{ kind: "removed", id: "c" }], T + 1));
      expect(await typesDuring(store, () => store.sources.retire(source.id, T + 2))).toEqual(["strand.removed", "strand.removed", "strand.removed", "source.removed"]);
      expect(await store.strands.all()).toEqual([]);
      const back = await aSource(store, { at: T + 3 });
      const returned = [{ kind: "returned", strand: aStrand("a") }, { kind: "returned", strand: aStrand("b", { definition: { prompt: "bye" }, definitionHash: "h2" }) }] as const;
      await store.strands.applyLook(look(back, back.look, returned, T + 4));
      expect((await store.strands.all()).map((strand) => [strand.id, brief(strand.changes), strand.scheduledAt])).toEqual([["a", [], T], ["b", [["edited", 1, 2]], T]]);
    },
  },
  {
    name: "pages of changes hold each once, newest first",
    async run({ store }) {
      const source = await withStrands(store, "a", "b");
      for (let i = 1; i <= 5; i++) await store.strands.applyLook(look(source, i, [edit(i % 2 ? "a" : "b", `h${i + 1}`)], T + i));
      await store.changes.acknowledge("b", "ann", T + 9);
      const every = async (filter: { strandId?: string; asking?: boolean }): Promise<ChangeRecord[]> => {
        const found: ChangeRecord[] = [];
        let cursor: string | null = null;
        do {
          const page: Awaited<ReturnType<Store["changes"]["list"]>> = await store.changes.list({ ...filter, cursor, limit: 2 });
          found.push(...page.items);
          cursor = page.next;
        } while (cursor !== null);
        return found;
      };
      expect((await every({})).map(({ strandId, seenAt }) => `${strandId}${seenAt - T}`)).toEqual(["a5", "b4", "a3", "b2", "a1", ...(await every({})).slice(5).map(({ strandId }) => `${strandId}0`)]);
      expect(await every({})).toHaveLength(7);
      expect(brief(await every({ strandId: "a" }))).toEqual([["edited", 3, 4], ["edited", 2, 3], ["edited", 1, 2], ["new", null, 1]]);
      expect((await every({ asking: true })).map(({ strandId }) => strandId)).toEqual(["a", "a", "a", "a"]);
      expect(await every({ strandId: "b", asking: true })).toEqual([]);
      expect((await every({ strandId: "b" }))[0]).toMatchObject({ ackAt: T + 9, ackBy: "ann" });
    },
  },
  {
    name: "of very many edits the newest definitions and marks are shown",
    async run({ store }) {
      const source = await withStrands(store, "a");
      for (let i = 1; i <= 210; i++) await store.strands.applyLook(look(source, i, [edit("a", `h${i + 1}`)], T + i));
      const versions = await store.changes.versions("a");
      expect([versions.length, versions[0]!.version, versions.at(-1)!.version]).toEqual([200, 211, 12]);
      const { changes } = await strandOf(store, "a");
      expect([changes.length, changes[0]!.version]).toEqual([20, 211]);
    },
  },
  {
    name: "with a strand some long names of changed fields are told, and all with the list of changes",
    async run({ store }) {
      const source = await withStrands(store, "a");
      const long = Array.from({ length: 20 }, (_, i) => `${i}`.padEnd(64, "x"));
      for (const [i, fields] of [long, ["name"], long, long].entries()) await store.strands.applyLook(look(source, i + 1, [edit("a", `h${i + 2}`, { fields })], T + i + 1));
      expect((await strandOf(store, "a")).changes.map(({ fields }) => fields)).toEqual([long, ["…"], ["name"], ["…"], []]);
      expect((await store.changes.list({ strandId: "a", limit: 10 })).items.map(({ fields }) => fields)).toEqual([long, long, ["name"], long, []]);
    },
  },
  {
    name: "of very large definitions only the newest are kept",
    async run({ store }) {
      const source = await withStrands(store, "a");
      for (let i = 1; i <= 12; i++) await store.strands.applyLook(look(source, i, [edit("a", `${i}${"x".repeat(1_000_000)}`)], T + i));
      expect((await store.changes.versions("a")).map(({ version }) => version)).toEqual([13, 12, 11, 10, 9, 8, 7, 6]);
    },
  },
  {
    name: "of definitions with very many values only the newest are kept",
    async run({ store }) {
      const source = await withStrands(store, "a");
      const wide = (i: number) => ({ kind: "edited", strand: aStrand("a", { definition: { i, all: Array.from({ length: 50_000 }, () => ({})) }, definitionHash: `h${i}` }), fields: ["all"] }) as const;
      for (let i = 1; i <= 8; i++) await store.strands.applyLook(look(source, i, [wide(i)], T + i));
      expect((await store.changes.versions("a")).map(({ version }) => version)).toEqual([9, 8, 7, 6]);
    },
  },
  {
    name: "how late a firing may be is set and taken back",
    async run({ store, reopen }) {
      await withStrands(store, "a");
      expect(await typesDuring(store, () => store.strands.setGrace("a", 5000, T))).toEqual(["strand.changed"]);
      expect((await strandOf(store, "a")).graceMs).toBe(5000);
      const again = await reopen();
      expect((await strandOf(again, "a")).graceMs).toBe(5000);
      await again.strands.setGrace("a", null, T);
      expect((await strandOf(again, "a")).graceMs).toBeNull();
      expect(await again.strands.setGrace("nobody", 1, T)).toEqual({ outcome: "not_found" });
    },
  },
  {
    name: "the newest thousand changes of a strand are kept, and it goes on asking",
    async run({ store }) {
      const source = await withStrands(store, "a");
      const edits = Array.from({ length: 1005 }, (_, i) => edit("a", `h${i + 2}`));
      await store.strands.applyLook(look(source, 1, edits.slice(0, 5), T + 1));
      await store.strands.applyLook(look(source, 2, edits.slice(5), T + 2));
      const { items, next } = await store.changes.list({ strandId: "a", limit: 1000 });
      expect([items.length, next, items.at(-1)!.seenAt]).toEqual([1000, null, T + 2]);
      expect((await strandOf(store, "a")).changes).toHaveLength(20);
    },
  },
];

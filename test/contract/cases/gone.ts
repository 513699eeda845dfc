import { expect } from "vitest";
import type { StrandChange } from "../../../core/store/contract.ts";
import { allEvents, aSource, aStrand, look, T, typesDuring, withStrands } from "../fixtures.ts";
import type { StoreCase } from "../store.contract.ts";

const gone = (id: string): StrandChange => ({ kind: "removed", id, expected: true });

export const goneCases: readonly StoreCase[] = [
  {
    name: "strands that are gone are told by source, those that went last first, and among all that there ever were",
    async run({ store }) {
      const source = await withStrands(store, "d", "b", "c", "a");
      for (const [n, id] of ["c", "a", "d"].entries()) await store.strands.applyLook(look(source, n + 1, [gone(id)], T + n));
      const other = await aSource(store, { identity: "other" });
      await store.strands.applyLook(look(other, 0, [{ kind: "added", strand: aStrand("e") }, gone("e")]));
      expect((await store.strands.goneFrom(source.id, 2)).map(({ id, goneAt }) => [id, goneAt])).toEqual([["d", T + 2], ["a", T + 1]]);
      expect((await store.strands.after(null, 2)).map(({ id }) => id)).toEqual(["a", "b"]);
      expect(await store.strands.after("b", 10)).toEqual(["c", "d", "e"].map((id) => ({ id, kind: "mirrored" })));
    },
  },
  {
    name: "a strand that is told as new but was there before has come back",
    async run({ store }) {
      const source = await withStrands(store, "a");
      await store.strands.applyLook(look(source, 1, [gone("a")], T + 1));
      const types = await typesDuring(store, () => store.strands.applyLook(look(source, 2, [{ kind: "added", strand: aStrand("a") }], T + 2)));
      expect(types).toEqual(["strand.returned"]);
      expect((await store.strands.all())[0]).toMatchObject({ firstSeenAt: T, goneAt: null, changes: [{ kind: "returned" }, { kind: "new" }] });
    },
  },
  {
    name: "of a strand that is gone the long definition is told in brief, and is whole among its versions and when it comes back",
    async run({ store }) {
      const definition = { name: "a", prompt: "x".repeat(20_000) };
      const source = await aSource(store);
      await store.strands.applyLook(look(source, 0, [{ kind: "added", strand: aStrand("a", { definition }) }]));
      await store.strands.applyLook(look(source, 1, [{ kind: "removed", id: "a" }], T + 1));
      for (const strand of [...(await store.strands.all()), ...(await store.strands.getMany(["a"]))]) expect(strand.definition).toEqual({ name: "a", "…": expect.any(String) });
      expect((await store.changes.versions("a"))[0]!.definition).toEqual(definition);
      await store.strands.applyLook(look(source, 2, [{ kind: "returned", strand: aStrand("a", { definition: { ...definition, name: "b" }, definitionHash: "h2" }) }], T + 2));
      expect((await store.strands.all())[0]).toMatchObject({ definition: { ...definition, name: "b" }, changes: [{ kind: "returned", fields: ["name"] }, {}, {}] });
    },
  },
  {
    name: "of very many strands that vanished and that nobody has seen, those that did last stay on the page",
    async run({ store }) {
      const ids = Array.from({ length: 1_002 }, (_, n) => `s${String(n).padStart(4, "0")}`);
      const source = await withStrands(store, ...ids, "stays");
      const vanish = (some: readonly string[]) => some.map((id) => ({ kind: "removed", id }) as const);
      await store.strands.applyLook(look(source, 1, vanish(ids.slice(2)), T + 1));
      expect(await store.strands.all()).toHaveLength(1_003);
      await store.strands.applyLook(look(source, 2, vanish(ids.slice(0, 2)), T + 2));
      const shown = (await store.strands.all()).map(({ id }) => id);
      expect([shown.length, ...shown.slice(0, 2)]).toEqual([1_001, ids[0], ids[1]]);
      const told = (await allEvents(store)).filter(({ type }) => type === "strand.acknowledged");
      expect(told.map(({ data }) => data)).toEqual(Array.from({ length: 2 }, () => ({ what: "changes", by: "loom", acknowledged: 1 })));
    },
  },
];

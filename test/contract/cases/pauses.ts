import { expect } from "vitest";
import type { PauseEntry, PauseRecord, Store } from "../../../core/store/contract.ts";
import { T, typesDuring, withStrands } from "../fixtures.ts";
import type { StoreCase } from "../store.contract.ts";
import { aWorkflow, lay } from "../wovenFixtures.ts";

const entry = (strandId: string, over: Partial<PauseEntry> = {}): PauseEntry => ({
  strandId, enabledBefore: true, hashBefore: "h1", state: "pending", reason: null, commandId: null, hashLeft: null, ...over,
});

const begin = (store: Store, strandId: string | null, ...entries: PauseEntry[]) => store.pauses.begin({ id: strandId ?? "all", strandId, by: "ann", at: T, entries });

async function the(store: Store, id: string): Promise<PauseRecord> {
  return (await store.pauses.list(0)).find((pause) => pause.id === id)!;
}

const pausedBy = async (store: Store): Promise<(string | null)[]> => (await store.strands.all()).map(({ paused }) => paused?.by ?? null);

export const pauseCases: readonly StoreCase[] = [
  {
    name: "a pause is stored with how each strand stood, and is there after a crash",
    async run({ store, reopen }) {
      const entries = [entry("a"), entry("b", { state: "left_out", reason: "It is its scheduler's own job." })];
      expect(await typesDuring(store, () => begin(store, null, ...entries))).toEqual(["pause.begun"]);
      const pause = { id: "all", strandId: null, by: "ann", at: T, phase: "pausing", phaseAt: T, endedAt: null, entries };
      expect(await (await reopen()).pauses.list(T)).toEqual([pause]);
    },
  },
  {
    name: "everything, and each strand, is paused once at a time",
    async run({ store }) {
      const answers = await Promise.all(["all", "x", "y"].map((id) => store.pauses.begin({ id, strandId: null, by: "ann", at: T, entries: [] })));
      expect(answers.map(({ outcome }) => outcome).toSorted()).toEqual(["duplicate", "duplicate", "ok"]);
      expect((await begin(store, "a", entry("a"))).outcome).toBe("ok");
      expect(await begin(store, "a", entry("a"))).toEqual({ outcome: "duplicate" });
    },
  },
  {
    name: "woven strands are held by a pause of everything and by their own, until none is left",
    async run({ store }) {
      for (const id of ["v", "w"]) await lay(store, aWorkflow(id));
      expect(await typesDuring(store, () => begin(store, "w"))).toEqual(["pause.begun", "strand.paused"]);
      expect(await pausedBy(store)).toEqual([null, "ann"]);
      expect(await typesDuring(store, () => store.pauses.begin({ id: "all", strandId: null, by: "bob", at: T + 1, entries: [] }))).toEqual(["pause.begun", "strand.paused"]);
      expect((await store.strands.all()).map(({ paused }) => paused)).toEqual([{ at: T + 1, by: "bob" }, { at: T, by: "ann" }]);
      expect(await typesDuring(store, () => store.pauses.resume("all", "bob", T + 2))).toEqual(["pause.changed", "strand.resumed", "pause.ended"]);
      expect(await pausedBy(store)).toEqual([null, "ann"]);
      await store.pauses.resume("w", "ann", T + 3);
      expect(await pausedBy(store)).toEqual([null, null]);
      expect(await store.pauses.resume("w", "ann", T + 4)).toEqual({ outcome: "not_found" });
    },
  },
  {
    name: "a woven strand that comes during the pause of everything is held too",
    async run({ store }) {
      await begin(store, null);
      await lay(store, aWorkflow("late"));
      expect(await pausedBy(store)).toEqual(["ann"]);
    },
  },
  {
    name: "firings that fell while a woven strand was paused are not made up",
    async run({ store }) {
      await lay(store, aWorkflow("w"));
      await begin(store, null);
      await store.pauses.resume("all", "ann", T + 500);
      expect((await store.strands.all())[0]!.woven!.firedUntil).toBe(T + 500);
    },
  },
  {
    name: "an entry moves from where it stands, and is told where its state is another",
    async run({ store }) {
      await withStrands(store, "a");
      await begin(store, null, entry("a"));
      const asked = entry("a", { commandId: "c" });
      const paused = entry("a", { state: "paused", hashLeft: "h2" });
      expect(await typesDuring(store, () => store.pauses.move("all", entry("a"), asked, T))).toEqual([]);
      expect(await store.pauses.move("all", entry("a"), paused, T)).toEqual({ outcome: "lost" });
      expect(await typesDuring(store, () => store.pauses.move("all", asked, paused, T))).toEqual(["pause.changed"]);
      expect((await the(store, "all")).entries).toEqual([paused]);
      expect(await store.pauses.move("nobody", asked, paused, T)).toEqual({ outcome: "not_found" });
    },
  },
  {
    name: "a pause ends with the last entry that is resumed or given up, not with one that could not be switched on",
    async run({ store }) {
      const off = { state: "paused", hashLeft: "h2" } as const;
      await begin(store, null, entry("a", off), entry("b", off), entry("c", { state: "failed", reason: "no" }), entry("d", { state: "left_out" }));
      const resumed = await store.pauses.resume("all", "ann", T + 1);
      expect(resumed).toMatchObject({ outcome: "ok", pause: { phase: "resuming", phaseAt: T + 1, endedAt: null } });
      expect(await store.pauses.move("all", entry("a", off), entry("a", { ...off, state: "changed" }), T + 2)).toEqual({ outcome: "ok", endedAt: null });
      await store.pauses.move("all", entry("b", off), entry("b", { ...off, state: "failed", reason: "locked" }), T + 3);
      expect(await the(store, "all")).toMatchObject({ endedAt: null });
      // Asked once more, it is tried once more.
      expect(await store.pauses.resume("all", "ann", T + 4)).toMatchObject({ pause: { entries: [{ state: "changed" }, { state: "paused", reason: null }, { state: "failed" }, { state: "left_out" }] } });
      const types = await typesDuring(store, () => store.pauses.move("all", entry("b", off), entry("b", { ...off, state: "resumed" }), T + 5));
      expect(types).toEqual(["pause.changed", "pause.ended"]);
      expect([(await store.pauses.list(T + 5)).length, (await store.pauses.list(T + 6)).length]).toEqual([1, 0]);
    },
  },
  {
    name: "pausing again takes in what is not paused, and leaves what is or is being switched",
    async run({ store }) {
      await lay(store, aWorkflow("w"));
      const paused = entry("a", { state: "paused", hashLeft: "h2" });
      const asked = entry("b", { commandId: "c" });
      await begin(store, null, paused, asked, entry("c", { state: "resumed" }), entry("d", { state: "failed", hashLeft: "h2" }));
      await store.pauses.resume("all", "ann", T + 1);
      const types = await typesDuring(store, async () => {
        const again = await store.pauses.again("all", T + 2, ["a", "b", "c", "e"].map((id) => entry(id)));
        expect(again).toMatchObject({ outcome: "ok", pause: { phase: "pausing", at: T, phaseAt: T + 2 } });
      });
      expect(types).toEqual(["pause.changed", "strand.paused"]);
      expect((await the(store, "all")).entries).toEqual([paused, asked, entry("c"), entry("d", { state: "paused", hashLeft: "h2" }), entry("e")]);
      expect(await store.pauses.again("nobody", T, [])).toEqual({ outcome: "not_found" });
    },
  },
  {
    name: "of the pauses of a strand, and of everything, that ended the last is told, with all of its entries",
    async run({ store }) {
      const entries = Array.from({ length: 2_500 }, (_, n) => entry(`job ${String(n).padStart(4, "0")}`, { state: "resumed" }));
      for (const [at, id] of ["x", "y", "z"].entries()) {
        await store.pauses.begin({ id, strandId: id === "x" ? "a" : null, by: "ann", at: T + at, entries });
        await store.pauses.resume(id, "ann", T + at);
      }
      const told = await store.pauses.list(0);
      expect(told.map(({ id }) => id)).toEqual(["x", "z"]);
      for (const pause of told) expect(pause.entries).toEqual(entries);
      expect(await store.pauses.list(T + 3)).toEqual([]);
    },
  },
];

import { expect } from "vitest";
import { allEvents, aRun, look, runOf, T, withStrands } from "../fixtures.ts";
import type { StoreCase } from "../store.contract.ts";

export const durabilityCases: readonly StoreCase[] = [
  {
    name: "everything is there after a restart, under the same feed and with the numbering going on",
    async run({ store, reopen }) {
      const source = await withStrands(store, "a");
      await store.runs.observe({ strandId: "a", at: T, finished: [aRun("k")], running: { key: "k2", startedAt: T + 1 } });
      await store.commands.add({ id: "c1", strandId: "a", sourceId: source.id, kind: "run", by: "ann", askedAt: T });
      await store.kv.set("p", "k", 1);
      const before = [await store.strands.all(), await runOf(store, "a", "k"), await allEvents(store), await store.commands.get("c1"), await store.sources.list()];
      const { feed } = store;
      const again = await reopen();
      expect([await again.strands.all(), await runOf(again, "a", "k"), await allEvents(again), await again.commands.get("c1"), await again.sources.list()]).toEqual(before);
      expect(again.feed).toBe(feed);
      const last = await again.events.last();
      expect(await again.strands.applyLook(look(source, 1, [{ kind: "removed", id: "a" }]))).toEqual({ outcome: "ok", look: 2 });
      expect(await again.events.last()).toBe(last + 1);
    },
  },
  {
    name: "closing lets writes under way finish and refuses later ones",
    async run({ store, reopen }) {
      const writes = Array.from({ length: 50 }, () => store.events.append({ at: T, type: "test" }));
      const closed = store.close();
      await expect(store.events.append({ at: T, type: "late" })).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
      await Promise.all([...writes, closed, store.close()]);
      expect(await (await reopen()).events.last()).toBe(50);
    },
  },
];

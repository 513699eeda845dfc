import { expect } from "vitest";
import type { Judgement, OccurrenceRecord, OccurrenceStatus, Store } from "../../../core/store/contract.ts";
import { allEvents, T, typesDuring, withStrands } from "../fixtures.ts";
import type { StoreCase } from "../store.contract.ts";

const MINUTE = 60_000;
const GRACE = 10_000;

/** Opens occurrences a minute apart, the first at T. */
function opened(store: Store, strandId: string, count: number): ReturnType<Store["occurrences"]["settle"]> {
  return store.occurrences.settle({ strandId, at: T, open: Array.from({ length: count }, (_, i) => ({ dueAt: T + i * MINUTE, graceMs: GRACE })) });
}

function judge(store: Store, strandId: string, ...judgements: Judgement[]): ReturnType<Store["occurrences"]["settle"]> {
  return store.occurrences.settle({ strandId, at: T + 10 * MINUTE, judge: judgements });
}

const missed = (dueAt: number, cause: Judgement["cause"] = null): Judgement => ({ dueAt, from: "open", to: "missed", cause });

async function listed(store: Store, filter: Partial<Parameters<Store["occurrences"]["list"]>[0]> = {}): Promise<readonly OccurrenceRecord[]> {
  return (await store.occurrences.list({ limit: 100, ...filter })).items;
}

const brief = (items: readonly OccurrenceRecord[]): [string, number, OccurrenceStatus][] => items.map(({ strandId, dueAt, status }) => [strandId, (dueAt - T) / MINUTE, status]);

export const occurrenceCases: readonly StoreCase[] = [
  {
    name: "an occurrence is opened once, and shown as it was opened",
    async run({ store }) {
      await withStrands(store, "a");
      expect(await opened(store, "a", 2)).toEqual({ outcome: "ok", opened: 2, judged: 0, lost: 0 });
      await judge(store, "a", { dueAt: T, from: "open", to: "met", runId: "run-1" });
      expect(await store.occurrences.settle({ strandId: "a", at: T, open: [{ dueAt: T, graceMs: 1 }] })).toMatchObject({ opened: 0 });
      expect(await listed(store)).toEqual([
        { strandId: "a", dueAt: T + MINUTE, status: "open", cause: null, runId: null, graceMs: GRACE, judgedAt: null, ackAt: null, ackBy: null },
        { strandId: "a", dueAt: T, status: "met", cause: null, runId: "run-1", graceMs: GRACE, judgedAt: T + 10 * MINUTE, ackAt: null, ackBy: null },
      ]);
      expect(await store.occurrences.settle({ strandId: "nobody", at: T })).toEqual({ outcome: "not_found" });
    },
  },
  {
    name: "a judgement of what is no longer so changes nothing and is counted as lost",
    async run({ store }) {
      await withStrands(store, "a");
      await opened(store, "a", 2);
      await judge(store, "a", { dueAt: T, from: "open", to: "met", runId: "run-1" });
      let answer;
      const types = await typesDuring(store, async () => (answer = await judge(store, "a", missed(T), missed(T + MINUTE), missed(T + 99))));
      expect(answer).toEqual({ outcome: "ok", opened: 0, judged: 1, lost: 2 });
      expect(types).toEqual(["occurrence.missed"]);
      expect(brief(await listed(store))).toEqual([["a", 1, "missed"], ["a", 0, "met"]]);
      expect(await store.occurrences.counts()).toMatchObject({ open: 0, met: 1, missed: 1 });
    },
  },
  {
    name: "of judgements made at once exactly one holds",
    async run({ store }) {
      await withStrands(store, "a");
      await opened(store, "a", 1);
      const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => judge(store, "a", i % 2 ? missed(T) : { dueAt: T, from: "open", to: "met", runId: `run-${i}` })));
      expect(answers.filter((answer) => answer.outcome === "ok" && answer.judged === 1)).toHaveLength(1);
      expect(await store.occurrences.counts()).toMatchObject({ open: 0, met: 1, missed: 0 });
    },
  },
  {
    name: "only what is not as it should be is told",
    async run({ store }) {
      await withStrands(store, "a");
      await opened(store, "a", 5);
      const ends: Judgement[] = [
        { dueAt: T, from: "open", to: "met", runId: "run-1" },
        { dueAt: T + MINUTE, from: "open", to: "excused" },
        { dueAt: T + 2 * MINUTE, from: "open", to: "unknown", cause: "unreadable" },
        missed(T + 3 * MINUTE, "asleep"),
        { dueAt: T + 3 * MINUTE, from: "missed", to: "late", runId: "run-2" },
        missed(T + 4 * MINUTE),
        { dueAt: T + 4 * MINUTE, from: "missed", to: "met", runId: "run-3" },
      ];
      const types = await typesDuring(store, () => judge(store, "a", ...ends));
      expect(types).toEqual(["occurrence.unknown", "occurrence.missed", "occurrence.late", "occurrence.missed", "occurrence.met"]);
      const told = (await allEvents(store)).filter((event) => event.type.startsWith("occurrence."));
      expect(told[1]).toMatchObject({ strandId: "a", runId: null, data: { dueAt: T + 3 * MINUTE, cause: "asleep", runId: null } });
      expect(told[2]).toMatchObject({ strandId: "a", runId: "run-2", data: { dueAt: T + 3 * MINUTE, cause: null, runId: "run-2" } });
    },
  },
  {
    name: "dropping forgets what is open and nothing else",
    async run({ store }) {
      await withStrands(store, "a");
      await opened(store, "a", 3);
      await judge(store, "a", missed(T));
      expect(await typesDuring(store, () => store.occurrences.settle({ strandId: "a", at: T, drop: [T, T + MINUTE] }))).toEqual([]);
      expect(brief(await listed(store))).toEqual([["a", 2, "open"], ["a", 0, "missed"]]);
      expect(await store.occurrences.counts()).toMatchObject({ open: 1, missed: 1 });
    },
  },
  {
    name: "what is dropped and opened in one change is open",
    async run({ store }) {
      await withStrands(store, "a");
      await opened(store, "a", 1);
      await store.occurrences.settle({ strandId: "a", at: T, drop: [T], open: [{ dueAt: T, graceMs: 5 }] });
      expect(await store.occurrences.openOf("a")).toMatchObject([{ dueAt: T, graceMs: 5 }]);
      expect(await store.occurrences.counts()).toMatchObject({ open: 1 });
    },
  },
  {
    name: "open occurrences come strand by strand, and by time",
    async run({ store }) {
      await withStrands(store, "a", "b", "c");
      await opened(store, "b", 2);
      await opened(store, "a", 2);
      await judge(store, "a", missed(T));
      expect([await store.occurrences.withOpen(null), await store.occurrences.withOpen("a"), await store.occurrences.withOpen("b")]).toEqual([["a", "b"], ["b"], []]);
      expect(brief(await store.occurrences.openOf("a"))).toEqual([["a", 1, "open"]]);
      expect(brief(await store.occurrences.openOf("b"))).toEqual([["b", 0, "open"], ["b", 1, "open"]]);
      expect(await store.occurrences.openOf("c")).toEqual([]);
    },
  },
  {
    name: "strands with open occurrences come some at a time, however many there are",
    async run({ store }) {
      const ids = Array.from({ length: 1_100 }, (_, i) => `s${String(i).padStart(4, "0")}`);
      await withStrands(store, ...ids);
      await Promise.all(ids.map((id) => opened(store, id, 1)));
      const all: string[] = [];
      for (let some = await store.occurrences.withOpen(null); some.length > 0; some = await store.occurrences.withOpen(some.at(-1)!)) {
        expect(some.length).toBeLessThan(1_000);
        all.push(...some);
      }
      expect(all).toEqual(ids);
    },
  },
  {
    name: "a strand shows its missed firings until they are acknowledged or found late",
    async run({ store }) {
      await withStrands(store, "a", "b");
      await opened(store, "a", 3);
      await judge(store, "a", missed(T, "asleep"), missed(T + MINUTE, "overlap"), { dueAt: T + 2 * MINUTE, from: "open", to: "met" });
      const missedBy = async (id: string) => (await store.strands.getMany([id]))[0]!.missed;
      expect(await missedBy("a")).toEqual({ count: 2, lastDueAt: T + MINUTE, cause: "overlap" });
      expect(await missedBy("b")).toBeNull();
      await judge(store, "a", { dueAt: T + MINUTE, from: "missed", to: "late", runId: "run-1" });
      expect(await missedBy("a")).toEqual({ count: 1, lastDueAt: T, cause: "asleep" });
      expect(brief(await listed(store, { asking: true }))).toEqual([["a", 0, "missed"]]);

      expect(await store.occurrences.acknowledge("b", "ann", T + 1)).toEqual({ outcome: "duplicate" });
      expect(await store.occurrences.acknowledge("nobody", "ann", T + 1)).toEqual({ outcome: "not_found" });
      let answer;
      expect(await typesDuring(store, async () => (answer = await store.occurrences.acknowledge("a", "ann", T + 1)))).toEqual(["strand.acknowledged"]);
      expect(answer).toEqual({ outcome: "ok", acknowledged: 1 });
      expect((await allEvents(store)).at(-1)).toMatchObject({ strandId: "a", data: { what: "missed", by: "ann", acknowledged: 1 } });
      expect(await missedBy("a")).toBeNull();
      expect(await listed(store, { asking: true, strandId: "a" })).toEqual([]);
      expect((await listed(store, { status: ["missed"] }))[0]).toMatchObject({ ackAt: T + 1, ackBy: "ann" });
    },
  },
  {
    name: "pages of occurrences hold every one that fits, latest first",
    async run({ store }) {
      await withStrands(store, "a", "b");
      await opened(store, "a", 6);
      await opened(store, "b", 6);
      await judge(store, "a", missed(T), missed(T + 2 * MINUTE), { dueAt: T + MINUTE, from: "open", to: "met" });
      await judge(store, "b", missed(T + 2 * MINUTE));
      const every = async (filter: Partial<Parameters<Store["occurrences"]["list"]>[0]>): Promise<string[]> => {
        const found: string[] = [];
        let cursor: string | null = null;
        do {
          const page: Awaited<ReturnType<Store["occurrences"]["list"]>> = await store.occurrences.list({ ...filter, cursor, limit: 2 });
          found.push(...brief(page.items).map(([id, minute]) => `${id}${minute}`));
          cursor = page.next;
        } while (cursor !== null);
        return found;
      };
      expect(await every({})).toEqual(["b5", "a5", "b4", "a4", "b3", "a3", "b2", "a2", "b1", "a1", "b0", "a0"]);
      expect(await every({ strandId: "a" })).toEqual(["a5", "a4", "a3", "a2", "a1", "a0"]);
      expect(await every({ status: ["missed", "met"] })).toEqual(["b2", "a2", "a1", "a0"]);
      expect(await every({ strandId: "a", status: ["missed"] })).toEqual(["a2", "a0"]);
      expect(await every({ asking: true })).toEqual(["b2", "a2", "a0"]);
      expect(await every({ from: T + MINUTE, to: T + 3 * MINUTE })).toEqual(["b2", "a2", "b1", "a1"]);
    },
  },
  {
    name: "pages of occurrences hold every one, whatever signs the ids of their strands have",
    async run({ store }) {
      // The second comes before the first in UTF-16, and after it in UTF-8.
      const ids = ["job \uff01", "job \u{1f600}", "job a"];
      await withStrands(store, ...ids);
      for (const id of ids) await opened(store, id, 1);
      const found: string[] = [];
      let cursor: string | null = null;
      do {
        const page: Awaited<ReturnType<Store["occurrences"]["list"]>> = await store.occurrences.list({ cursor, limit: 1 });
        found.push(...page.items.map(({ strandId }) => strandId));
        cursor = page.next;
      } while (cursor !== null);
      expect(found.toSorted()).toEqual(ids.toSorted());
    },
  },
  {
    name: "pruning forgets what went well, and the counts go on",
    async run({ store, reopen }) {
      await withStrands(store, "a");
      await opened(store, "a", 5);
      await judge(store, "a", { dueAt: T, from: "open", to: "met" }, { dueAt: T + MINUTE, from: "open", to: "excused" }, missed(T + 2 * MINUTE), { dueAt: T + 3 * MINUTE, from: "open", to: "met" });
      expect(await store.occurrences.prune(T + 3 * MINUTE)).toBe(2);
      expect(await store.occurrences.prune(T + 3 * MINUTE)).toBe(0);
      expect(brief(await listed(store))).toEqual([["a", 4, "open"], ["a", 3, "met"], ["a", 2, "missed"]]);
      const again = await reopen();
      expect(await again.occurrences.counts()).toEqual({ open: 1, met: 2, late: 0, missed: 1, excused: 1, unknown: 0 });
    },
  },
  {
    name: "pruning forgets all but the newest firings of a strand that has too many, save what was missed",
    async run({ store }) {
      await withStrands(store, "a", "b");
      for (const id of ["a", "b"]) await opened(store, id, id === "a" ? 5 : 2);
      await judge(store, "a", missed(T), { dueAt: T + MINUTE, from: "open", to: "met" }, { dueAt: T + 2 * MINUTE, from: "open", to: "met" }, { dueAt: T + 3 * MINUTE, from: "open", to: "met" });
      await judge(store, "b", { dueAt: T, from: "open", to: "met" });
      expect(await store.occurrences.pruneStrand("a", 2)).toBe(2);
      for (const id of ["a", "b"]) expect(await store.occurrences.pruneStrand(id, 2)).toBe(0);
      expect(brief(await listed(store))).toEqual([["a", 4, "open"], ["a", 3, "met"], ["b", 1, "open"], ["b", 0, "met"], ["a", 0, "missed"]]);
    },
  },
];

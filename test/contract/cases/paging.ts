import { expect } from "vitest";
import type { RunFilter, RunRecord, Store } from "../../../core/store/contract.ts";
import { aFailedRun, aRun, T, withStrands } from "../fixtures.ts";
import type { StoreCase } from "../store.contract.ts";

/** 30 runs of each of two strands; each third run failed; pairs of them begin in the same millisecond. */
async function withRuns(store: Store): Promise<void> {
  await withStrands(store, "a", "b");
  for (const strandId of ["a", "b"]) {
    const finished = Array.from({ length: 30 }, (_, i) => {
      const times = { startedAt: T + (i >> 1), finishedAt: T + 100 };
      return i % 3 === 0 ? aFailedRun(`k${i}`, times) : aRun(`k${i}`, times);
    });
    await store.runs.observe({ strandId, at: T + 100, finished });
  }
}

async function walk(store: Store, filter: Omit<RunFilter, "cursor">): Promise<RunRecord[]> {
  const runs: RunRecord[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await store.runs.list({ ...filter, cursor: cursor ?? null });
    expect(page.items.length).toBeLessThanOrEqual(filter.limit);
    runs.push(...page.items);
    cursor = page.next;
  }
  return runs;
}

const filters: readonly Omit<RunFilter, "limit">[] = [
  {},
  { strandId: "a" },
  { status: ["failed"] },
  { status: ["succeeded", "failed"] },
  { strandId: "b", status: ["failed"] },
  { strandId: "b", status: ["failed", "running"], red: true },
  { red: true },
];

export const pagingCases: readonly StoreCase[] = [
  {
    name: "pages of any size hold every run once, newest first",
    async run({ store }) {
      await withRuns(store);
      for (const filter of filters) {
        const whole = (await store.runs.list({ ...filter, limit: 1000 })).items;
        for (const limit of [1, 7, 10, 60]) expect((await walk(store, { ...filter, limit })).map((run) => run.id)).toEqual(whole.map((run) => run.id));
        expect(new Set(whole.map((run) => run.id)).size).toBe(whole.length);
        expect(whole.map((run) => run.startedAt)).toEqual(whole.map((run) => run.startedAt).toSorted((x, y) => y - x));
      }
    },
  },
  {
    name: "a filter shows what fits it and nothing else",
    async run({ store }) {
      await withRuns(store);
      const count = async (filter: Omit<RunFilter, "limit">) => (await store.runs.list({ ...filter, limit: 1000 })).items.length;
      expect(await Promise.all(filters.map(count))).toEqual([60, 30, 20, 60, 10, 10, 20]);
      expect(await count({ strandId: "nobody" })).toBe(0);
      expect(await count({ status: ["running"] })).toBe(0);
      expect(await count({ status: [] })).toBe(0);
    },
  },
  {
    name: "a page that ends with the last run names no next page",
    async run({ store }) {
      await withRuns(store);
      const first = await store.runs.list({ strandId: "a", limit: 15 });
      const second = await store.runs.list({ strandId: "a", limit: 15, cursor: first.next });
      expect([first.items.length, second.items.length, second.next]).toEqual([15, 15, null]);
    },
  },
  {
    name: "runs that arrive while somebody pages do not shift the pages",
    async run({ store }) {
      await withRuns(store);
      const first = await store.runs.list({ strandId: "a", limit: 10 });
      await store.runs.observe({ strandId: "a", at: T + 200, finished: [aRun("new", { startedAt: T + 150, finishedAt: T + 160 })] });
      const second = await store.runs.list({ strandId: "a", limit: 1000, cursor: first.next });
      expect(second.items).toHaveLength(20);
      expect(second.items.map((run) => run.externalKey)).not.toContain("new");
    },
  },
  {
    name: "a cursor that Loom did not give out is refused",
    async run({ store }) {
      await expect(store.runs.list({ limit: 10, cursor: "1; DROP TABLE runs" })).rejects.toMatchObject({ code: "BAD_INPUT" });
      await expect(store.commands.list({ limit: 10, cursor: "" })).rejects.toMatchObject({ code: "BAD_INPUT" });
    },
  },
];

import { expect, it } from "vitest";
import { aStrand } from "../../test/contract/fixtures.ts";
import type { Store, StrandChange, StrandRecord } from "../store/contract.ts";
import { KnownStrands } from "./knownStrands.ts";

const stateOf = (job: string) => aStrand(`s:${job}`, { ownerJobId: job });
const recordOf = (job: string, over: Partial<StrandRecord> = {}): StrandRecord =>
  ({ ...stateOf(job), sourceId: "s", goneAt: null, firstSeenAt: 1, importedMark: "1", historyComplete: true, activeRun: null, graceMs: null, recent: [1, 2], ...over }) as unknown as StrandRecord;
const jobs = (count: number): string[] => Array.from({ length: count }, (_, n) => `j${n}`);
const went = (job: string): StrandChange[] => [{ kind: "added", strand: stateOf(job), expected: true }, { kind: "removed", id: `s:${job}`, expected: true }];

async function knownOf(stored: readonly StrandRecord[]): Promise<KnownStrands> {
  const store = {
    all: async () => stored.filter(({ goneAt }) => goneAt === null),
    goneFrom: async (_id: string, limit: number) => stored.filter(({ goneAt }) => goneAt !== null).toSorted((a, b) => b.goneAt! - a.goneAt!).slice(0, limit),
    getMany: async (ids: readonly string[]) => stored.filter(({ id }) => ids.includes(id)),
  } as unknown as Store["strands"];
  const known = new KnownStrands(store, "s");
  await known.load();
  return known;
}

it("remembers all strands that are there, and of those that went the last thousand, without what they said", async () => {
  const known = await knownOf([recordOf("there"), recordOf("elsewhere", { sourceId: "t" }), ...jobs(1_200).map((job, n) => recordOf(job, { goneAt: n }))]);
  expect(known.byJob.size).toBe(1_001);
  expect(known.get("there")).toMatchObject({ definition: { prompt: "hello" }, strandId: "s:there" });
  expect(known.get("there")).not.toHaveProperty("recent");
  expect(known.get("j199")).toBeUndefined();
  expect(known.get("j200")).toMatchObject({ goneAt: 200, steps: [] });
  expect(known.get("j200")!.definition).toEqual({});
});

it("forgets the first that went where more come and go, and says which", async () => {
  const known = await knownOf([recordOf("there")]);
  expect(known.take(jobs(1_000).flatMap(went), 5)).toEqual([]);
  const first = known.get("j0");
  expect(known.take(went("new"), 6)).toEqual([first]);
  expect([known.byJob.size, known.get("j0")]).toEqual([1_001, undefined]);
  expect(known.get("new")!.goneAt).toBe(6);
  expect(known.get("new")!.definition).toEqual({});
});

it("remembers a strand again whose job comes back after long", async () => {
  const known = await knownOf(jobs(1_200).map((job, n) => recordOf(job, { goneAt: n, firstSeenAt: 7 })));
  await known.recall(["j0", "j1100", "never"].map((id) => ({ id }) as never));
  expect(known.get("j0")).toMatchObject({ goneAt: 0, firstSeenAt: 7, importedMark: "1" });
  expect(known.get("never")).toBeUndefined();
  known.take([{ kind: "returned", strand: stateOf("j0") }], 9);
  expect(known.get("j0")).toMatchObject({ goneAt: null, firstSeenAt: 7, definition: { prompt: "hello" } });
  expect(known.gone()).toHaveLength(1_000);
});

import { expect } from "vitest";
import { abandon } from "../../../core/run/machine/abandon.ts";
import { freshRun } from "../../../core/run/machine/state.ts";
import { planOf } from "../../../core/run/machine/plan.ts";
import type { Store, StrandRecord } from "../../../core/store/contract.ts";
import { aRun, T, typesDuring, withStrands } from "../fixtures.ts";
import type { StoreCase } from "../store.contract.ts";
import { aBundle, aNewRun, aStep, aWorkflow, DrivenStage, lay } from "../wovenFixtures.ts";

const flow = aWorkflow("a", { requires: ["has-gpu"], defaultHost: "attic" });
const hourly = { kind: "every", everyMs: 3_600_000 } as const;

async function strandOf(store: Store, id = "a"): Promise<StrandRecord> {
  const [strand] = await store.strands.getMany([id]);
  if (!strand) throw new Error(`no strand ${id}`);
  return strand;
}

export const wovenCases: readonly StoreCase[] = [
  {
    name: "a workflow that is laid down is a strand with its steps, its facts and its code",
    async run({ store, reopen }) {
      expect(await typesDuring(store, async () => expect(await lay(store, flow)).toEqual({ outcome: "ok", version: 1 }))).toEqual(["strand.added"]);
      const reopened = await reopen();
      expect(await strandOf(reopened)).toMatchObject({
        kind: "woven", name: "The a", nodeId: "node-1", sourceId: null, schedule: flow.schedule, enabled: true, version: 1, definition: flow, changes: [],
        steps: [{ id: "fetch", label: "FETCH" }, { id: "post", label: "POST", operationId: "notify.webhook" }],
        woven: { bundleHash: "c1", modulePath: "/flows/a.ts", shipped: false, facts: flow, enabledOverride: null, firedUntil: T },
      });
      expect((await reopened.strands.all()).map(({ id }) => id)).toEqual(["a"]);
      expect(await reopened.weave.bundle("c1")).toEqual(aBundle("c1"));
      expect(await reopened.weave.bundle("c9")).toBeNull();
    },
  },
  {
    name: "a mirrored strand is not woven",
    async run({ store }) {
      await withStrands(store, "cron:i:a");
      expect((await strandOf(store, "cron:i:a")).woven).toBeNull();
      expect(await store.weave.switch("cron:i:a", false, T)).toEqual({ outcome: "not_found" });
      expect(await store.weave.remove("cron:i:a", T)).toEqual({ outcome: "not_found" });
      expect(await store.weave.fired("cron:i:a", T, T)).toEqual({ outcome: "not_found" });
      expect(await store.driven.begin(aNewRun("r1", freshRun(planOf([])), { strandId: "cron:i:a" }))).toEqual({ outcome: "not_found" });
      await store.runs.observe({ strandId: "cron:i:a", at: T, finished: [aRun("k")] });
      const [run] = (await store.runs.list({ limit: 1 })).items;
      expect(run).toMatchObject({ queuedAt: null, version: null, rerunOf: null, parent: null });
      expect(await store.driven.get(run!.id)).toBeNull();
    },
  },
  {
    name: "what is laid down unchanged tells nothing, in whatever order its keys stand",
    async run({ store }) {
      await lay(store, flow);
      const turned = Object.fromEntries(Object.entries(flow).toReversed()) as unknown as typeof flow;
      expect(await typesDuring(store, async () => expect(await lay(store, turned, { at: T + 5 })).toEqual({ outcome: "ok", version: 1 }))).toEqual([]);
      expect(await strandOf(store)).toMatchObject({ version: 1, editedAt: T, woven: { firedUntil: T } });
    },
  },
  {
    name: "other facts or other code make a new version, and leave no mark to acknowledge",
    async run({ store }) {
      await lay(store, flow);
      const edited = { ...flow, name: "Another", steps: [aStep("only")] };
      const types = await typesDuring(store, async () => {
        expect(await lay(store, edited, { at: T + 5 })).toEqual({ outcome: "ok", version: 2 });
        expect(await lay(store, edited, { at: T + 6, hash: "c2" })).toEqual({ outcome: "ok", version: 3 });
      });
      expect(types).toEqual(["strand.edited", "strand.edited"]);
      const { events } = await store.events.after(0, 100);
      expect(events.map(({ data }) => data["fields"])).toEqual([undefined, ["name", "steps"], ["code"]]);
      expect(await strandOf(store)).toMatchObject({ name: "Another", version: 3, editedAt: T + 6, steps: [{ id: "only" }], changes: [], woven: { firedUntil: T, bundleHash: "c2" } });
      expect(await store.weave.version("a", 1)).toEqual({ facts: flow, bundleHash: "c1" });
      expect(await store.weave.version("a", 2)).toEqual({ facts: edited, bundleHash: "c1" });
      expect(await store.weave.version("a", 4)).toBeNull();
      expect((await store.changes.list({ limit: 10 })).items).toEqual([]);
      expect((await store.changes.versions("a")).map(({ version }) => version)).toEqual([3, 2, 1]);
    },
  },
  {
    name: "a version stays as long as an open run goes by it, however much came after it; shown is what the newest leave room for",
    async run({ store }) {
      const large = (n: number) => ({ ...flow, description: `${n}${"x".repeat(1_000_000)}` });
      const edit = (n: number) => lay(store, large(n), { at: T + n });
      await edit(0);
      const state = freshRun(planOf(flow.steps));
      await store.driven.begin(aNewRun("r1", state));
      for (let n = 1; n <= 12; n++) await edit(n);
      expect((await store.weave.version("a", 1))?.facts.description).toBe(large(0).description);
      expect(await store.weave.version("a", 2)).toBeNull();
      expect((await store.changes.versions("a")).map(({ version }) => version)).toEqual([13, 12, 11, 10, 9, 8, 7, 6]);
      await store.driven.apply({ runId: "r1", at: T + 20, moves: abandon(state, "gone").moves, facts: [] });
      await edit(13);
      expect(await store.weave.version("a", 1)).toBeNull();
    },
  },
  {
    name: "firings are counted anew from when a schedule changes, and by nobody twice",
    async run({ store }) {
      await lay(store, flow);
      await strandOf(store);
      expect(await store.weave.fired("a", T, T + 10)).toEqual({ outcome: "ok" });
      expect((await strandOf(store)).woven).toMatchObject({ firedUntil: T + 10 });
      expect(await store.weave.fired("a", T, T + 10)).toEqual({ outcome: "lost" });
      expect(await store.weave.fired("b", T, T + 10)).toEqual({ outcome: "not_found" });
      await lay(store, { ...flow, schedule: hourly }, { at: T + 50 });
      expect(await strandOf(store)).toMatchObject({ scheduledAt: T + 50, schedule: hourly, woven: { firedUntil: T + 50 } });
    },
  },
  {
    name: "of those who deal with a firing at once exactly one wins",
    async run({ store }) {
      await lay(store, flow);
      const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => store.weave.fired("a", T, T + n + 1)));
      expect(answers.filter(({ outcome }) => outcome === "ok")).toHaveLength(1);
    },
  },
  {
    name: "a workflow whose file is gone leaves the page, and comes back as it was",
    async run({ store }) {
      await lay(store, flow);
      await store.weave.switch("a", false, T);
      expect(await typesDuring(store, async () => expect(await store.weave.remove("a", T + 5)).toEqual({ outcome: "ok" }))).toEqual(["strand.removed"]);
      expect(await store.strands.all()).toEqual([]);
      expect(await store.weave.remove("a", T + 6)).toEqual({ outcome: "not_found" });
      expect(await store.weave.switch("a", true, T + 6)).toEqual({ outcome: "not_found" });
      expect(await typesDuring(store, () => lay(store, flow, { at: T + 9 }))).toEqual(["strand.returned"]);
      expect(await strandOf(store)).toMatchObject({ version: 1, goneAt: null, enabled: false, woven: { enabledOverride: false, firedUntil: T + 9 } });
    },
  },
  {
    name: "a person's switch goes before the file, until it is taken away",
    async run({ store }) {
      await lay(store, flow);
      const types = await typesDuring(store, async () => {
        await store.weave.switch("a", false, T + 1);
        await store.weave.switch("a", false, T + 2);
        await lay(store, { ...flow, enabled: false }, { at: T + 3 });
        await store.weave.switch("a", null, T + 4);
        await store.weave.switch("a", true, T + 5);
      });
      expect(types).toEqual(["strand.disabled", "strand.edited", "strand.changed", "strand.enabled"]);
      expect(await strandOf(store)).toMatchObject({ enabled: true, switchedAt: T + 5, woven: { enabledOverride: true, firedUntil: T + 5 } });
      expect(await typesDuring(store, () => store.weave.switch("a", null, T + 6))).toEqual(["strand.disabled"]);
      expect(await strandOf(store)).toMatchObject({ enabled: false, woven: { enabledOverride: null, firedUntil: T + 5 } });
      expect(await typesDuring(store, () => lay(store, flow, { at: T + 7 }))).toEqual(["strand.enabled", "strand.edited"]);
      expect(await strandOf(store)).toMatchObject({ enabled: true, woven: { firedUntil: T + 7 } });
      expect(await store.weave.switch("b", true, T)).toEqual({ outcome: "not_found" });
    },
  },
  {
    name: "a strand that is switched on may make up for what it has not fired",
    async run({ store }) {
      await lay(store, flow);
      await store.weave.switch("a", false, T + 1);
      await store.weave.switch("a", true, T + 5, { makeUp: true });
      expect((await strandOf(store)).woven).toMatchObject({ firedUntil: T });
    },
  },
  {
    name: "code is kept as long as a strand, a newer version, an open run or somebody else needs it",
    async run({ store }) {
      for (let n = 1; n <= 25; n++) await lay(store, flow, { at: T + n, hash: `c${n}` });
      const plan = planOf([{ id: "fetch" }]);
      await store.driven.begin(aNewRun("r1", freshRun(plan), { bundles: { workflow: "c1", operations: { "notify.webhook": "o1" } } }));
      for (const hash of ["o1", "o2", "o3"]) await store.weave.keepBundle(aBundle(hash));
      expect(await store.weave.pruneBundles(["o2"])).toBe(5);
      const isKept = async (hash: string): Promise<boolean> => (await store.weave.bundle(hash)) !== null;
      expect(await Promise.all(["c1", "c5", "c6", "c25", "o1", "o2", "o3"].map(isKept))).toEqual([true, false, true, true, true, true, false]);
      const stage = new DrivenStage(store, [{ id: "fetch" }]);
      stage.machine.admit();
      stage.machine.completed("fetch");
      await stage.store();
      expect(await store.weave.pruneBundles([])).toBe(3);
      expect(await store.weave.version("a", 5)).toEqual({ facts: flow, bundleHash: "c5" });
    },
  },
  {
    name: "code that is kept again has the map and the entry of now",
    async run({ store }) {
      await store.weave.keepBundle(aBundle("o1"));
      await store.weave.keepBundle(aBundle("o1", { map: "{}", entry: "/elsewhere.ts" }));
      expect(await store.weave.bundle("o1")).toEqual(aBundle("o1", { map: "{}", entry: "/elsewhere.ts" }));
    },
  },
];

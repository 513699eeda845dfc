import { expect } from "vitest";
import type { Move } from "../../../core/run/machine/decision.ts";
import { planOf, type PlannedStep } from "../../../core/run/machine/plan.ts";
import { freshRun } from "../../../core/run/machine/state.ts";
import type { Store } from "../../../core/store/contract.ts";
import { seededRandom } from "../../support/random.ts";
import { RunWorld } from "../../support/runWorld.ts";
import { allEvents, T, typesDuring } from "../fixtures.ts";
import type { StoreCase } from "../store.contract.ts";
import { aNewRun, aWorkflow, DrivenStage, lay } from "../wovenFixtures.ts";

const fetchAndPost = [{ id: "fetch", retries: 1 }, { id: "post", dependsOn: ["fetch"] }];
const fetch = [{ id: "fetch" }];
const NOW = T + 1_000;

const stateOf = async (store: Store, id = "r1") => (await store.driven.get(id))!.state;
const viewOf = async (store: Store) => (await store.strands.getMany(["a"]))[0]!;

export const drivenRunCases: readonly StoreCase[] = [
  {
    name: "a driven run is stored with its rows, and comes back as the machine left it",
    async run({ store, reopen }) {
      await lay(store, aWorkflow("a"));
      const state = freshRun(planOf(fetchAndPost));
      const run = aNewRun("r1", state, { onceKey: "due:1", concurrencyKey: "k", parent: { runId: "p", step: "s", epoch: 2 } });
      expect(await typesDuring(store, () => store.driven.begin(run))).toEqual(["run.queued"]);
      const { nodeId: _n, at, triggerBy: _b, onceKey: _o, labels: _l, ...rest } = run;
      const reopened = await reopen();
      expect(await reopened.driven.get("r1")).toEqual({ ...rest, queuedAt: at });
      expect(await reopened.driven.get("nobody")).toBeNull();
      expect((await reopened.runs.get("r1"))!.run).toMatchObject({ status: "queued", trigger: "manual", triggerBy: "ann", externalKey: "due:1", queuedAt: T, startedAt: T, finishedAt: null, parent: run.parent });
    },
  },
  {
    name: "a run begins once, by its id as by what started it",
    async run({ store }) {
      await lay(store, aWorkflow("a"));
      await lay(store, aWorkflow("b"));
      const state = freshRun(planOf(fetch));
      const begin = (id: string, onceKey: string | null, strandId = "a") => store.driven.begin(aNewRun(id, state, { onceKey, strandId }));
      const answers = await Promise.all([begin("r1", "due:1"), begin("r2", "due:1"), begin("r1", "due:2"), begin("r3", "due:1", "b"), begin("r4", null), begin("r5", null)]);
      expect(answers).toEqual([{ outcome: "ok" }, { outcome: "duplicate", runId: "r1" }, { outcome: "duplicate", runId: "r1" }, { outcome: "ok" }, { outcome: "ok" }, { outcome: "ok" }]);
      expect(await store.driven.begin(aNewRun("r6", state, { strandId: "nobody" }))).toEqual({ outcome: "not_found" });
      expect((await allEvents(store)).filter(({ type }) => type === "run.queued")).toHaveLength(4);
    },
  },
  {
    name: "moves are stored with their events, and the run ends with its last step",
    async run({ store }) {
      const stage = await DrivenStage.begun(store, fetchAndPost);
      stage.machine.completed("fetch");
      await stage.store({ step: "fetch", result: '{"rows":3}' });
      stage.machine.completed("post");
      await stage.store();
      expect(await stateOf(store)).toEqual(stage.machine.run);
      expect((await allEvents(store)).map(({ type, data }) => [type, data["stepId"] ?? data["status"]].filter(Boolean).join(" "))).toEqual([
        "strand.added",
        "run.queued queued", "run.started running", "step.dispatched fetch", "step.started fetch", "step.completed fetch",
        "step.dispatched post", "step.started post", "step.completed post", "run.finished succeeded",
      ]);
      const { run, steps } = (await store.runs.get("r1"))!;
      expect(run).toMatchObject({ status: "succeeded", red: false, queuedAt: T, startedAt: NOW, finishedAt: NOW, version: 1, parent: null });
      expect(steps).toMatchObject([{ stepId: "fetch", label: "FETCH", status: "completed", result: { rows: 3 } }, { stepId: "post", status: "completed", result: null }]);
    },
  },
  {
    name: "whatever the machine decides is stored so that it comes back the same",
    async run({ store }) {
      for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) await tellStory(store, seed);
    },
  },
  {
    name: "events tell how a row stands: its attempt, its times, and why it failed",
    async run({ store }) {
      const stage = await DrivenStage.begun(store, fetchAndPost);
      stage.machine.now = NOW + 5;
      stage.machine.started("fetch");
      await stage.store();
      stage.machine.now = NOW + 9;
      stage.machine.failed("fetch");
      await stage.store({ step: "fetch", error: "it broke".padEnd(9_000, "!") });
      stage.machine.pass(60_000);
      stage.machine.failed("fetch", "worse");
      await stage.store({ step: "fetch", error: "it broke again" });
      const told = (await allEvents(store)).filter(({ type }) => type.startsWith("step.")).map(({ type, data: { stepId: _stepId, ...data } }) => ({ type, ...data }));
      const fixed = { reason: null, finishedAt: null, error: null, code: null };
      const head = `${"it broke".padEnd(297, "!")}…`;
      expect(told).toEqual([
        { ...fixed, type: "step.dispatched", status: "dispatched", attempt: 1, epoch: 1, startedAt: NOW },
        { ...fixed, type: "step.started", status: "running", attempt: 1, epoch: 1, startedAt: NOW + 5 },
        { ...fixed, type: "step.retrying", status: "retrying", attempt: 1, epoch: 1, startedAt: NOW + 5, code: "broken", error: head },
        { ...fixed, type: "step.dispatched", status: "dispatched", attempt: 2, epoch: 2, startedAt: NOW + 60_009, code: "broken", error: head },
        { ...fixed, type: "step.failed", status: "failed", attempt: 2, epoch: 2, startedAt: NOW + 60_009, finishedAt: NOW + 60_009, code: "worse", error: "it broke again" },
        { ...fixed, type: "step.skipped", status: "skipped", reason: "dependency", attempt: 0, epoch: 0, startedAt: null, finishedAt: NOW + 60_009 },
      ]);
    },
  },
  {
    name: "a run that failed is red, and has the error of its first failed row",
    async run({ store }) {
      const stage = await DrivenStage.begun(store, [{ id: "left" }, { id: "right" }]);
      stage.machine.failed("right", "late");
      await stage.store({ step: "right", error: "on the right" });
      stage.machine.failed("left", "early");
      await stage.store({ step: "left", error: "on the left" });
      expect((await store.runs.get("r1"))!.run).toMatchObject({ status: "failed", code: "early", error: "on the left", red: true });
      const end = (await allEvents(store)).at(-1)!;
      expect(end).toMatchObject({ type: "run.finished", strandId: "a", runId: "r1" });
      const steps = [{ id: "left", status: "failed", reason: null }, { id: "right", status: "failed", reason: null }];
      expect(end.data).toEqual({ status: "failed", code: "early", error: "on the left", red: true, trigger: "manual", startedAt: NOW, finishedAt: NOW, steps });
      expect(await viewOf(store)).toMatchObject({ redRuns: 1, lastRun: { id: "r1", status: "failed", red: true } });
      expect(await store.runs.acknowledge("r1", "ann", T)).toEqual({ outcome: "ok", acknowledged: 1 });
      expect((await viewOf(store)).redRuns).toBe(0);
    },
  },
  {
    name: "a step that failed by its items leaves the run with the error of one of them",
    async run({ store }) {
      const stage = await DrivenStage.begun(store, [{ id: "send", each: { parallel: 2 } }]);
      stage.machine.evaluated("send", { is: "ready", items: 2 });
      await stage.store();
      stage.machine.completed("send[0]");
      stage.machine.failed("send[1]");
      await stage.store({ step: "send[1]", error: "no such address" });
      expect((await store.runs.get("r1"))!.run).toMatchObject({ status: "failed", code: "items_failed", error: "no such address" });
    },
  },
  {
    name: "a cancelled run is not red, and remembers when it was asked to end",
    async run({ store }) {
      const stage = await DrivenStage.begun(store, fetchAndPost);
      stage.machine.cancel(700);
      await stage.store();
      expect((await stateOf(store)).cancel).toEqual({ at: NOW, graceMs: 700 });
      stage.machine.failed("fetch");
      await stage.store({ step: "fetch", error: "stopped" });
      expect(await stateOf(store)).toEqual(stage.machine.run);
      expect((await store.runs.get("r1"))!.run).toMatchObject({ status: "cancelled", code: "cancelled", error: null, red: false, finishedAt: NOW });
      expect((await allEvents(store)).filter(({ type }) => type.startsWith("run.")).map(({ type }) => type)).toEqual(["run.queued", "run.started", "run.cancelling", "run.finished"]);
    },
  },
  {
    name: "a run that may not start is stored as skipped with the reason, and told once",
    async run({ store }) {
      await lay(store, aWorkflow("a"));
      const skipped = { status: "skipped", code: "overlap", cancel: null, steps: new Map() } as const;
      expect(await typesDuring(store, () => store.driven.begin(aNewRun("r1", skipped, { onceKey: "due:1" })))).toEqual(["run.finished"]);
      expect((await store.runs.get("r1"))!.run).toMatchObject({ status: "skipped", code: "overlap", red: false, startedAt: T, finishedAt: T });
      expect(await store.driven.open()).toEqual([]);
      const queued = await DrivenStage.queued(store, fetch, { id: "r2" });
      const move: Move = { of: "run", from: "queued", to: "skipped", event: "run.finished", patch: { code: "queue_full" } };
      expect(await store.driven.apply({ runId: "r2", at: queued.machine.now, moves: [move] })).toEqual({ outcome: "ok" });
      expect((await store.runs.get("r2"))!.run).toMatchObject({ status: "skipped", code: "queue_full", startedAt: T, finishedAt: NOW });
    },
  },
  {
    name: "of moves that do not hold none is stored, and nothing is told",
    async run({ store }) {
      const stage = await DrivenStage.begun(store, fetchAndPost);
      const before = await stateOf(store);
      const { moves } = stage.machine;
      stage.machine.completed("fetch");
      const [good] = stage.take();
      const wrong: readonly Move[] = [
        { of: "run", from: "waiting", to: "running", event: "run.resumed", patch: {} },
        { of: "step", id: "post", from: "running", to: "completed", event: "step.completed", patch: {} },
        { of: "step", id: "other", from: "pending", to: "skipped", event: "step.skipped", patch: {} },
        { of: "step", id: "post", from: null, to: "pending", event: "step.pending", patch: {} },
        { of: "step", id: "nowhere[0]", from: null, to: "pending", event: "step.pending", patch: {} },
      ];
      for (const move of wrong) {
        const types = await typesDuring(store, async () => {
          expect(await store.driven.apply({ runId: "r1", at: T, moves: [...good!.moves, move], facts: [{ step: "fetch", result: "1" }] })).toEqual({ outcome: "lost" });
        });
        expect(types, JSON.stringify(move)).toEqual([]);
      }
      expect(await store.driven.apply({ runId: "r1", at: T, moves: [], facts: [{ step: "other", result: "1" }] })).toEqual({ outcome: "lost" });
      expect(await store.driven.apply({ runId: "nobody", at: T, moves })).toEqual({ outcome: "not_found" });
      expect(await stateOf(store)).toEqual(before);
      expect(JSON.parse(await store.driven.results("r1", ["fetch"]))).toEqual({});
    },
  },
  {
    name: "of those who move a run on at once exactly one wins",
    async run({ store }) {
      const stage = await DrivenStage.queued(store, fetch);
      stage.machine.admit();
      const { moves } = stage.take()[0]!;
      const answers = await Promise.all(Array.from({ length: 8 }, () => store.driven.apply({ runId: "r1", at: T, moves })));
      expect(answers.filter(({ outcome }) => outcome === "ok")).toHaveLength(1);
      expect((await allEvents(store)).filter(({ type }) => type === "run.started")).toHaveLength(1);
    },
  },
  {
    name: "a phase is a row of its own, which a later attempt begins anew",
    async run({ store }) {
      const stage = await DrivenStage.begun(store, [{ id: "fetch", retries: 1 }]);
      stage.machine.started("fetch");
      stage.machine.phase("fetch", "unpack", "running");
      await stage.store();
      expect((await store.runs.get("r1"))!.steps).toMatchObject([{ stepId: "fetch", label: "FETCH" }, { stepId: "fetch/unpack", label: "unpack", status: "running", startedAt: NOW }]);
      stage.machine.now += 10;
      stage.machine.failed("fetch");
      await stage.store({ step: "fetch/unpack", error: "torn" });
      stage.machine.pass(60_000);
      stage.machine.phase("fetch", "unpack", "running");
      stage.machine.phase("fetch", "check", "running");
      await stage.store();
      expect(await stateOf(store)).toEqual(stage.machine.run);
      expect((await store.runs.get("r1"))!.steps).toMatchObject([
        { stepId: "fetch" },
        { stepId: "fetch/unpack", status: "running", epoch: 2, startedAt: NOW + 60_010, finishedAt: null, error: null },
        { stepId: "fetch/check", status: "running" },
      ]);
      const again: Move = { of: "step", id: "fetch/unpack", from: null, to: "running", event: "step.started", patch: { epoch: 2 } };
      expect(await store.driven.apply({ runId: "r1", at: T, moves: [again] })).toEqual({ outcome: "lost" });
    },
  },
  {
    name: "open runs are told oldest first, until they end",
    async run({ store, reopen }) {
      const stage = await DrivenStage.begun(store, fetch, { at: T + 5, concurrencyKey: "k" });
      await DrivenStage.queued(store, fetch, { id: "r2" });
      const running = { id: "r1", strandId: "a", status: "running", key: "k", queuedAt: T + 5 };
      const queued = { id: "r2", strandId: "a", status: "queued", key: null, queuedAt: T };
      expect(await (await reopen()).driven.open()).toEqual([queued, running]);
      stage.machine.completed("fetch");
      const reopened = await reopen();
      const [end] = stage.take();
      await reopened.driven.apply({ runId: "r1", at: T, moves: end!.moves });
      expect(await reopened.driven.open()).toEqual([queued]);
    },
  },
  {
    name: "the run that a step has started is found by the step's attempt",
    async run({ store }) {
      await DrivenStage.queued(store, fetch, { parent: { runId: "p", step: "call[2]", epoch: 2 } });
      expect(await store.driven.childOf({ runId: "p", step: "call[2]", epoch: 2 })).toEqual({ id: "r1", status: "queued" });
      expect(await store.driven.childOf({ runId: "p", step: "call[2]", epoch: 1 })).toBeNull();
    },
  },
  {
    name: "hosts of open runs are told after a restart, and what has none yet is in line",
    async run({ store, reopen }) {
      const stage = await DrivenStage.queued(store, [{ id: "left" }, { id: "right" }, { id: "last" }]);
      stage.machine.place = ({ id }) => ({ is: "here", nodeId: "node", inLine: id !== "left" });
      stage.machine.admit();
      await stage.store({ step: "left", host: { pid: 7, startTime: 70 } });
      stage.machine.placed("right");
      await stage.store({ step: "right", host: { pid: 8, startTime: 80 } });
      expect([...(await store.driven.get("r1"))!.state.steps.values()].map(({ id, inLine }) => [id, inLine])).toEqual([["left", false], ["right", false], ["last", true]]);
      stage.machine.placed("last");
      await stage.store({ step: "last", host: { pid: 8, startTime: 80 } });
      const reopened = await reopen();
      expect((await reopened.driven.hosts()).toSorted((a, b) => a.pid - b.pid)).toEqual([{ pid: 7, startTime: 70 }, { pid: 8, startTime: 80 }]);
      stage.machine.completed("left");
      stage.machine.completed("right");
      stage.machine.completed("last");
      await reopened.driven.apply({ runId: "r1", at: T, moves: stage.take().flatMap(({ moves }) => moves) });
      expect(await reopened.driven.hosts()).toEqual([]);
    },
  },
  {
    name: "a woven strand shows its run under way before one that waits for its turn",
    async run({ store }) {
      const stage = await DrivenStage.begun(store, [{ id: "fetch", each: { parallel: 1 } }]);
      await DrivenStage.queued(store, [{ id: "fetch" }], { id: "r2", at: T + 9_000 });
      stage.machine.evaluated("fetch", { is: "ready", items: 2 });
      await stage.store();
      expect(await viewOf(store)).toMatchObject({
        activeRun: { id: "r1", startedAt: NOW },
        lastRun: null,
        recent: [{ id: "r2", status: "queued" }, { id: "r1", status: "running" }],
        stepStates: [{ id: "fetch", status: "running" }, { id: "fetch[0]", status: "dispatched" }, { id: "fetch[1]", status: "pending" }],
      });
    },
  },
  {
    name: "of a run with very many items all steps are shown with its strand, and some of the items",
    async run({ store }) {
      const stage = await DrivenStage.begun(store, [{ id: "a", each: { parallel: 1 } }, { id: "z", dependsOn: ["a"] }]);
      stage.machine.evaluated("a", { is: "ready", items: 500 });
      await stage.store();
      const { stepStates } = await viewOf(store);
      expect(stepStates.length).toBeLessThanOrEqual(202);
      expect(stepStates.filter(({ id }) => !id.includes("["))).toMatchObject([{ id: "a", status: "running" }, { id: "z", status: "pending" }]);
      expect((await store.runs.get("r1"))!.steps.map(({ stepId }) => stepId).slice(8, 12)).toEqual(["a[7]", "a[8]", "a[9]", "a[10]"]);
    },
  },
  {
    name: "how long successful runs of a woven strand took is kept",
    async run({ store }) {
      for (let n = 1; n <= 5; n++) {
        const stage = await DrivenStage.begun(store, fetch, { id: `r${n}`, at: T });
        stage.machine.now += n * 10;
        stage.machine.completed("fetch");
        await stage.store();
      }
      expect((await viewOf(store)).p95Ms).toBe(50);
    },
  },
  {
    name: "no look at a source ever ends a driven run",
    async run({ store }) {
      await DrivenStage.begun(store, fetch);
      expect(await store.runs.observe({ strandId: "a", at: T, finished: [], running: null })).toEqual({ outcome: "not_found" });
      expect((await stateOf(store)).status).toBe("running");
    },
  },
];

const shapes: readonly (Pick<PlannedStep, "id"> & Partial<PlannedStep>)[] = [
  { id: "fetch", retries: 2, evaluates: true },
  { id: "split", dependsOn: ["fetch"], each: { parallel: 2 }, retries: 1 },
  { id: "sign", dependsOn: ["fetch"], asks: true, recovers: "crash" },
  { id: "watch", recovers: "reattach", timeoutMs: 300 },
  { id: "join", dependsOn: ["split", "sign"], evaluates: true },
];

/** Crashes, retries, items, phases and cancels as the seed has it, each decision stored and read back. */
async function tellStory(store: Store, seed: number): Promise<void> {
  const random = seededRandom(seed);
  const story = Array.from({ length: 200 }, () => Math.floor(random() * 10_000));
  const decisions: { readonly moves: readonly Move[]; readonly after: unknown; readonly at: number }[] = [];
  const world: RunWorld = new RunWorld(shapes, story, (_, { moves, after }) => decisions.push({ moves, after, at: world.stage.now }));
  for (let turn = 0; turn < 60 && !world.isOver; turn++) world.happen();
  world.settle();
  await lay(store, aWorkflow("a"));
  const id = `story-${seed}`;
  await store.driven.begin(aNewRun(id, freshRun(world.stage.plan)));
  for (const { moves, after, at } of decisions) {
    expect(await store.driven.apply({ runId: id, at, moves })).toEqual({ outcome: "ok" });
    expect(await stateOf(store, id)).toEqual(after);
  }
  const told = (await allEvents(store)).filter((event) => event.runId === id).map(({ type }) => type);
  expect(told).toEqual(["run.queued", ...world.stage.moves.flatMap(({ event }) => event ?? [])]);
}

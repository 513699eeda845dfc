import { expect } from "vitest";
import type { Json } from "../../../core/mirror/contract.ts";
import { resumed } from "../../../core/run/machine/rerun.ts";
import { freshStep } from "../../../core/run/machine/state.ts";
import type { StoreCase } from "../store.contract.ts";
import { aNewRun, DrivenStage, takeAllOver } from "../wovenFixtures.ts";
import { T } from "../fixtures.ts";

const fetch = [{ id: "fetch" }];
const send = [{ id: "fetch" }, { id: "send", dependsOn: ["fetch"], each: { parallel: 20 }, retries: 1 }, { id: "report", dependsOn: ["send"] }];
const NOW = T + 1_000;
/** As a step may give it: keys that mean something to objects of JavaScript. */
const tricky = JSON.parse('{"__proto__":{"polluted":true},"constructor":1,"a":[null,"ü"]}') as Json;

export const drivenFactCases: readonly StoreCase[] = [
  {
    name: "a result is kept as it is, prototype keys and all, and none is none",
    async run({ store, reopen }) {
      const stage = await DrivenStage.begun(store, [{ id: "left" }, { id: "right" }, { id: "none" }, { id: "open" }]);
      for (const id of ["left", "right", "none"]) stage.machine.completed(id);
      await stage.store({ step: "left", result: JSON.stringify(tricky) }, { step: "right", result: "null" });
      const results = await (await reopen()).driven.results("r1", ["left", "right", "none", "open", "unknown"]);
      expect(results).toBe(JSON.stringify({ left: tricky, right: null }));
    },
  },
  {
    name: "a large result is kept whole, and the list of a run's steps tells only how large it is",
    async run({ store }) {
      const stage = await DrivenStage.begun(store, fetch);
      const result = "x".repeat(1_048_574);
      stage.machine.completed("fetch");
      await stage.store({ step: "fetch", result: JSON.stringify(result) });
      expect(JSON.parse(await store.driven.results("r1", ["fetch"]))).toEqual({ fetch: result });
      expect((await store.runs.get("r1"))!.steps).toMatchObject([{ result: { omitted: true, bytes: 1_048_576 } }]);
    },
  },
  {
    name: "a result that is too large or no JSON is refused with all that came with it, and harms no neighbour",
    async run({ store }) {
      const stage = await DrivenStage.begun(store, fetch);
      stage.machine.completed("fetch");
      const { moves } = stage.take()[0]!;
      const facts = [{ step: "fetch", result: JSON.stringify("x".repeat(1_048_575)) }];
      const noJson = [{ step: "fetch", result: '{"half":' }];
      const [refused, unread, neighbour] = await Promise.allSettled([store.driven.apply({ runId: "r1", at: T, moves, facts }), store.driven.apply({ runId: "r1", at: T, moves, facts: noJson }), store.kv.set("p", "k", 1)]);
      expect(refused).toMatchObject({ status: "rejected", reason: { code: "TOO_LARGE" } });
      expect(unread).toMatchObject({ status: "rejected", reason: { code: "BAD_INPUT" } });
      expect(neighbour).toMatchObject({ status: "fulfilled" });
      expect((await store.driven.get("r1"))!.state.status).toBe("running");
    },
  },
  {
    name: "a step with items gives the list of their results, in their order",
    async run({ store }) {
      const stage = await DrivenStage.begun(store, [{ id: "send", each: { parallel: 20 } }, { id: "sender" }]);
      stage.machine.evaluated("send", { is: "ready", items: 12 });
      stage.machine.phase("send[1]", "pack", "running");
      await stage.store();
      for (let n = 11; n >= 0; n--) stage.machine.completed(`send[${n}]`);
      await stage.store(...Array.from({ length: 11 }, (_, n) => ({ step: `send[${n}]`, result: JSON.stringify({ n }) })));
      const list = [...Array.from({ length: 11 }, (_, n) => ({ n })), null];
      expect(JSON.parse(await store.driven.results("r1", ["send", "sender"]))).toEqual({ send: list });
    },
  },
  {
    name: "more results than 8 MiB are not given, whether of one list or of several steps",
    async run({ store }) {
      const stage = await DrivenStage.begun(store, [{ id: "send", each: { parallel: 20 } }, { id: "fetch" }]);
      stage.machine.evaluated("send", { is: "ready", items: 9 });
      await stage.store();
      for (let n = 0; n < 9; n++) stage.machine.completed(`send[${n}]`);
      stage.machine.completed("fetch");
      const result = JSON.stringify("x".repeat(900_000));
      await stage.store(...Array.from({ length: 9 }, (_, n) => ({ step: `send[${n}]`, result })), { step: "fetch", result });
      expect(JSON.parse(await store.driven.results("r1", ["send"]))).toMatchObject({ send: { length: 9 } });
      await expect(store.driven.results("r1", ["send", "fetch"])).rejects.toMatchObject({ code: "TOO_LARGE", message: "The results of send, fetch have 9000020 bytes; the most that a step is given is 8388608." });
      await expect(store.driven.given("r1", { runInput: false, row: null, results: ["send", "fetch"] }, 1)).rejects.toMatchObject({ code: "TOO_LARGE" });
    },
  },
  {
    name: "a list without items gives an empty list",
    async run({ store }) {
      const stage = await DrivenStage.begun(store, [{ id: "send", each: { parallel: 1 } }]);
      stage.machine.evaluated("send", { is: "ready", items: 0 });
      await stage.store({ step: "send", items: [], inputs: [] });
      expect(JSON.parse(await store.driven.results("r1", ["send"]))).toEqual({ send: [] });
    },
  },
  {
    name: "each row is given its own input and item",
    async run({ store }) {
      const stage = await DrivenStage.begun(store, [{ id: "fetch", evaluates: true }, { id: "send", each: { parallel: 1 } }]);
      stage.machine.evaluated("fetch");
      await stage.store({ step: "fetch", inputs: [tricky] });
      stage.machine.evaluated("send", { is: "ready", items: 2 });
      stage.machine.phase("send[0]", "pack", "running");
      await stage.store({ step: "send", inputs: [{ to: "a" }, null], items: ["a", tricky] });
      expect(await store.driven.inputOf("r1", "fetch")).toEqual({ input: JSON.stringify(tricky), item: "null" });
      expect(await store.driven.inputOf("r1", "send[0]")).toEqual({ input: '{"to":"a"}', item: '"a"' });
      expect(await store.driven.inputOf("r1", "send[0]/pack")).toEqual({ input: '{"to":"a"}', item: '"a"' });
      expect(await store.driven.inputOf("r1", "send[1]")).toEqual({ input: "null", item: JSON.stringify(tricky) });
      expect(await store.driven.inputOf("r1", "send[2]")).toEqual({ input: "null", item: "null" });
    },
  },
  {
    name: "what a step works on is read together, and of more than is asked for the length alone",
    async run({ store }) {
      const stage = await DrivenStage.begun(store, [{ id: "fetch" }, { id: "send", evaluates: true, dependsOn: ["fetch"] }], { input: { day: 1 } });
      stage.machine.completed("fetch");
      stage.machine.evaluated("send");
      await stage.store({ step: "fetch", result: '["é"]' }, { step: "send", inputs: [{ to: "a" }] });
      const all = { runInput: true, row: "send", results: ["fetch"] };
      // Bytes, of which é has two.
      const bytes = '{"day":1}'.length + '["é"]'.length + 1 + '{"to":"a"}'.length;
      expect(await store.driven.given("r1", all, bytes)).toEqual({ runInput: '{"day":1}', input: '{"to":"a"}', item: "null", results: '{"fetch":["é"]}' });
      expect(await store.driven.given("r1", all, bytes - 1)).toBe(bytes);
      expect(await store.driven.given("r1", { runInput: false, row: null, results: [] }, 0)).toEqual({ runInput: "null", input: "null", item: "null", results: "{}" });
      expect(await store.driven.given("gone", all, 100)).toEqual({ runInput: "null", input: "null", item: "null", results: "{}" });
    },
  },
  {
    name: "items that begin only after an answer find what their step was given before",
    async run({ store }) {
      const stage = await DrivenStage.begun(store, [{ id: "send", each: { parallel: 1 }, asks: true }]);
      stage.machine.evaluated("send", { is: "ready", items: 2 });
      await stage.store({ step: "send", items: ["a", "b"], inputs: [1, 2] });
      stage.machine.tell({ is: "answered", step: "send" });
      await stage.store();
      expect(await store.driven.inputOf("r1", "send[1]")).toEqual({ input: "2", item: '"b"' });
    },
  },
  {
    name: "every attempt is told: those that ended with how, and the one under way",
    async run({ store }) {
      const stage = await DrivenStage.begun(store, [{ id: "fetch", retries: 2 }]);
      stage.machine.now += 5;
      stage.machine.failed("fetch");
      await stage.store({ step: "fetch", error: "it broke" });
      stage.machine.pass(60_000);
      stage.machine.ended("fetch", { is: "displaced" });
      await stage.store();
      stage.machine.started("fetch");
      stage.machine.phase("fetch", "pack", "running");
      await stage.store();
      const common = { stepId: "fetch", nodeId: "node", bootId: "boot-1", code: null, error: null };
      expect(await store.driven.attempts("r1")).toEqual([
        { ...common, epoch: 1, attempt: 1, status: "retrying", code: "broken", error: "it broke", startedAt: NOW, finishedAt: NOW + 5 },
        { ...common, epoch: 2, attempt: 2, status: "retrying", startedAt: NOW + 60_005, finishedAt: NOW + 60_005 },
        { ...common, epoch: 3, attempt: 2, status: "running", startedAt: NOW + 60_005, finishedAt: null },
      ]);
      stage.machine.completed("fetch");
      await stage.store();
      expect((await store.driven.attempts("r1")).at(-1)).toMatchObject({ epoch: 3, status: "completed", finishedAt: NOW + 60_005 });
      expect((await store.runs.get("r1"))!.steps[0]).toMatchObject({ status: "completed", error: null });
    },
  },
  {
    name: "a run that goes on where another failed has its results and what it was given, under the plan of now",
    async run({ store }) {
      const first = await DrivenStage.begun(store, send);
      first.machine.completed("fetch");
      first.machine.evaluated("send", { is: "ready", items: 2 });
      await first.store({ step: "fetch", result: "[1,2]" }, { step: "send", inputs: ["x", "y"], items: [1, 2] });
      first.machine.completed("send[0]");
      first.machine.ended("send[1]", { is: "failed", code: "broken", final: true });
      await first.store({ step: "send[0]", result: '"sent"' });
      const state = resumed(first.machine.plan, (await store.driven.get("r1"))!.state);
      const labels = new Map(send.map(({ id }) => [id, `${id}!`]));
      expect(await store.driven.begin(aNewRun("r2", state, { rerunOf: "r0", takesOver: "r1", labels }))).toEqual({ outcome: "ok" });
      await takeAllOver(store, "r2");
      expect((await store.driven.get("r2"))!).toMatchObject({ rerunOf: "r0", takesOver: null, state });
      expect((await store.runs.get("r2"))!.steps).toMatchObject([
        { stepId: "fetch", label: "fetch!", status: "completed", result: [1, 2], startedAt: null },
        { stepId: "send", status: "pending" },
        { stepId: "send[0]", label: "send!", status: "completed", result: "sent" },
        { stepId: "send[1]", status: "pending", result: null },
        { stepId: "report", status: "pending" },
      ]);
      const second = new DrivenStage(store, send, { runId: "r2", run: state });
      second.machine.admit();
      await second.store();
      expect(await store.driven.inputOf("r2", "send[1]")).toEqual({ input: '"y"', item: "2" });
      second.machine.completed("send[1]");
      await second.store({ step: "send[1]", result: '"sent too"' });
      expect(JSON.parse(await store.driven.results("r2", ["fetch", "send"]))).toEqual({ fetch: [1, 2], send: ["sent", "sent too"] });
      expect((await store.driven.attempts("r2")).map(({ stepId }) => stepId)).toEqual(["send", "send[1]", "report"]);
    },
  },
  {
    name: "a run does not go on from one of which an item is not there any more, whose input would be",
    async run({ store }) {
      const first = await DrivenStage.begun(store, send);
      first.machine.completed("fetch");
      first.machine.evaluated("send", { is: "ready", items: 1 });
      await first.store({ step: "fetch", result: "[1]" }, { step: "send", inputs: ["x"], items: [1] });
      const state = resumed(first.machine.plan, (await store.driven.get("r1"))!.state);
      const more = { ...state, steps: new Map([...state.steps, ["send[1]", freshStep("send[1]")]]) };
      expect(await store.driven.begin(aNewRun("r2", more, { takesOver: "r1" }))).toEqual({ outcome: "lost" });
      expect(await store.driven.begin(aNewRun("r2", state, { takesOver: "r1" }))).toEqual({ outcome: "ok" });
    },
  },
  {
    name: "what a run takes over comes part by part, again without effect, and only as long as the run is queued",
    async run({ store }) {
      const items = Array.from({ length: 100 }, (_, n) => n);
      const first = await DrivenStage.begun(store, send);
      first.machine.completed("fetch");
      first.machine.evaluated("send", { is: "ready", items: items.length });
      await first.store({ step: "fetch", result: "[]" }, { step: "send", inputs: items, items });
      for (const n of items.slice(1)) first.machine.completed(`send[${n}]`);
      first.machine.ended("send[0]", { is: "failed", code: "broken", final: true });
      await first.store(...items.slice(1).map((n) => ({ step: `send[${n}]`, result: JSON.stringify("x".repeat(20_000 + n)) })));
      const state = resumed(first.machine.plan, (await store.driven.get("r1"))!.state);
      await store.driven.begin(aNewRun("r2", state, { takesOver: "r1" }));
      const results = (run: string) => store.driven.results(run, ["fetch", "send"]);
      for (const atLeast of [2, 1]) {
        expect(await takeAllOver(store, "r2")).toBeGreaterThanOrEqual(atLeast);
        expect(await results("r2")).toBe(await results("r1"));
      }
      const second = new DrivenStage(store, send, { runId: "r2", run: state });
      second.machine.admit();
      await second.store();
      second.machine.completed("send[0]");
      await second.store({ step: "send[0]", result: '"anew"' });
      expect(await store.driven.takeOver("r2", "")).toBeNull();
      expect(await store.driven.takeOver("nobody", "")).toBeNull();
      const third = new DrivenStage(store, send, { runId: "r3", run: state });
      await store.driven.begin(aNewRun("r3", state, { takesOver: "r1" }));
      third.machine.cancel();
      await third.store();
      expect(await store.driven.takeOver("r3", "")).toBeNull();
      expect([(await store.driven.get("r3"))!.takesOver, await store.driven.results("r3", ["fetch"])]).toEqual(["r1", "{}"]);
      expect((JSON.parse(await store.driven.results("r2", ["send"])) as { send: string[] }).send.map(({ length }) => length)).toEqual([4, ...items.slice(1).map((n) => 20_000 + n)]);
    },
  },
];

import { expect, it, vi } from "vitest";
import { eventually } from "../../../test/support/eventually.ts";
import { IsolateStage, scriptOf, versionOf } from "../../../test/support/isolateStage.ts";
import { systemClock } from "../../clock/system.ts";
import { quietLog } from "../../testing/quietLog.ts";
import { StopWithin } from "./contract.ts";
import { createIsolates } from "./isolates.ts";
import { Line } from "./line.ts";

/** Versions that differ in their text alone. */
const held = (salt: string) => versionOf({ hold: '({ log, signal }) => new Promise((resolve) => { log.info("here"); signal.addEventListener("abort", resolve); })', quick: "() => process.pid" }, `/* ${salt} */`);

it("starts no process before the first call", async () => {
  await using stage = new IsolateStage();
  expect(await stage.processes()).toEqual([]);
  await stage.step(held("a"), "quick");
  expect(await stage.processes()).toHaveLength(1);
});

it("has a thread ready once it is told that there is a workflow", async () => {
  await using stage = new IsolateStage();
  stage.isolates.warm();
  stage.isolates.warm();
  expect(await stage.processes()).toHaveLength(1);
  expect(await stage.step(held("a"), "quick")).toMatchObject({ is: "completed" });
  expect(await stage.processes()).toHaveLength(1);
});

it("keeps to its bounds: what comes after waits, with the reason, and goes on when there is room", async () => {
  await using stage = new IsolateStage({ hosts: 1, threadsPerHost: 2, warmThreads: 0 });
  const stop = new AbortController();
  const [a, b] = [await stage.started(held("a"), "hold", {}, stop.signal), await stage.started(held("b"), "hold")];
  expect(a.pid).toBe(b.pid);
  const reason = "All 2 threads for workflow code are at work.";
  expect(stage.isolates.keep(held("c").hash, "c")).toBeNull();
  const reasons: string[] = [];
  const third = stage.step(held("c"), "quick", {}, { waiting: (why) => void reasons.push(why) });
  expect(reasons).toEqual([reason]);
  stop.abort();
  expect(await third).toMatchObject({ is: "completed" });
});

it("a version has one thread for its steps, and a bound for them", async () => {
  await using stage = new IsolateStage({ stepsPerThread: 2 });
  const stop = new AbortController();
  await stage.started(held("a"), "hold", {}, stop.signal);
  await stage.started(held("a"), "hold");
  const order: string[] = [];
  const [first, second] = ["first", "second"].map((name) => stage.step(held("a"), "quick", {}, { waiting: (why) => void order.push(why) }).then(() => order.push(name)));
  expect(order).toEqual(Array(2).fill("2 steps of this version are at work."));
  stop.abort();
  await Promise.all([first, second]);
  expect(order.slice(2)).toEqual(["first", "second"]);
});

it("starts a second host when the first has no room, and no third", async () => {
  await using stage = new IsolateStage({ hosts: 2, threadsPerHost: 1, warmThreads: 0 });
  const pids = [(await stage.started(held("a"), "hold")).pid, (await stage.started(held("b"), "hold")).pid];
  expect(new Set(pids).size).toBe(2);
  expect(stage.isolates.keep(held("c").hash, "c")).toBeNull();
});

it("a call that is cancelled while it waits never begins", async () => {
  await using stage = new IsolateStage({ stepsPerThread: 1 });
  await stage.started(held("a"), "hold");
  const stop = new AbortController();
  const waiting = stage.step(held("a"), "quick", {}, { placed: () => expect.unreachable() }, stop.signal);
  stop.abort();
  expect(await waiting).toMatchObject({ is: "failed", code: "CANCELLED" });
  expect(await stage.step(held("a"), "quick", {}, {}, AbortSignal.abort())).toMatchObject({ is: "failed", code: "CANCELLED" });
});

it("a thread without steps is ended after a while, and its version is loaded anew when it is needed", async () => {
  await using stage = new IsolateStage({ idleMs: 20, warmThreads: 0 });
  const version = versionOf({ count: "() => ++count" }, "let count = 0;\n");
  const count = async (): Promise<unknown> => {
    const outcome = await stage.step(version, "count");
    return outcome.is === "completed" && outcome.data;
  };
  expect(await count()).toBe(1);
  expect(await eventually(count, (told) => told === 1)).toBe(1);
});

it("closing displaces what is at work and what waits, and leaves no process", async () => {
  const stage = new IsolateStage({ stepsPerThread: 1 });
  const atWork = await stage.started(held("a"), "hold");
  const waiting = stage.step(held("a"), "quick");
  await stage.isolates.close();
  expect(await atWork.outcome).toMatchObject({ is: "displaced", mayHaveBegun: true });
  expect(await waiting).toMatchObject({ is: "displaced", mayHaveBegun: false });
  expect(await stage.processes()).toEqual([]);
  expect(await stage.step(held("a"), "quick")).toMatchObject({ is: "displaced", mayHaveBegun: false });
});

it("a host that cannot be started fails the step and nothing else", async () => {
  const isolates = createIsolates({ clock: systemClock, log: quietLog, nodeId: "node", bootId: "boot", env: { LARGE: "x".repeat(3_000_000) } });
  const stage = new IsolateStage();
  const call = stage.call(held("a"), { work: { do: "run", workflow: "w", step: "quick" } });
  expect(await isolates.run(call, new AbortController().signal)).toMatchObject({ is: "failed", code: "STEP_CRASHED", message: expect.stringMatching(/^No process could be started: .*E2BIG/) });
  await isolates.close();
});

it("calls nothing before the process that it will be in is stored, and displaces what could not be", async () => {
  await using stage = new IsolateStage();
  const version = held("a");
  const told: string[] = [];
  const stored = Promise.withResolvers<void>();
  const waits = stage.step(version, "quick", {}, { placed: () => stored.promise, began: () => void told.push("began") });
  const fails = stage.step(version, "quick", {}, { placed: () => Promise.reject(new Error("The disk is full.")) });
  expect(await fails).toMatchObject({ is: "displaced", mayHaveBegun: false, message: "The disk is full." });
  // The thread works on calls in their order, and this one was not sent.
  await stage.step(version, "quick");
  expect(told).toEqual([]);
  stored.resolve();
  expect(await waits).toMatchObject({ is: "completed", data: stage.isolates.keep(version.hash, "next")!.host.pid });
  expect(told).toEqual(["began"]);
});

it("ends a step that was asked to stop within another time than it has by itself", async () => {
  await using stage = new IsolateStage({ graceMs: 60_000 });
  const version = versionOf({ never: '({ log }) => { log.info("here"); return new Promise(() => {}); }' });
  const stop = new AbortController();
  const step = await stage.started(version, "never", {}, stop.signal);
  stop.abort(new StopWithin(20));
  expect(await step.outcome).toMatchObject({ is: "failed", code: "CANCELLED" });
});

it("looks at few of thousands that wait to be asked the same, whoever comes and goes", async () => {
  const [calls, { of, [Symbol.iterator]: all }] = [300, Line.prototype];
  let looked = 0;
  const counted = function* <Item>(those: Iterable<Item>): Generator<Item> {
    for (const one of those) yield (looked++, one);
  };
  vi.spyOn(Line.prototype, "of").mockImplementation(function (this: Line, hash) {
    return counted(of.call(this, hash));
  });
  vi.spyOn(Line.prototype, Symbol.iterator).mockImplementation(function (this: Line) {
    return counted({ [Symbol.iterator]: () => all.call(this) }) as never;
  });
  await using stage = new IsolateStage({ hosts: 1, threadsPerHost: 1, shortThreads: 1, stepsPerThread: 2, warmThreads: 0 });
  const version = scriptOf('exports.workflow = require("loom-gateway").defineWorkflow({ id: "w", name: "W", steps: [{ id: "one", label: "ONE", when: () => true, run: () => 1 }] });');
  const asked = Array.from({ length: calls }, () => stage.run(stage.call(version, { work: { do: "evaluate", workflow: "w", step: "one" } })));
  expect((await Promise.all(asked)).filter(({ is }) => is === "completed")).toHaveLength(calls);
  expect(looked).toBeLessThan(20 * calls);
});

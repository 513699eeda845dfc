import { expect, it } from "vitest";
import { makeFolder } from "../../test/support/folder.ts";
import { RunHome } from "../../test/support/runHome.ts";
import type { DrivenRunStore } from "../store/contract.ts";
import { FakeClock } from "../testing/fakeClock.ts";

/** Steps that stop when they are asked to, or never. */
const WAITS = 'run: ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)))';
const NEVER = "run: () => new Promise(() => {})";

function workflow(step: string, more = ""): string {
  return `{ id: "w", name: "W", ${more} steps: [{ id: "one", label: "ONE", ${step} }, { id: "two", label: "TWO", dependsOn: ["one"], run: () => 2 }] }`;
}

it("cancels a run: what is under way is asked to stop, and what has not begun is skipped", async () => {
  await using home = await RunHome.open();
  await home.weave(workflow(WAITS));
  const id = await home.begin("w");
  await home.heard("step.started", id, "one");
  await home.runs.cancel(id, "ann");
  expect(await home.ended(id)).toMatchObject({ status: "cancelled", code: "cancelled", rows: ["one failed cancelled", "two skipped cancelled"] });
  await expect(home.runs.cancel(id, "ann")).rejects.toMatchObject({ code: "CONFLICT" });
  await expect(home.runs.cancel("nothing", "ann")).rejects.toMatchObject({ code: "NOT_FOUND" });
});

it("ends a step by force that does not stop within the grace of the cancel", async () => {
  await using home = await RunHome.open({ limits: { graceMs: 60_000 } });
  await home.weave(workflow(NEVER));
  const id = await home.begin("w");
  await home.heard("step.started", id, "one");
  await home.runs.cancel(id, "ann", 50);
  await expect(home.runs.cancel(id, "bea")).rejects.toMatchObject({ code: "CONFLICT" });
  expect(await home.ended(id)).toMatchObject({ status: "cancelled", rows: ["one failed cancelled", "two skipped cancelled"] });
});

it("skips a run where one is under way, and tells why", async () => {
  await using home = await RunHome.open();
  await home.weave(workflow(WAITS));
  const id = await home.begin("w");
  const answer = await home.runs.start({ strandId: "w", trigger: "schedule", by: null });
  expect(answer).toMatchObject({ outcome: "skipped", reason: "overlap" });
  expect(await home.stands(answer.runId)).toMatchObject({ status: "skipped", code: "overlap", rows: [] });
  await home.runs.cancel(id, "ann");
  await home.ended(id);
});

it("lets runs wait for their turn, the oldest first", async () => {
  await using home = await RunHome.open();
  await home.weave(workflow("run: ({ input, signal }) => input === 0 ? new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))) : input", 'overlap: "queue",'));
  const first = await home.begin("w", { input: 0 });
  const rest = await Promise.all([1, 2].map((input) => home.runs.start({ strandId: "w", trigger: "manual", by: "ann", input })));
  expect(rest.map(({ outcome }) => outcome)).toEqual(["queued", "queued"]);
  await home.heard("step.started", first, "one");
  await home.runs.cancel(first, "ann");
  const [second, third] = await Promise.all(rest.map(({ runId }) => home.ended(runId)));
  expect([second!.results["one"], third!.results["one"]]).toEqual([1, 2]);
  expect(home.order("run.started")).toEqual([first, second!.id, third!.id]);
});

it("cancels the old run for the new one", async () => {
  await using home = await RunHome.open();
  await home.weave(workflow("run: ({ input, signal }) => input === 0 ? new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))) : input", 'overlap: "cancel_old",'));
  const old = await home.begin("w", { input: 0 });
  await home.heard("step.dispatched", old, "one");
  const next = await home.begin("w", { input: 1 });
  expect((await home.ended(next)).status).toBe("succeeded");
  expect((await home.stands(old)).status).toBe("cancelled");
});

it("cancels the old run also where the gateway died after it had let the new one in", async () => {
  let dies = true;
  const isLost = ({ moves }: Parameters<DrivenRunStore["apply"]>[0]): boolean => dies && moves.some(({ of, to }) => of === "run" && to === "cancelling");
  const between = (driven: DrivenRunStore): DrivenRunStore =>
    new Proxy(driven, { get: (target, name: keyof DrivenRunStore) => (name === "apply" ? (change: Parameters<DrivenRunStore["apply"]>[0]) => (isLost(change) ? new Promise(() => {}) : target.apply(change)) : target[name]) });
  await using home = await RunHome.open({ between });
  await home.weave(workflow("retries: 1, backoff: { initialMs: 60_000 }, run: ({ input, signal }) => input === 0 ? new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))) : input", 'overlap: "cancel_old",'));
  const old = await home.begin("w", { input: 0 });
  await home.heard("step.dispatched", old, "one");
  const next = await home.begin("w", { input: 1 });
  dies = false;
  await home.crash();
  expect((await home.ended(next)).status).toBe("succeeded");
  expect((await home.stands(old)).status).toBe("cancelled");
});

it("says what can be done about a run that cannot be retried now", async () => {
  await using home = await RunHome.open();
  await home.weave(workflow("run: ({ input, sleep }) => sleep(input)", 'overlap: "queue",'));
  const { id } = await home.run("w", 0);
  await expect(home.runs.retry(id, "ann", "failed")).rejects.toMatchObject({ code: "CONFLICT", help: "It can be done again from its beginning: leave out --from failed." });
  const open = await home.begin("w", { input: 60_000 });
  await expect(home.runs.retry(open, "ann", "start")).rejects.toMatchObject({ code: "CONFLICT", help: "Wait for its end, or cancel it first." });
});

it("lets runs that are made up for wait for their turn, where others would be skipped", async () => {
  await using home = await RunHome.open();
  await home.weave(workflow("run: ({ sleep }) => sleep(50)"));
  const due = (at: number) => home.runs.start({ strandId: "w", trigger: "schedule", by: null, onceKey: `due:${at}`, waits: true });
  const answers = [await due(1), await due(2), await due(3)];
  expect(answers.map(({ outcome }) => outcome)).toEqual(["started", "queued", "queued"]);
  for (const { runId } of answers) expect((await home.ended(runId)).status).toBe("succeeded");
});

it("counts runs by the key that the workflow makes of their input", async () => {
  await using home = await RunHome.open();
  await home.weave(workflow(WAITS, "concurrency: { key: (input) => input.user, runsPerKey: 1 },"));
  const begin = (user: string) => home.runs.start({ strandId: "w", trigger: "manual", by: null, input: { user } });
  const answers = [await begin("ann"), await begin("bea"), await begin("ann")];
  expect(answers.map(({ outcome }) => outcome)).toEqual(["started", "started", "skipped"]);
  for (const { runId } of answers.slice(0, 2)) {
    await home.runs.cancel(runId, "ann");
    await home.ended(runId);
  }
});

it("stores a firing that is let go, with its reason", async () => {
  await using home = await RunHome.open();
  await home.weave(workflow(WAITS));
  const answer = await home.runs.skip({ strandId: "w", trigger: "schedule", by: null, onceKey: "due:5", reason: "misfire", at: 1_000 });
  expect(await home.stands(answer.runId)).toMatchObject({ status: "skipped", code: "misfire" });
  expect(await home.runs.start({ strandId: "w", trigger: "schedule", by: null, onceKey: "due:5" })).toEqual({ outcome: "duplicate", runId: answer.runId });
});

it("runs another workflow as a step, and takes what its last step gave", async () => {
  await using home = await RunHome.open();
  await home.weave('{ id: "child", name: "C", steps: [{ id: "a", label: "A", run: ({ input }) => input.n + 1 }, { id: "b", label: "B", dependsOn: ["a"], run: ({ results }) => results.a * 2 }] }');
  await home.weave('{ id: "w", name: "W", steps: [{ id: "sub", label: "SUB", workflow: "child", input: ({ input }) => ({ n: input }) }, { id: "after", label: "AFTER", dependsOn: ["sub"], run: ({ results }) => results.sub }] }');
  const ended = await home.run("w", 4);
  expect(ended).toMatchObject({ status: "succeeded", results: { sub: 10, after: 10 } });
  const child = await home.store.driven.childOf({ runId: ended.id, step: "sub", epoch: 1 });
  expect(child).toMatchObject({ status: "succeeded" });
  expect((await home.store.runs.get(child!.id))?.run).toMatchObject({ trigger: "workflow", triggerBy: ended.id });
});

it("fails a step whose workflow fails, is skipped or is not there", async () => {
  await using home = await RunHome.open();
  await home.weave('{ id: "child", name: "C", steps: [{ id: "a", label: "A", run: () => { throw new Error("no"); } }] }');
  await home.weave('{ id: "w", name: "W", steps: [{ id: "sub", label: "SUB", workflow: "child" }, { id: "gone", label: "GONE", workflow: "nothing" }, { id: "self", label: "SELF", workflow: "w" }] }');
  expect((await home.run("w")).rows).toEqual(["sub failed WORKFLOW_FAILED", "gone failed NOT_FOUND", "self failed WORKFLOW_FAILED"]);
});

it("begins a hundred runs of a workflow for steps at a time, and the others after them", async () => {
  const gate = Promise.withResolvers<void>();
  let asked = 0;
  await using home = await RunHome.open({
    between: (driven) => new Proxy(driven, { get: (target, name: keyof DrivenRunStore) => (name === "childOf" ? async (parent: Parameters<DrivenRunStore["childOf"]>[0]) => (asked++, await gate.promise, target.childOf(parent)) : target[name]) }),
  });
  await home.weave('{ id: "child", name: "C", concurrency: { runs: 200 }, steps: [{ id: "a", label: "A", run: () => 1 }] }');
  await home.weave('{ id: "w", name: "W", steps: [{ id: "list", label: "LIST", run: () => Array(65).fill(0) }, { id: "one", label: "ONE", dependsOn: ["list"], parallel: 65, each: ({ results }) => results.list, workflow: "child" }, { id: "two", label: "TWO", dependsOn: ["list"], parallel: 65, each: ({ results }) => results.list, workflow: "child" }] }');
  const id = await home.begin("w");
  for (const list of ["one", "two"]) await home.heard("step.dispatched", id, `${list}[64]`);
  await expect.poll(() => asked).toBe(100);
  gate.resolve();
  expect([(await home.ended(id)).status, asked]).toEqual(["succeeded", 130]);
});

it("cancels the run of a step with its own", async () => {
  await using home = await RunHome.open();
  await home.weave(`{ id: "child", name: "C", steps: [{ id: "a", label: "A", ${WAITS} }] }`);
  await home.weave('{ id: "w", name: "W", steps: [{ id: "sub", label: "SUB", workflow: "child" }] }');
  const id = await home.begin("w");
  await home.heard("step.started", id, "sub");
  const child = await home.store.driven.childOf({ runId: id, step: "sub", epoch: 1 });
  await home.runs.cancel(id, "ann");
  expect(await home.ended(id)).toMatchObject({ status: "cancelled", rows: ["sub failed cancelled"] });
  expect((await home.stands(child!.id)).status).toBe("cancelled");
});

it("lets a step wait whose needs this node does not meet, says why, and fails it when its time is over", async () => {
  const clock = new FakeClock();
  await using home = await RunHome.open({ clock, tags: ["has-disk"] });
  await home.weave(workflow("requires: ['has-gpu', 'has-disk'], timeoutMs: 1000, run: () => 1"));
  const id = await home.begin("w");
  await home.heard("run.waiting", id);
  expect((await home.store.driven.get(id))!.state.steps.get("one")!.hold).toMatchObject({ reason: "No node has has-gpu: this one has has-disk." });
  await clock.advance(1_000);
  expect(await home.ended(id)).toMatchObject({ status: "failed", code: "no_node" });
});

it("lets a step wait for the node that it names", async () => {
  await using home = await RunHome.open();
  await home.weave(workflow("run: () => 1", 'defaultHost: "there",'));
  const id = await home.begin("w");
  await home.heard("step.held", id, "one");
  expect((await home.store.driven.get(id))!.state.steps.get("one")!.hold).toMatchObject({ reason: "It is to run on the node there; this one is here." });
  await home.runs.cancel(id, "ann");
  await home.ended(id);
});

it("does more steps than there is room for, as room comes", async () => {
  await using folder = await makeFolder();
  await using home = await RunHome.open({ limits: { hosts: 1, threadsPerHost: 1, stepsPerThread: 2 } });
  const wait = `while (!process.getBuiltinModule("node:fs").existsSync(${JSON.stringify(folder.at("go"))})) await new Promise((resolve) => setTimeout(resolve, 5));`;
  await home.weave(`{ id: "w", name: "W", concurrency: { runs: 100 }, steps: [{ id: "one", label: "ONE", each: () => [1, 2, 3, 4, 5], run: async ({ item }) => { ${wait} return item; } }, { id: "two", label: "TWO", run: () => 2 }] }`);
  const ids = await Promise.all([1, 2, 3].map(() => home.begin("w")));
  await home.heard("step.held", ids[2]!);
  await folder.write({ go: "" });
  const ended = await Promise.all(ids.map((id) => home.ended(id)));
  expect(ended.map(({ status }) => status)).toEqual(["succeeded", "succeeded", "succeeded"]);
  expect(home.told(ids[2]!).some((event) => event.startsWith("step.held"))).toBe(true);
});

it("does a run again from where it failed, with what was done before, or from its beginning", async () => {
  await using home = await RunHome.open();
  const text = (run: string) => `{ id: "w", name: "W", steps: [{ id: "one", label: "ONE", run: () => Math.random() }, { id: "list", label: "LIST", dependsOn: ["one"], each: () => [1, 2], run: ${run} }] }`;
  await home.weave(text('({ item, results }) => { if (item === 2) throw new Error("not yet"); return [item, results.one]; }'));
  const first = await home.run("w", { a: 1 });
  expect(first.status).toBe("failed");
  await home.weave(text("({ item, results }) => [item * 10, results.one]"));
  const again = await home.ended((await home.runs.retry(first.id, "ann", "failed")).runId);
  const one = first.results["one"];
  expect(again).toMatchObject({ status: "succeeded", results: { one, "list[0]": [1, one], "list[1]": [20, one] } });
  expect((await home.store.runs.get(again.id))?.run).toMatchObject({ trigger: "retry", triggerBy: "ann", rerunOf: first.id, version: 2 });
  expect((await home.store.driven.get(again.id))?.input).toEqual({ a: 1 });
  const anew = await home.ended((await home.runs.retry(first.id, "ann", "start")).runId);
  expect(anew.results["list[0]"]).toEqual([10, anew.results["one"]]);
  await expect(home.runs.retry(anew.id, "ann", "failed")).rejects.toMatchObject({ code: "CONFLICT" });
});

it("goes on from what was done also where a retry in between ended before it began", async () => {
  await using folder = await makeFolder();
  await using home = await RunHome.open();
  const wait = `while (!process.getBuiltinModule("node:fs").existsSync(${JSON.stringify(folder.at("go"))})) await new Promise((resolve) => setTimeout(resolve, 5));`;
  const text = (run: string) => `{ id: "w", name: "W", overlap: "queue", steps: [{ id: "one", label: "ONE", run: async ({ input }) => { if (input === "waits") { ${wait} } return { at: input }; } }, { id: "list", label: "LIST", dependsOn: ["one"], each: () => ["ann", "bob"], run: ${run} }] }`;
  await home.weave(text('({ item }) => { if (item === "bob") throw new Error("not yet"); return item; }'));
  const first = await home.run("w", "once");
  const inPlace = await home.begin("w", { input: "waits" });
  await home.heard("step.started", inPlace, "one");
  await home.weave(text("({ item, results }) => [item, results.one.at]"));
  let again = first.id;
  for (let n = 0; n < 2; n++) {
    const retried = await home.runs.retry(again, "ann", "failed");
    expect(retried.outcome).toBe("queued");
    await home.runs.cancel(retried.runId, "ann");
    expect((await home.ended(retried.runId)).status).toBe("cancelled");
    again = retried.runId;
  }
  await folder.write({ go: "" });
  await home.ended(inPlace);
  const { runId } = await home.runs.retry(again, "ann", "failed");
  expect(await home.ended(runId)).toMatchObject({ status: "succeeded", results: { one: { at: "once" }, "list[0]": "ann", "list[1]": ["bob", "once"] } });
});

it("starts and retries nothing by hand while the strand is paused", async () => {
  let by: string | null = null;
  await using home = await RunHome.open({ heldBy: () => by });
  await home.weave(workflow("run: () => { throw new Error('no'); }"));
  const { id } = await home.run("w");
  by = "ann";
  await expect(home.begin("w")).rejects.toMatchObject({ code: "CONFLICT", message: "w is paused by ann." });
  await expect(home.runs.retry(id, "bea", "failed")).rejects.toMatchObject({ code: "CONFLICT" });
});

it.each(["manual", "webhook", "schedule", "after"] as const)("starts nothing where a pause came while the workflow was asked what it makes of the input (%s)", async (trigger) => {
  let looks = 0;
  await using home = await RunHome.open({ heldBy: () => (looks++ % 2 === 0 ? null : "ann") });
  await home.weave(workflow("run: () => { throw new Error('no'); }", "concurrency: { key: (input) => String(input) },"));
  await expect(home.runs.start({ strandId: "w", trigger, by: null, input: 1 })).rejects.toMatchObject({ code: "CONFLICT", message: trigger === "webhook" ? "w is paused." : "w is paused by ann." });
  expect(await home.store.driven.open()).toEqual([]);
});

it("does a run again once for one key, and refuses the key for another way to do it", async () => {
  let by: string | null = null;
  await using home = await RunHome.open({ heldBy: () => by });
  await home.weave(workflow("run: () => { throw new Error('no'); }"));
  const { id } = await home.run("w");
  const { runId } = await home.runs.retry(id, "ann", "start", "k");
  await home.ended(runId);
  expect(await home.runs.retry(id, "ann", "start", "k")).toEqual({ outcome: "duplicate", runId });
  await expect(home.runs.retry(id, "ann", "failed", "k")).rejects.toMatchObject({ code: "CONFLICT", message: "The idempotency key was used for something else before." });
  by = "ann";
  expect(await home.runs.retry(id, "ann", "start", "k")).toEqual({ outcome: "duplicate", runId });
});

it("keeps what waits in the queue of a strand while that is paused", async () => {
  let by: string | null = null;
  await using home = await RunHome.open({ heldBy: () => by });
  await home.weave(workflow("run: ({ input, signal }) => input === 0 ? new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))) : input", 'overlap: "queue",'));
  const first = await home.begin("w", { input: 0 });
  const second = await home.runs.start({ strandId: "w", trigger: "schedule", by: null, input: 1 });
  await home.heard("step.started", first, "one");
  by = "ann";
  await home.runs.cancel(first, "ann");
  await home.ended(first);
  expect(await home.stands(second.runId)).toMatchObject({ status: "queued" });
  by = null;
  home.runs.resumed("w");
  expect(await home.ended(second.runId)).toMatchObject({ status: "succeeded" });
});

it("waits for what a step's when promises", async () => {
  await using home = await RunHome.open();
  await home.weave('{ id: "w", name: "W", steps: [{ id: "no", label: "NO", when: async () => false, run: () => 1 }, { id: "yes", label: "YES", when: async () => true, run: () => 2 }] }');
  expect(await home.ended(await home.begin("w"))).toMatchObject({ status: "succeeded", rows: ["no skipped when", "yes completed"] });
});

it("checks the input of a run anew that another version does again", async () => {
  await using home = await RunHome.open();
  const takes = (type: string): string => `input: { "~standard": { version: 1, vendor: "test", validate: (value) => typeof value === "${type}" ? { value } : { issues: [{ message: "no ${type}" }] } } },`;
  await home.weave(workflow("run: ({ input }) => input", takes("number")));
  const { id } = await home.run("w", 3);
  expect((await home.runs.retry(id, "ann", "start")).outcome).toBe("started");
  await home.weave(workflow("run: ({ input }) => input", takes("string")));
  await expect(home.runs.retry(id, "ann", "start")).rejects.toMatchObject({ code: "WORKFLOW_INPUT_INVALID" });
});

import { expect, it } from "vitest";
import type { DrivenRunStore } from "../store/contract.ts";
import { makeFolder } from "../../test/support/folder.ts";
import { RunHome } from "../../test/support/runHome.ts";

/** Of a run with the input "waits" the first step waits for the file. */
const waiting = (file: string, overlap: string): string => `{ id: "w", name: "W", overlap: "${overlap}", steps: [
  { id: "one", label: "ONE", run: async ({ input }) => { while (input === "waits" && !process.getBuiltinModule("node:fs").existsSync(${JSON.stringify(file)})) await new Promise((resolve) => setTimeout(resolve, 5)); return Math.random(); } },
  { id: "two", label: "TWO", dependsOn: ["one"], run: ({ results }) => results.one }] }`;

it.each(["queue", "skip"])("has nothing of a run that was to be done anew from its beginning, where that never began (%s)", async (overlap) => {
  await using folder = await makeFolder();
  await using home = await RunHome.open();
  await home.weave(waiting(folder.at("go"), overlap));
  const first = await home.run("w", "once");
  const inPlace = await home.begin("w", { input: "waits" });
  await home.heard("step.started", inPlace, "one");
  const anew = await home.runs.retry(first.id, "ann", "start");
  if (overlap === "queue") await home.runs.cancel(anew.runId, "ann");
  await folder.write({ go: "" });
  await home.ended(inPlace);
  const again = await home.ended((await home.runs.retry(anew.runId, "ann", "failed")).runId);
  expect(again.status).toBe("succeeded");
  expect(again.results["one"]).not.toBe(first.results["one"]);
});

it.each(["queue", "skip"])("has what was done in a run that one which never began was to go on from, and names the one that was asked for (%s)", async (overlap) => {
  await using folder = await makeFolder();
  await using home = await RunHome.open();
  const text = (two: string) => waiting(folder.at("go"), overlap).replace("({ results }) => results.one", two);
  await home.weave(text('() => { throw new Error("no"); }'));
  const first = await home.run("w", "once");
  await home.weave(text("({ results }) => results.one"));
  const inPlace = await home.begin("w", { input: "waits" });
  await home.heard("step.started", inPlace, "one");
  const between = await home.runs.retry(first.id, "ann", "failed");
  if (overlap === "queue") await home.runs.cancel(between.runId, "ann");
  await folder.write({ go: "" });
  await home.ended(inPlace);
  const { runId } = await home.runs.retry(between.runId, "ann", "failed");
  expect((await home.ended(runId)).results).toEqual({ one: first.results["one"], two: first.results["one"] });
  expect((await home.store.driven.get(runId))!).toMatchObject({ rerunOf: between.runId, takesOver: null });
});

it("does anew what a run from the beginning did not come to, also where it left something out by its when", async () => {
  await using home = await RunHome.open();
  const text = (maybe: string, one: string) => `{ id: "w", name: "W", steps: [{ id: "maybe", label: "MAYBE", when: ${maybe}, run: () => 1 }, { id: "one", label: "ONE", when: ${one}, run: () => Math.random() }, { id: "two", label: "TWO", dependsOn: ["one"], run: () => { throw new Error("no"); } }] }`;
  await home.weave(text("() => true", "() => true"));
  const first = await home.run("w", "once");
  await home.weave(text("() => false", "() => new Promise(() => {})"));
  const { runId } = await home.runs.retry(first.id, "ann", "start");
  await home.heard("step.skipped", runId, "maybe");
  await home.runs.cancel(runId, "ann");
  expect((await home.ended(runId)).status).toBe("cancelled");
  await home.weave(text("() => false", "() => true"));
  const again = await home.ended((await home.runs.retry(runId, "ann", "failed")).runId);
  expect(again.results["one"]).toEqual(expect.any(Number));
  expect(again.results["one"]).not.toBe(first.results["one"]);
});

it("has the workflow make of its input what a run that never began was asked for with", async () => {
  await using home = await RunHome.open();
  await home.weave(`{ id: "w", name: "W", input: { "~standard": { version: 1, vendor: "t", validate: (given) => given === null ? { issues: [{ message: "null" }] } : { value: { dry: true, ...given, times: (given?.times ?? 0) + 1 } } } },
    concurrency: { key: ({ dry }) => String(dry) }, steps: [{ id: "one", label: "ONE", run: ({ input }) => input }] }`);
  const { runId } = await home.runs.skip({ strandId: "w", trigger: "schedule", by: null, onceKey: "due:5", reason: "misfired", at: 1_000 });
  const after = { strandId: "v", runId: "r", status: "failed" } as const;
  const followed = await home.runs.skip({ strandId: "w", trigger: "after", by: "r", onceKey: "after:r", input: { after }, reason: "queue_full", at: 1_000 });
  const done = await home.ended((await home.runs.retry(runId, "ann", "start")).runId);
  expect([done.results["one"], (await home.store.driven.get(done.id))!.concurrencyKey]).toEqual([{ dry: true, times: 1 }, "true"]);
  expect((await home.ended((await home.runs.retry(followed.runId, "ann", "failed")).runId)).results["one"]).toEqual({ dry: true, after, times: 1 });
  expect((await home.ended((await home.runs.retry(done.id, "ann", "start")).runId)).results["one"]).toEqual({ dry: true, times: 1 });
});

it("goes on from no run of which some steps are forgotten, and does it again from its beginning", async () => {
  let isGoing = false;
  const between = (driven: DrivenRunStore): DrivenRunStore => ({ ...driven, get: async (id) => {
    const run = await driven.get(id);
    return run && isGoing ? { ...run, state: { ...run.state, steps: new Map([...run.state.steps].slice(1)) } } : run;
  } });
  await using home = await RunHome.open({ between });
  await home.weave('{ id: "w", name: "W", steps: [{ id: "one", label: "ONE", run: () => 1 }, { id: "two", label: "TWO", dependsOn: ["one"], run: () => { throw new Error("no"); } }] }');
  const { id } = await home.run("w");
  isGoing = true;
  await expect(home.runs.retry(id, "ann", "failed")).rejects.toMatchObject({ code: "CONFLICT", message: "What the run was to go on from is not kept any more." });
  expect((await home.runs.retry(id, "ann", "start")).outcome).toBe("started");
});

it("starts no run with an input that the workflow refuses, which one that never began was asked for with", async () => {
  await using home = await RunHome.open();
  await home.weave('{ id: "w", name: "W", input: { "~standard": { version: 1, vendor: "t", validate: (value) => value?.city === undefined ? { issues: [{ message: "missing" }] } : { value } } }, steps: [{ id: "one", label: "ONE", run: ({ input }) => input }] }');
  const { runId } = await home.runs.skip({ strandId: "w", trigger: "schedule", by: null, onceKey: "due:5", reason: "workflow_input_invalid", at: 1_000 });
  await expect(home.runs.retry(runId, "ann", "start")).rejects.toMatchObject({ code: "WORKFLOW_INPUT_INVALID" });
  expect((await home.store.driven.open()).length).toBe(0);
});

it("goes on from the run whose first step failed as it was asked for its input, and not from the one before", async () => {
  await using home = await RunHome.open();
  const text = (input: string, two: string) => `{ id: "w", name: "W", steps: [{ id: "one", label: "ONE", run: () => Math.random() }, { id: "two", label: "TWO", dependsOn: ["one"], when: ${input}, run: ${two} }] }`;
  const broken = '() => { throw new Error("no"); }';
  await home.weave(text("() => true", broken));
  const first = await home.run("w", "once");
  await home.weave(text(broken, "({ results }) => results.one"));
  const second = await home.ended((await home.runs.retry(first.id, "ann", "failed")).runId);
  expect(second).toMatchObject({ status: "failed", results: { one: first.results["one"] } });
  await home.weave(text("() => true", "({ results }) => results.one"));
  const { runId } = await home.runs.retry(second.id, "ann", "failed");
  expect((await home.ended(runId)).results).toEqual({ one: first.results["one"], two: first.results["one"] });
  expect((await home.store.driven.get(runId))!.rerunOf).toBe(second.id);
});

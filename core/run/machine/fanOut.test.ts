import { expect, test } from "vitest";
import { RunStage } from "../../../test/support/runStage.ts";
import { freshRun, freshStep } from "./state.ts";

const fanOut = [{ id: "post", each: { parallel: 2 } }, { id: "sum", dependsOn: ["post"] }];
const spread = (items: number): RunStage => {
  const stage = RunStage.begun(fanOut);
  stage.evaluated("post", { is: "ready", items });
  return stage;
};

test("a fan-out does so many items at a time, and completes with the last", () => {
  const stage = spread(3);
  expect([stage.step("post").status, stage.wanted]).toEqual(["running", ["start post[0]", "start post[1]"]]);
  stage.completed("post[1]");
  expect(stage.wanted).toEqual(["start post[2]"]);
  stage.completed("post[0]");
  stage.completed("post[2]");
  expect([stage.step("post").status, stage.wanted]).toEqual(["completed", ["start sum"]]);
});

test("a fan-out over an empty list completes at once", () => {
  expect(spread(0).rows).toEqual(["post completed", "sum dispatched"]);
});

test("an item that fails keeps no other from being done, and fails the step in the end", () => {
  const stage = spread(3);
  stage.failed("post[0]");
  stage.completed("post[1]");
  stage.completed("post[2]");
  expect(stage.rows).toEqual(["post failed items_failed", "sum skipped dependency", "post[0] failed broken", "post[1] completed", "post[2] completed"]);
});

test("an item that waits for its retry leaves its place to the next", () => {
  const stage = RunStage.begun([{ id: "post", each: { parallel: 1 }, retries: 1 }]);
  stage.evaluated("post", { is: "ready", items: 2 });
  stage.failed("post[0]");
  expect(stage.wanted).toEqual(["start post[1]"]);
});

test("the step itself takes no result: its items do", () => {
  expect(spread(1).completed("post")).toBe("unknown_step");
});

test("where there is no room for one item, the others are not asked about", () => {
  const stage = RunStage.begun(fanOut);
  let asked = 0;
  stage.place = () => (asked++ === 0 ? { is: "here", nodeId: "node" } : { is: "full", reason: "full" });
  stage.evaluated("post", { is: "ready", items: 100 });
  expect(asked).toBe(2);
});

test("a list that would give a run more than ten thousand rows fails its step, and other lists go on", () => {
  const stage = RunStage.begun([{ id: "first", each: { parallel: 1 } }, { id: "second", each: { parallel: 1 } }, { id: "third", each: { parallel: 1 } }]);
  stage.evaluated("first", { is: "ready", items: 9_000 });
  stage.evaluated("second", { is: "ready", items: 998 });
  stage.evaluated("third", { is: "ready", items: 997 });
  expect(["first", "second", "third"].map((id) => [stage.step(id).status, stage.step(id).code])).toEqual([["running", null], ["failed", "too_many_rows"], ["running", null]]);
  expect(stage.run.steps.size).toBe(10_000);
});

test("a list of a run that goes on from another counts no item twice", () => {
  const { plan, run } = RunStage.begun(fanOut);
  const post = { ...run.steps.get("post")!, answer: { items: 6_000 } };
  const items = Array.from({ length: 6_000 }, (_, n) => [`post[${n}]`, { ...freshStep(`post[${n}]`), status: n === 7 ? "pending" : "completed" }] as const);
  const stage = new RunStage(fanOut, { run: { ...freshRun(plan), steps: new Map([...run.steps, ["post", post], ...items]) } });
  stage.admit();
  expect([stage.step("post").status, stage.step("post[7]").status, stage.run.steps.size]).toEqual(["running", "dispatched", run.steps.size + 6_000]);
});

test("a list fails its step where the workflow's open runs would have more than fifty thousand rows", () => {
  const stage = RunStage.begun(fanOut);
  stage.rowsBeside = { own: 49_990, all: 49_990 };
  stage.evaluated("post", { is: "ready", items: 9 });
  expect([stage.step("post").status, stage.step("post").code, stage.step("sum").reason]).toEqual(["failed", "too_many_rows", "dependency"]);
  const beside = RunStage.begun(fanOut);
  beside.rowsBeside = { own: 49_990, all: 49_990 };
  beside.evaluated("post", { is: "ready", items: 8 });
  expect(beside.step("post").status).toBe("running");
});

import { expect, test } from "vitest";
import { RunStage } from "../../../test/support/runStage.ts";

const diamond = [{ id: "fetch" }, { id: "left", dependsOn: ["fetch"] }, { id: "right", dependsOn: ["fetch"] }, { id: "join", dependsOn: ["left", "right"] }];

test("a run that waits for its turn is cancelled at once", () => {
  const stage = new RunStage(diamond);
  stage.cancel();
  expect([stage.run.status, ...stage.events]).toEqual([
    "cancelled", "run.cancelling", "step.skipped fetch", "step.skipped left", "step.skipped right", "step.skipped join", "run.finished",
  ]);
});

test("what is under way is asked to stop, and after its grace ended by force", () => {
  const stage = RunStage.begun(diamond);
  stage.cancel(10_000);
  expect([stage.run.status, stage.wanted, stage.wakeAt]).toEqual(["cancelling", ["stop fetch"], stage.now + 10_000]);
  stage.pass(10_000);
  expect(stage.wanted).toEqual(["kill fetch"]);
  stage.ended("fetch", { is: "crashed", code: "killed" });
  expect([stage.run.status, stage.run.code, stage.rows[0]]).toEqual(["cancelled", "cancelled", "fetch failed cancelled"]);
});

test("a step that is done within the grace is completed, and nothing more begins", () => {
  const stage = RunStage.begun(diamond);
  stage.cancel();
  stage.completed("fetch");
  expect([stage.run.status, stage.rows[0], stage.wanted]).toEqual(["cancelled", "fetch completed", []]);
});

test("a retry does not come any more, nor do answers", () => {
  const stage = RunStage.begun([{ id: "fetch", retries: 1 }, { id: "post" }, { id: "late", evaluates: true }]);
  stage.failed("fetch");
  stage.cancel();
  expect(stage.rows).toEqual(["fetch failed cancelled", "post dispatched", "late skipped cancelled"]);
  expect([stage.evaluated("late"), stage.cancel()]).toEqual(["not_waiting", "told_before"]);
});

test("items that have not begun are skipped", () => {
  const stage = RunStage.begun([{ id: "post", each: { parallel: 1 } }]);
  stage.evaluated("post", { is: "ready", items: 2 });
  stage.cancel();
  stage.failed("post[0]");
  expect(stage.rows).toEqual(["post failed cancelled", "post[0] failed cancelled", "post[1] skipped cancelled"]);
});

test("a run that has ended is not cancelled", () => {
  const stage = RunStage.begun([]);
  expect(stage.cancel()).toBe("run_over");
});

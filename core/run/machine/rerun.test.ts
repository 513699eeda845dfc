import { expect, test } from "vitest";
import { RunStage } from "../../../test/support/runStage.ts";
import { planOf } from "./plan.ts";
import { resumed } from "./rerun.ts";

type Steps = ConstructorParameters<typeof RunStage>[0];

/** A new run that goes on where `earlier` failed, admitted. */
function goOn(earlier: RunStage, steps: Steps): RunStage {
  const stage = new RunStage(steps, { run: resumed(planOf(steps), earlier.run) });
  stage.admit();
  return stage;
}

const line = [{ id: "fetch" }, { id: "post", dependsOn: ["fetch"] }, { id: "tell", dependsOn: ["post"] }];

function failedAtPost(): RunStage {
  const stage = new RunStage(line);
  stage.admit();
  stage.completed("fetch");
  stage.failed("post");
  return stage;
}

test("what was completed stands, the rest begins anew", () => {
  const stage = goOn(failedAtPost(), line);
  expect([stage.rows, stage.wanted]).toEqual([["fetch completed", "post dispatched", "tell pending"], ["start post"]]);
  expect(stage.step("post")).toMatchObject({ epoch: 1, attempt: 1 });
});

test("a step that `when` skipped stays skipped", () => {
  const steps = [{ id: "maybe", evaluates: true }, { id: "post", dependsOn: ["maybe"] }];
  const earlier = new RunStage(steps);
  earlier.admit();
  earlier.evaluated("maybe", { is: "skipped" });
  earlier.failed("post");
  expect(goOn(earlier, steps).rows).toEqual(["maybe skipped when", "post dispatched"]);
});

test("a step is done again where something it depends on is new", () => {
  const earlier = new RunStage(line);
  earlier.admit();
  for (const id of ["fetch", "post"]) earlier.completed(id);
  earlier.failed("tell");
  const changed = [{ id: "fetch" }, { id: "check" }, { id: "post", dependsOn: ["fetch", "check"] }, { id: "tell", dependsOn: ["post"] }];
  expect(goOn(earlier, changed).rows).toEqual(["fetch completed", "check dispatched", "post pending", "tell pending"]);
});

test("steps that are no more in the file are left behind", () => {
  expect(goOn(failedAtPost(), [{ id: "post" }]).rows).toEqual(["post dispatched"]);
});

test("when, each and input of a step that failed are evaluated anew, but for a list that was begun", () => {
  const steps = [{ id: "post", evaluates: true }, { id: "send", each: { parallel: 5 } }];
  const earlier = new RunStage(steps);
  earlier.admit();
  earlier.evaluated("post");
  earlier.failed("post");
  earlier.evaluated("send", { is: "ready", items: 3 });
  earlier.completed("send[0]");
  earlier.failed("send[1]");
  earlier.completed("send[2]");
  const stage = goOn(earlier, steps);
  expect(stage.wanted).toEqual(["evaluate post", "start send[1]"]);
  expect(stage.rows).toEqual(["post pending", "send running", "send[0] completed", "send[1] dispatched", "send[2] completed"]);
  stage.completed("send[1]");
  expect(stage.step("send").status).toBe("completed");
});

test("a list for which there was no room is asked for anew: it may be another by now", () => {
  const steps = [{ id: "send", each: { parallel: 5 } }];
  const earlier = RunStage.begun(steps);
  earlier.rowsBeside = { own: 49_999, all: 49_999 };
  earlier.evaluated("send", { is: "ready", items: 2 });
  const run = resumed(planOf(steps), earlier.run);
  expect([...run.steps.values()].map(({ id, answer }) => [id, answer])).toEqual([["send", null]]);
  expect(goOn(earlier, steps).wanted).toEqual(["evaluate send"]);
});

test("a fan-out that was completed stands with its items and phases", () => {
  const steps = [{ id: "send", each: { parallel: 5 } }, { id: "tell", dependsOn: ["send"] }];
  const earlier = new RunStage(steps);
  earlier.admit();
  earlier.evaluated("send", { is: "ready", items: 1 });
  earlier.phase("send[0]", "upload", "running");
  earlier.completed("send[0]");
  earlier.failed("tell");
  expect(goOn(earlier, steps).rows).toEqual(["send completed", "tell dispatched", "send[0] completed", "send[0]/upload completed"]);
});

test("a step that has become a fan-out, or is none any more, is done again", () => {
  const earlier = failedAtPost();
  expect(goOn(earlier, [{ id: "fetch", each: { parallel: 1 } }]).wanted).toEqual(["evaluate fetch"]);
});

test("what a crash left is done again", () => {
  const earlier = new RunStage(line);
  earlier.admit();
  earlier.crash();
  expect(goOn(earlier, line).wanted).toEqual(["start fetch"]);
});

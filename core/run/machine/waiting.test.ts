import { describe, expect, test } from "vitest";
import { RunStage } from "../../../test/support/runStage.ts";

describe("a step that no node can do", () => {
  const nowhere = { is: "nowhere", reason: "no node has has-gpu" } as const;

  test("waits with the reason, told once, and the run with it", () => {
    const stage = new RunStage([{ id: "fetch", timeoutMs: 1_000 }]);
    stage.place = () => nowhere;
    stage.admit();
    stage.look();
    expect(stage.step("fetch")).toMatchObject({ status: "pending", hold: { reason: "no node has has-gpu" } });
    expect(stage.events).toEqual(["run.started", "step.held fetch", "run.waiting"]);
    expect(stage.wakeAt).toBe(stage.now + 1_000);
  });

  test("keeps what its `when` and `each` said", () => {
    const stage = new RunStage([{ id: "post", evaluates: true }]);
    stage.place = () => nowhere;
    stage.admit();
    stage.evaluated("post");
    expect([stage.evaluated("post", { is: "skipped" }), stage.wanted]).toEqual(["told_before", []]);
  });

  test("goes on when one can", () => {
    const stage = new RunStage([{ id: "fetch" }]);
    stage.place = () => nowhere;
    stage.admit();
    stage.place = () => ({ is: "here", nodeId: "other" });
    stage.pass(5);
    expect(stage.step("fetch")).toMatchObject({ status: "dispatched", nodeId: "other", hold: null });
    expect(stage.events.at(-1)).toBe("run.resumed");
  });

  test("fails at its deadline", () => {
    const stage = new RunStage([{ id: "fetch", timeoutMs: 1_000, retries: 5 }]);
    stage.place = () => nowhere;
    stage.admit();
    stage.pass(500);
    stage.pass(500);
    expect([stage.run.status, stage.run.code, ...stage.rows]).toEqual(["failed", "no_node", "fetch failed no_node"]);
  });

  test("where there is only no room now, it waits as long as it takes, and the run goes on", () => {
    const stage = new RunStage([{ id: "fetch", timeoutMs: 1_000 }]);
    stage.place = () => ({ is: "full", reason: "8 steps are under way" });
    stage.admit();
    stage.pass(1_000_000);
    expect([stage.run.status, stage.step("fetch").status, stage.wakeAt]).toEqual(["running", "pending", null]);
  });
});

describe("a step that asks a person", () => {
  test("stays pending, is asked once it is ready, and goes on with the answer", () => {
    const stage = RunStage.begun([{ id: "plan" }, { id: "approve", dependsOn: ["plan"], asks: true, timeoutMs: 10 }]);
    stage.completed("plan");
    expect([stage.run.status, stage.wanted]).toEqual(["waiting", ["ask approve"]]);
    stage.pass(1_000_000);
    expect(stage.step("approve").status).toBe("pending");
    stage.tell({ is: "answered", step: "approve" });
    expect([stage.run.status, stage.wanted]).toEqual(["running", ["start approve"]]);
  });
});

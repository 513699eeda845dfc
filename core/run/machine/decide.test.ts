import { describe, expect, test } from "vitest";
import { RunStage } from "../../../test/support/runStage.ts";

const diamond = [{ id: "fetch" }, { id: "left", dependsOn: ["fetch"] }, { id: "right", dependsOn: ["fetch"] }, { id: "join", dependsOn: ["left", "right"] }];

describe("the order of steps", () => {
  test("nothing happens before the run's turn has come, nor twice at it", () => {
    const stage = new RunStage([{ id: "fetch" }]);
    stage.look();
    expect([stage.run.status, stage.wanted]).toEqual(["queued", []]);
    expect(stage.admit()).toBe(null);
    expect(stage.wanted).toEqual(["start fetch"]);
    expect(stage.admit()).toBe("not_queued");
  });

  test("branches go side by side, and what joins them waits for both", () => {
    const stage = RunStage.begun(diamond);
    stage.completed("fetch");
    expect(stage.wanted).toEqual(["start left", "start right"]);
    stage.completed("right");
    expect(stage.wanted).toEqual([]);
    stage.completed("left");
    expect(stage.wanted).toEqual(["start join"]);
    stage.completed("join");
    expect(stage.run.status).toBe("succeeded");
  });

  test("steps may stand in any order in the file", () => {
    const stage = RunStage.begun(diamond.toReversed());
    expect(stage.wanted).toEqual(["start fetch"]);
  });

  test("steps that wait for each other, or for nothing that is there, are no plan", () => {
    expect(() => new RunStage([{ id: "a", dependsOn: ["b"] }, { id: "b", dependsOn: ["a"] }])).toThrow("a → b → a");
    expect(() => new RunStage([{ id: "a", dependsOn: ["b"] }])).toThrow("a depends on b");
  });

  test("a failure skips what depends on it, lets the rest go on, and fails the run under its code", () => {
    const stage = RunStage.begun(diamond);
    stage.completed("fetch");
    stage.failed("left", "no_disk");
    expect([stage.run.status, ...stage.rows]).toEqual(["running", "fetch completed", "left failed no_disk", "right dispatched", "join skipped dependency"]);
    stage.completed("right");
    expect([stage.run.status, stage.run.code]).toEqual(["failed", "no_disk"]);
  });

  test("each move is told, in the order in which it happened", () => {
    const stage = RunStage.begun([{ id: "fetch" }]);
    stage.started("fetch");
    stage.completed("fetch");
    expect(stage.events).toEqual(["run.started", "step.dispatched fetch", "step.started fetch", "step.completed fetch", "run.finished"]);
  });

  test("a step that is done before it told of its start is told as started too", () => {
    const stage = RunStage.begun([{ id: "fetch" }]);
    stage.completed("fetch");
    expect(stage.events).toContain("step.started fetch");
  });

  test("a run without steps succeeds at once", () => {
    expect(RunStage.begun([]).run.status).toBe("succeeded");
  });
});

describe("when, each and input", () => {
  test("are asked for once the step is ready, and again at each look until they are told", () => {
    const stage = RunStage.begun([{ id: "fetch" }, { id: "post", dependsOn: ["fetch"], evaluates: true }]);
    expect(stage.wanted).toEqual(["start fetch"]);
    stage.completed("fetch");
    expect([stage.wanted, stage.run.status]).toEqual([["evaluate post"], "running"]);
    stage.look();
    expect(stage.wanted).toEqual(["evaluate post"]);
    stage.evaluated("post");
    expect(stage.wanted).toEqual(["start post"]);
    expect(stage.evaluated("post")).toBe("not_waiting");
  });

  test("are not asked for again by a retry", () => {
    const stage = RunStage.begun([{ id: "post", evaluates: true, retries: 1 }]);
    stage.evaluated("post");
    stage.failed("post");
    stage.pass(1_000);
    expect(stage.wanted).toEqual(["start post"]);
  });

  test("a `when` that says no skips the step, and what depends on it goes on without its result", () => {
    const stage = RunStage.begun([{ id: "maybe", evaluates: true }, { id: "post", dependsOn: ["maybe"] }]);
    stage.evaluated("maybe", { is: "skipped" });
    expect(stage.rows).toEqual(["maybe skipped when", "post dispatched"]);
    stage.completed("post");
    expect(stage.run.status).toBe("succeeded");
  });

  test("one that throws fails the step without a retry", () => {
    const stage = RunStage.begun([{ id: "post", evaluates: true, retries: 3 }]);
    stage.evaluated("post", { is: "failed", code: "bad_when" });
    expect([stage.run.status, ...stage.rows]).toEqual(["failed", "post failed bad_when"]);
  });
});

describe("retries", () => {
  test("wait ever longer, and end after as many as were allowed", () => {
    const stage = RunStage.begun([{ id: "fetch", retries: 2, backoff: { initialMs: 100, factor: 3, maxMs: 1_000, jitter: 0 } }]);
    stage.failed("fetch");
    expect([stage.step("fetch").status, stage.wakeAt]).toEqual(["retrying", stage.now + 100]);
    stage.pass(99);
    expect(stage.wanted).toEqual([]);
    stage.pass(1);
    expect(stage.wanted).toEqual(["start fetch"]);
    stage.failed("fetch");
    expect(stage.wakeAt).toBe(stage.now + 300);
    stage.pass(300);
    stage.failed("fetch", "last");
    expect([stage.run.status, ...stage.rows]).toEqual(["failed", "fetch failed last"]);
    expect(stage.step("fetch")).toMatchObject({ attempt: 3, epoch: 3 });
  });

  test("a failure that its author calls final is not tried again", () => {
    const stage = RunStage.begun([{ id: "fetch", retries: 2 }]);
    stage.ended("fetch", { is: "failed", code: "gone", final: true });
    expect(stage.run.status).toBe("failed");
  });

  test("what died under the step is a crash once no attempt is left", () => {
    const stage = RunStage.begun([{ id: "fetch", retries: 1 }]);
    stage.ended("fetch", { is: "crashed", code: "out_of_memory" });
    stage.pass(1_000);
    stage.ended("fetch", { is: "crashed", code: "out_of_memory" });
    expect([stage.run.status, ...stage.rows]).toEqual(["failed", "fetch failed_crash out_of_memory"]);
  });

  test("one that had to go through no fault of its own loses no attempt, and comes back at once", () => {
    const stage = RunStage.begun([{ id: "fetch" }]);
    stage.ended("fetch", { is: "displaced" });
    expect(stage.wanted).toEqual(["start fetch"]);
    expect(stage.step("fetch")).toMatchObject({ attempt: 1, epoch: 2 });
  });

  test("a run whose only step waits for its retry is running", () => {
    const stage = RunStage.begun([{ id: "fetch", retries: 1 }]);
    stage.failed("fetch");
    expect(stage.run.status).toBe("running");
  });
});

describe("what comes too late", () => {
  test("a result of an earlier dispatch changes nothing", () => {
    const stage = RunStage.begun([{ id: "fetch", retries: 1 }]);
    stage.failed("fetch");
    stage.pass(1_000);
    expect(stage.ended("fetch", { is: "completed" }, 1)).toBe("old_epoch");
    expect(stage.step("fetch").status).toBe("dispatched");
  });

  test("a result that comes twice, or to nobody, changes nothing", () => {
    const stage = RunStage.begun([{ id: "fetch" }, { id: "post" }]);
    stage.completed("fetch");
    expect(stage.failed("fetch")).toBe("not_under_way");
    expect(stage.ended("gone", { is: "completed" }, 1)).toBe("unknown_step");
    stage.started("post");
    expect(stage.started("post")).toBe("told_before");
    stage.completed("post");
    expect(stage.completed("post")).toBe("run_over");
  });
});

describe("time", () => {
  const slow = [{ id: "fetch", timeoutMs: 1_000, retries: 1 }];

  test("an attempt that takes too long is asked to stop, then ended by force, and may be tried again", () => {
    const stage = RunStage.begun(slow);
    stage.started("fetch");
    expect(stage.wakeAt).toBe(stage.now + 1_000);
    stage.pass(1_000);
    expect([stage.wanted, stage.wakeAt]).toEqual([["stop fetch"], stage.now + 5_000]);
    stage.pass(5_000);
    expect(stage.wanted).toEqual(["kill fetch"]);
    stage.ended("fetch", { is: "crashed", code: "killed" });
    expect(stage.rows).toEqual(["fetch retrying timeout"]);
  });

  test("the next look is due when the first of several is late", () => {
    const stage = RunStage.begun([{ id: "short", timeoutMs: 10 }, { id: "long", timeoutMs: 1_000 }]);
    expect(stage.wakeAt).toBe(stage.now + 10);
  });

  test("it counts from the start, not from the dispatch", () => {
    const stage = RunStage.begun(slow);
    stage.pass(900);
    stage.started("fetch");
    stage.pass(999);
    expect(stage.wanted).toEqual([]);
    stage.pass(1);
    expect(stage.wanted).toEqual(["stop fetch"]);
  });

  test("a start that comes after it was asked to stop gives it no more time", () => {
    const stage = RunStage.begun(slow);
    stage.pass(1_000);
    stage.started("fetch");
    expect(stage.wanted).toEqual(["stop fetch"]);
  });

  test("one that is done after all is done", () => {
    const stage = RunStage.begun(slow);
    stage.pass(2_000);
    stage.completed("fetch");
    expect(stage.run.status).toBe("succeeded");
  });
});

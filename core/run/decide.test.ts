import { describe, expect, test } from "vitest";
import { RunStage } from "../../test/support/runStage.ts";

const diamond = [{ id: "fetch" }, { id: "left", dependsOn: ["fetch"] }, { id: "right", dependsOn: ["fetch"] }, { id: "join", dependsOn: ["left", "right"] }];

/** A stage whose run has begun. */
function begun(...args: ConstructorParameters<typeof RunStage>): RunStage {
  const stage = new RunStage(...args);
  stage.admit();
  return stage;
}

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
    const stage = begun(diamond);
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
    const stage = begun(diamond.toReversed());
    expect(stage.wanted).toEqual(["start fetch"]);
  });

  test("steps that wait for each other, or for nothing that is there, are no plan", () => {
    expect(() => new RunStage([{ id: "a", dependsOn: ["b"] }, { id: "b", dependsOn: ["a"] }])).toThrow("a → b → a");
    expect(() => new RunStage([{ id: "a", dependsOn: ["b"] }])).toThrow("a depends on b");
  });

  test("a failure skips what depends on it, lets the rest go on, and fails the run under its code", () => {
    const stage = begun(diamond);
    stage.completed("fetch");
    stage.failed("left", "no_disk");
    expect([stage.run.status, ...stage.rows]).toEqual(["running", "fetch completed", "left failed no_disk", "right dispatched", "join skipped dependency"]);
    stage.completed("right");
    expect([stage.run.status, stage.run.code]).toEqual(["failed", "no_disk"]);
  });

  test("each move is told, in the order in which it happened", () => {
    const stage = begun([{ id: "fetch" }]);
    stage.started("fetch");
    stage.completed("fetch");
    expect(stage.events).toEqual(["run.started", "step.dispatched fetch", "step.started fetch", "step.completed fetch", "run.finished"]);
  });

  test("a step that is done before it told of its start is told as started too", () => {
    const stage = begun([{ id: "fetch" }]);
    stage.completed("fetch");
    expect(stage.events).toContain("step.started fetch");
  });

  test("a run without steps succeeds at once", () => {
    expect(begun([]).run.status).toBe("succeeded");
  });
});

describe("when, each and input", () => {
  test("are asked for once the step is ready, and again at each look until they are told", () => {
    const stage = begun([{ id: "fetch" }, { id: "post", dependsOn: ["fetch"], evaluates: true }]);
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
    const stage = begun([{ id: "post", evaluates: true, retries: 1 }]);
    stage.evaluated("post");
    stage.failed("post");
    stage.pass(1_000);
    expect(stage.wanted).toEqual(["start post"]);
  });

  test("a `when` that says no skips the step, and what depends on it goes on without its result", () => {
    const stage = begun([{ id: "maybe", evaluates: true }, { id: "post", dependsOn: ["maybe"] }]);
    stage.evaluated("maybe", { is: "skipped" });
    expect(stage.rows).toEqual(["maybe skipped when", "post dispatched"]);
    stage.completed("post");
    expect(stage.run.status).toBe("succeeded");
  });

  test("one that throws fails the step without a retry", () => {
    const stage = begun([{ id: "post", evaluates: true, retries: 3 }]);
    stage.evaluated("post", { is: "failed", code: "bad_when" });
    expect([stage.run.status, ...stage.rows]).toEqual(["failed", "post failed bad_when"]);
  });
});

describe("retries", () => {
  test("wait ever longer, and end after as many as were allowed", () => {
    const stage = begun([{ id: "fetch", retries: 2, backoff: { initialMs: 100, factor: 3, maxMs: 1_000, jitter: 0 } }]);
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
    const stage = begun([{ id: "fetch", retries: 2 }]);
    stage.ended("fetch", { is: "failed", code: "gone", final: true });
    expect(stage.run.status).toBe("failed");
  });

  test("what died under the step is a crash once no attempt is left", () => {
    const stage = begun([{ id: "fetch", retries: 1 }]);
    stage.ended("fetch", { is: "crashed", code: "out_of_memory" });
    stage.pass(1_000);
    stage.ended("fetch", { is: "crashed", code: "out_of_memory" });
    expect([stage.run.status, ...stage.rows]).toEqual(["failed", "fetch failed_crash out_of_memory"]);
  });

  test("one that had to go through no fault of its own loses no attempt, and comes back at once", () => {
    const stage = begun([{ id: "fetch" }]);
    stage.ended("fetch", { is: "displaced" });
    expect(stage.wanted).toEqual(["start fetch"]);
    expect(stage.step("fetch")).toMatchObject({ attempt: 1, epoch: 2 });
  });

  test("a run whose only step waits for its retry is running", () => {
    const stage = begun([{ id: "fetch", retries: 1 }]);
    stage.failed("fetch");
    expect(stage.run.status).toBe("running");
  });
});

describe("what comes too late", () => {
  test("a result of an earlier dispatch changes nothing", () => {
    const stage = begun([{ id: "fetch", retries: 1 }]);
    stage.failed("fetch");
    stage.pass(1_000);
    expect(stage.ended("fetch", { is: "completed" }, 1)).toBe("old_epoch");
    expect(stage.step("fetch").status).toBe("dispatched");
  });

  test("a result that comes twice, or to nobody, changes nothing", () => {
    const stage = begun([{ id: "fetch" }, { id: "post" }]);
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
    const stage = begun(slow);
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
    const stage = begun([{ id: "short", timeoutMs: 10 }, { id: "long", timeoutMs: 1_000 }]);
    expect(stage.wakeAt).toBe(stage.now + 10);
  });

  test("it counts from the start, not from the dispatch", () => {
    const stage = begun(slow);
    stage.pass(900);
    stage.started("fetch");
    stage.pass(999);
    expect(stage.wanted).toEqual([]);
    stage.pass(1);
    expect(stage.wanted).toEqual(["stop fetch"]);
  });

  test("a start that comes after it was asked to stop gives it no more time", () => {
    const stage = begun(slow);
    stage.pass(1_000);
    stage.started("fetch");
    expect(stage.wanted).toEqual(["stop fetch"]);
  });

  test("one that is done after all is done", () => {
    const stage = begun(slow);
    stage.pass(2_000);
    stage.completed("fetch");
    expect(stage.run.status).toBe("succeeded");
  });
});

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
    const stage = begun([{ id: "plan" }, { id: "approve", dependsOn: ["plan"], asks: true, timeoutMs: 10 }]);
    stage.completed("plan");
    expect([stage.run.status, stage.wanted]).toEqual(["waiting", ["ask approve"]]);
    stage.pass(1_000_000);
    expect(stage.step("approve").status).toBe("pending");
    stage.tell({ is: "answered", step: "approve" });
    expect([stage.run.status, stage.wanted]).toEqual(["running", ["start approve"]]);
  });
});

describe("a fan-out", () => {
  const fanOut = [{ id: "post", each: { parallel: 2 } }, { id: "sum", dependsOn: ["post"] }];
  const spread = (items: number): RunStage => {
    const stage = begun(fanOut);
    stage.evaluated("post", { is: "ready", items });
    return stage;
  };

  test("does so many items at a time, and completes with the last", () => {
    const stage = spread(3);
    expect([stage.step("post").status, stage.wanted]).toEqual(["running", ["start post[0]", "start post[1]"]]);
    stage.completed("post[1]");
    expect(stage.wanted).toEqual(["start post[2]"]);
    stage.completed("post[0]");
    stage.completed("post[2]");
    expect([stage.step("post").status, stage.wanted]).toEqual(["completed", ["start sum"]]);
  });

  test("over an empty list completes at once", () => {
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
    const stage = begun([{ id: "post", each: { parallel: 1 }, retries: 1 }]);
    stage.evaluated("post", { is: "ready", items: 2 });
    stage.failed("post[0]");
    expect(stage.wanted).toEqual(["start post[1]"]);
  });

  test("the step itself takes no result: its items do", () => {
    expect(spread(1).completed("post")).toBe("unknown_step");
  });

  test("where there is no room for one item, the others are not asked about", () => {
    const stage = begun(fanOut);
    let asked = 0;
    stage.place = () => (asked++ === 0 ? { is: "here", nodeId: "node" } : { is: "full", reason: "full" });
    stage.evaluated("post", { is: "ready", items: 100 });
    expect(asked).toBe(2);
  });
});

describe("phases", () => {
  test("are rows of their own, in the attempt they belong to", () => {
    const stage = begun([{ id: "post" }]);
    stage.phase("post", "upload", "running");
    stage.phase("post", "upload", "completed");
    expect(stage.rows).toEqual(["post dispatched", "post/upload completed"]);
    expect([stage.phase("post", "upload", "running"), stage.phase("post", "other", "completed")]).toEqual(["told_before", "told_before"]);
  });

  test("one that was left open ends with its attempt, and begins anew with the next", () => {
    const stage = begun([{ id: "post", retries: 1 }]);
    stage.phase("post", "upload", "running");
    stage.failed("post");
    expect(stage.rows).toEqual(["post retrying broken", "post/upload failed broken"]);
    stage.pass(1_000);
    stage.phase("post", "upload", "running");
    stage.completed("post");
    expect(stage.rows).toEqual(["post completed", "post/upload completed"]);
  });

  test("a phase takes no result of its own, and does not decide about the run", () => {
    const stage = begun([{ id: "post" }]);
    stage.phase("post", "upload", "running");
    expect(stage.completed("post/upload")).toBe("unknown_step");
    stage.phase("post", "upload", "failed");
    stage.completed("post");
    expect(stage.run.status).toBe("succeeded");
  });
});

describe("cancelling", () => {
  test("a run that waits for its turn is cancelled at once", () => {
    const stage = new RunStage(diamond);
    stage.cancel();
    expect([stage.run.status, ...stage.events]).toEqual([
      "cancelled", "run.cancelling", "step.skipped fetch", "step.skipped left", "step.skipped right", "step.skipped join", "run.finished",
    ]);
  });

  test("what is under way is asked to stop, and after its grace ended by force", () => {
    const stage = begun(diamond);
    stage.cancel(10_000);
    expect([stage.run.status, stage.wanted, stage.wakeAt]).toEqual(["cancelling", ["stop fetch"], stage.now + 10_000]);
    stage.pass(10_000);
    expect(stage.wanted).toEqual(["kill fetch"]);
    stage.ended("fetch", { is: "crashed", code: "killed" });
    expect([stage.run.status, stage.run.code, stage.rows[0]]).toEqual(["cancelled", "cancelled", "fetch failed cancelled"]);
  });

  test("a step that is done within the grace is completed, and nothing more begins", () => {
    const stage = begun(diamond);
    stage.cancel();
    stage.completed("fetch");
    expect([stage.run.status, stage.rows[0], stage.wanted]).toEqual(["cancelled", "fetch completed", []]);
  });

  test("a retry does not come any more, nor do answers", () => {
    const stage = begun([{ id: "fetch", retries: 1 }, { id: "post" }, { id: "late", evaluates: true }]);
    stage.failed("fetch");
    stage.cancel();
    expect(stage.rows).toEqual(["fetch failed cancelled", "post dispatched", "late skipped cancelled"]);
    expect([stage.evaluated("late"), stage.cancel()]).toEqual(["not_waiting", "told_before"]);
  });

  test("items that have not begun are skipped", () => {
    const stage = begun([{ id: "post", each: { parallel: 1 } }]);
    stage.evaluated("post", { is: "ready", items: 2 });
    stage.cancel();
    stage.failed("post[0]");
    expect(stage.rows).toEqual(["post failed cancelled", "post[0] failed cancelled", "post[1] skipped cancelled"]);
  });

  test("a run that has ended is not cancelled", () => {
    const stage = begun([]);
    expect(stage.cancel()).toBe("run_over");
  });
});

import { expect, test } from "vitest";
import { RunStage } from "../../../test/support/runStage.ts";

/** A stage whose step `work` is under way as the gateway dies. */
function interrupted(step: Partial<{ retries: number; recovers: "retry" | "reattach" | "crash" }>): RunStage {
  const stage = new RunStage([{ id: "work", ...step }, { id: "after", dependsOn: ["work"] }]);
  stage.admit();
  stage.started("work");
  stage.crash();
  return stage;
}

test("a step that was interrupted is tried again after its backoff, and the attempt counts", () => {
  const stage = interrupted({ retries: 1 });
  expect(stage.rows[0]).toBe("work retrying interrupted");
  stage.pass(1_000);
  expect(stage.tasks).toEqual([{ do: "start", step: "work", epoch: 2, attempt: 2, nodeId: "node" }]);
});

test("one without an attempt left has crashed", () => {
  const stage = interrupted({ retries: 0 });
  expect([stage.run.status, stage.run.code, ...stage.rows]).toEqual(["failed", "interrupted", "work failed_crash interrupted", "after skipped dependency"]);
});

test("one that may not be done twice has crashed, however many attempts are left", () => {
  expect(interrupted({ retries: 9, recovers: "crash" }).rows[0]).toBe("work failed_crash interrupted");
});

test("one that goes on without us is found again, under the epoch it has", () => {
  const stage = interrupted({ recovers: "reattach" });
  expect(stage.tasks).toEqual([{ do: "reattach", step: "work", epoch: 1 }]);
  stage.completed("work");
  expect(stage.wanted).toEqual(["start after"]);
});

test("one that was dispatched and never told of its start is taken up likewise", () => {
  const stage = new RunStage([{ id: "work", retries: 1 }]);
  stage.admit();
  stage.crash();
  expect(stage.rows).toEqual(["work retrying interrupted"]);
});

test("one that was still in line goes on, whatever its policy, and loses no attempt: it had not begun", () => {
  for (const recovers of ["retry", "reattach", "crash"] as const) {
    const stage = new RunStage([{ id: "work", recovers }]);
    stage.place = () => ({ is: "here", nodeId: "node", inLine: true });
    stage.admit();
    stage.crash();
    expect([stage.rows, stage.events.slice(-2)]).toEqual([["work dispatched"], ["step.retrying work", "step.dispatched work"]]);
    expect(stage.tasks).toEqual([{ do: "start", step: "work", epoch: 2, attempt: 1, nodeId: "node" }]);
  }
});

test("one that had its place may have begun", () => {
  const stage = new RunStage([{ id: "work", recovers: "crash", retries: 9 }]);
  stage.place = () => ({ is: "here", nodeId: "node", inLine: true });
  stage.admit();
  stage.placed("work");
  stage.crash();
  expect(stage.rows).toEqual(["work failed_crash interrupted"]);
});

test("what the gateway before had told comes too late", () => {
  const stage = interrupted({ retries: 1 });
  stage.pass(1_000);
  expect(stage.ended("work", { is: "completed" }, 1)).toBe("old_epoch");
});

test("it is interrupted, not late, although its time was over while nobody looked", () => {
  const stage = new RunStage([{ id: "work", timeoutMs: 10 }]);
  stage.admit();
  stage.now += 1_000_000;
  stage.crash();
  expect(stage.rows).toEqual(["work failed_crash interrupted"]);
});

test("pending and retrying steps just go on", () => {
  const stage = new RunStage([{ id: "first", retries: 1 }, { id: "second", evaluates: true }]);
  stage.admit();
  stage.failed("first");
  stage.crash();
  expect([stage.rows, stage.wanted]).toEqual([["first retrying broken", "second pending"], ["evaluate second"]]);
  stage.pass(1_000);
  expect(stage.wanted).toContain("start first");
});

test("a run that was being cancelled ends as cancelled", () => {
  const stage = new RunStage([{ id: "work", retries: 3 }]);
  stage.admit();
  stage.cancel();
  stage.crash();
  expect([stage.run.status, ...stage.rows]).toEqual(["cancelled", "work failed cancelled"]);
});

test("a run that is cancelled while its work goes on without us stops that", () => {
  const stage = new RunStage([{ id: "work", recovers: "reattach" }]);
  stage.admit();
  stage.cancel();
  stage.crash();
  expect(stage.wanted).toEqual(["reattach work", "stop work"]);
});

test("items that were done stay done, those under way are tried again, and the step stays under way", () => {
  const stage = new RunStage([{ id: "post", each: { parallel: 2 }, retries: 1 }]);
  stage.admit();
  stage.evaluated("post", { is: "ready", items: 3 });
  stage.completed("post[0]");
  stage.crash();
  expect(stage.rows).toEqual(["post running", "post[0] completed", "post[1] retrying interrupted", "post[2] retrying interrupted"]);
});

test("an open phase crashed with its step", () => {
  const stage = new RunStage([{ id: "post" }]);
  stage.admit();
  stage.phase("post", "upload", "running");
  stage.crash();
  expect(stage.rows).toEqual(["post failed_crash interrupted", "post/upload failed_crash interrupted"]);
});

test("a run that waits for its turn goes on waiting", () => {
  const stage = new RunStage([{ id: "work" }]);
  stage.crash();
  expect([stage.run.status, stage.moves]).toEqual(["queued", []]);
});

test("a second recovery moves nothing", () => {
  for (const recovers of ["retry", "reattach", "crash"] as const) {
    const stage = interrupted({ retries: 1, recovers });
    const before = stage.moves.length;
    stage.recover();
    expect([stage.moves.length, stage.wanted]).toEqual([before, []]);
  }
});

test("what this start of the gateway dispatched itself is left alone", () => {
  const stage = new RunStage([{ id: "work" }]);
  stage.admit();
  stage.recover();
  expect([stage.rows, stage.wanted]).toEqual([["work dispatched"], []]);
});

test("every move of a recovery has its event", () => {
  const stage = interrupted({ retries: 0 });
  expect(stage.events.slice(-3)).toEqual(["step.failed_crash work", "step.skipped after", "run.finished"]);
});

test("what waits for a time that a clock far ahead has set waits no longer than it would have", () => {
  const stage = new RunStage([{ id: "work", retries: 1, backoff: { initialMs: 1_000, factor: 2, maxMs: 5_000, jitter: 0 } }, { id: "gpu", timeoutMs: 9_000 }]);
  stage.place = (({ id }: { readonly id: string }) => (id === "gpu" ? { is: "nowhere", reason: "no gpu" } : { is: "here", nodeId: "node" })) as typeof stage.place;
  stage.admit();
  stage.failed("work");
  const year = 365 * 86_400_000;
  stage.pass(-year);
  stage.crash();
  expect([stage.step("work").retryAt, stage.step("gpu").hold?.until, stage.wakeAt]).toEqual([stage.now + 5_000, stage.now + 9_000, stage.now + 5_000]);
});

import { expect, test } from "vitest";
import { RunStage } from "../../../test/support/runStage.ts";

test("phases are rows of their own, in the attempt they belong to", () => {
  const stage = RunStage.begun([{ id: "post" }]);
  stage.phase("post", "upload", "running");
  stage.phase("post", "upload", "completed");
  expect(stage.rows).toEqual(["post dispatched", "post/upload completed"]);
  expect([stage.phase("post", "upload", "running"), stage.phase("post", "other", "completed")]).toEqual(["told_before", "told_before"]);
});

test("a phase that was left open ends with its attempt, and begins anew with the next", () => {
  const stage = RunStage.begun([{ id: "post", retries: 1 }]);
  stage.phase("post", "upload", "running");
  stage.failed("post");
  expect(stage.rows).toEqual(["post retrying broken", "post/upload failed broken"]);
  stage.pass(1_000);
  stage.phase("post", "upload", "running");
  stage.completed("post");
  expect(stage.rows).toEqual(["post completed", "post/upload completed"]);
});

test("a phase takes no result of its own, and does not decide about the run", () => {
  const stage = RunStage.begun([{ id: "post" }]);
  stage.phase("post", "upload", "running");
  expect(stage.completed("post/upload")).toBe("unknown_step");
  stage.phase("post", "upload", "failed");
  stage.completed("post");
  expect(stage.run.status).toBe("succeeded");
});

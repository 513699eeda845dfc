import { describe, expect, test } from "vitest";
import { toObservedRun, toObservedRuns } from "./runs.ts";
import { fixture } from "./test/fixture.ts";

const recorded = fixture("cron.runs.by-job");
const newest = (job: string) => toObservedRuns(recorded[job].entries ?? recorded[job])[0]!;
const entry = { status: "ok", runAtMs: 1_000, durationMs: 20, deliveryStatus: "not-requested" };

describe("recorded runs", () => {
  test("of a command: EXEC holds its output and exit code, DELIVER was not asked for", () => {
    expect(newest("cmd-ok-renamed")).toMatchObject({
      status: "succeeded",
      trigger: "manual",
      steps: [
        { id: "exec", status: "completed", exitCode: 0, output: "hello from cmd\ndone" },
        { id: "deliver", status: "skipped", reason: "not_requested" },
      ],
    });
  });

  test("of a failing command, on its schedule", () => {
    expect(newest("cmd-fail")).toMatchObject({ status: "failed", error: "command exited with code 3", steps: [{ status: "failed", exitCode: 3 }, {}] });
  });

  test("of an agent keep model, tokens and session", () => {
    expect(newest("agent-noprov").summary).toMatchObject({
      model: "stub-1", provider: "stub", usage: { input_tokens: 123, total_tokens: 130 }, sessionId: expect.any(String) as string,
    });
  });

  test("that timed out say so", () => {
    expect(newest("cmd-timeout")).toMatchObject({ status: "failed", code: "timeout" });
  });

  test("that were skipped did not execute", () => {
    expect(newest("agent-dead")).toMatchObject({ status: "skipped", steps: [{ id: "exec", status: "skipped", reason: "passed_over" }, {}] });
  });

  test("that failed in their delivery alone have executed", () => {
    expect(newest("agent-announce")).toMatchObject({
      status: "failed",
      steps: [{ id: "exec", status: "completed", output: "stub reply: all good" }, { id: "deliver", status: "failed", error: expect.stringContaining("Channel is required") as string }],
    });
  });

  test("that chose silence were not to be delivered", () => {
    expect(newest("agent-silent").steps[1]).toEqual({ id: "deliver", status: "skipped", reason: "nothing_to_say" });
  });

  test("that were delivered say so, also when they failed", () => {
    expect(newest("hook-cmd").steps[1]).toMatchObject({ status: "completed" });
    expect(newest("hook-fail").steps.map((step) => step.status)).toEqual(["failed", "completed"]);
  });
});

describe("a run", () => {
  test("that ran well and was not delivered says why", () => {
    const undelivered = { ...entry, completionStatus: "failed", summary: "done", deliveryStatus: "not-delivered", deliveryError: "no such channel" };
    expect(toObservedRun(undelivered)).toMatchObject({ status: "succeeded", error: "no such channel", steps: [{ status: "completed" }, { status: "failed", error: "no such channel" }] });
  });

  test.each([["unknown"], [undefined]])("that ran well and is called failed is red in its delivery, which is told as %s", (deliveryStatus) => {
    const run = toObservedRun({ ...entry, completionStatus: "failed", deliveryStatus, deliveryError: "lost on the way" });
    expect(run).toMatchObject({ status: "succeeded", error: "lost on the way", steps: [{ status: "completed" }, { status: "failed", error: "lost on the way" }] });
    expect(toObservedRun({ ...entry, completionStatus: "unknown", deliveryStatus })!.steps[1]).toEqual({ id: "deliver", status: "skipped", reason: "delivery_unknown" });
  });

  test("is known by its start", () => {
    expect(toObservedRun(entry)).toMatchObject({ key: "1000", startedAt: 1_000, finishedAt: 1_020, trigger: "schedule" });
  });

  test("that the gateway's end interrupted has lost who asked for it, and whether it was delivered", () => {
    const run = toObservedRun({ ...entry, status: "error", error: "cron: job interrupted by gateway restart", deliveryStatus: "unknown" });
    expect(run).toMatchObject({ status: "failed", code: "interrupted", trigger: "unknown" });
    expect(run!.steps[0]).toMatchObject({ id: "exec", status: "failed", reason: "interrupted" });
    expect(run!.steps[1]).toEqual({ id: "deliver", status: "skipped", reason: "delivery_unknown" });
  });

  test("that is written twice counts as it was written last", () => {
    const runs = toObservedRuns([{ ...entry, status: "skipped" }, entry]);
    expect(runs.map((run) => run.status)).toEqual(["skipped"]);
  });

  test("that has ended was not interrupted, whichever was written last", () => {
    const interrupted = { ...entry, status: "error", error: "cron: job interrupted by gateway restart" };
    for (const entries of [[entry, interrupted], [interrupted, entry]]) {
      expect(toObservedRuns(entries).map((run) => [run.status, run.trigger])).toEqual([["succeeded", "schedule"]]);
    }
  });

  test("keeps as much of the end of a long output as OpenClaw itself does, and says how long it was", () => {
    const [exec] = toObservedRun({ ...entry, summary: `${"ä".repeat(20_000_000)}the end` })!.steps;
    expect(exec!.output).toHaveLength(16 * 1_048_576);
    expect(exec!.output!.endsWith("the end")).toBe(true);
    expect(exec!.outputBytes).toBe(40_000_007);
  });
});

test.each([[null], [{}], [{ status: "ok" }], [{ ...entry, runAtMs: "1" }], [{ ...entry, status: "constructor" }], [{ ...entry, status: "running" }]])("%j is no finished run", (value) => {
  expect(toObservedRun(value)).toBeNull();
});

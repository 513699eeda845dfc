import { expect, test } from "vitest";
import { AwaitedEnds } from "./awaitedEnds.ts";
import { toObservedJob } from "./jobs.ts";

const running = (id: string, runningAtMs?: number) => [toObservedJob({ id, state: { runningAtMs } }, "UTC")!];

test("a list lags while it shows a run whose end was told", () => {
  const ends = new AwaitedEnds();
  ends.remember({ jobId: "a", runAtMs: 5 });
  expect(ends.lags(running("a", 5))).toBe(true);
  expect([ends.lags(running("a")), ends.size]).toEqual([false, 0]);
});

test("another run of the job, or none of it at all, is no lag", () => {
  const ends = new AwaitedEnds();
  ends.remember({ jobId: "a", runAtMs: 5 });
  ends.remember({ jobId: "b", runAtMs: 5 });
  expect(ends.lags(running("a", 6))).toBe(false);
});

test("an end that never shows is awaited ten times", () => {
  const ends = new AwaitedEnds();
  ends.remember({ jobId: "a", runAtMs: 5 });
  expect(Array.from({ length: 10 }, () => ends.lags(running("a", 5))).indexOf(false)).toBe(9);
});

test("of a flood of ends the newest are awaited, and none of what has no name", () => {
  const ends = new AwaitedEnds();
  for (const jobId of [7, "x".repeat(513), {}, undefined]) ends.remember({ jobId, runAtMs: 5 });
  ends.remember({ jobId: "a", runAtMs: "5" });
  expect(ends.size).toBe(0);
  for (let n = 0; n < 2_000; n++) ends.remember({ jobId: `j${n}`, runAtMs: 5 });
  expect([ends.size, ends.lags(running("j1999", 5)), ends.size]).toEqual([500, true, 1]);
});

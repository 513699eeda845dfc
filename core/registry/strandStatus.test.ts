import { expect, it } from "vitest";
import type { RunTick } from "../store/contract.ts";
import { strandStatus } from "./strandStatus.ts";

const tick = (over: Partial<RunTick> = {}): RunTick => ({ id: "r", status: "succeeded", red: false, acknowledged: false, startedAt: 0, finishedAt: 1, ...over });
const stands = (lastRun: RunTick | null, redRuns = 0): string => strandStatus({ activeRun: null, redRuns, missed: null, overdue: false, enabled: true, lastRun });

it("is ok only where the last run did its work and was delivered", () => {
  expect(stands(tick())).toBe("ok");
  expect(stands(null)).toBe("idle");
  expect(stands(tick({ status: "cancelled" }))).toBe("skipped");
});

it("is failed while a red run is not acknowledged, and idle after", () => {
  for (const status of ["failed", "succeeded"] as const) {
    expect(stands(tick({ status, red: true }), 1)).toBe("failed");
    expect(stands(tick({ status, red: true, acknowledged: true }))).toBe("idle");
  }
});

it("stays failed where a good run came after a red one that nobody has seen", () => {
  expect(stands(tick(), 1)).toBe("failed");
});

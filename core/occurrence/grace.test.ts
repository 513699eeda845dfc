import { describe, expect, it } from "vitest";
import type { Schedule } from "../schedule/schedule.ts";
import { graceMs, longestGraceMs } from "./grace.ts";

const noon = Date.UTC(2026, 10, 21, 12);
const cron = (expression: string, staggerMs?: number): Schedule => ({ kind: "cron", expression, zone: "UTC", ...(staggerMs !== undefined && { staggerMs }) });

describe("how late a firing may be", () => {
  it("is a tenth of the interval", () => {
    expect(graceMs(cron("0 * * * *"), noon)).toBe(360_000);
    expect(graceMs({ kind: "every", everyMs: 1_800_000 }, noon)).toBe(180_000);
  });

  it("is a minute at least, also where no next firing is known", () => {
    expect(graceMs(cron("* * * * *"), noon)).toBe(60_000);
    expect(graceMs({ kind: "at", atMs: noon }, noon)).toBe(60_000);
    expect(graceMs({ kind: "unknown", what: "the moon" }, noon)).toBe(60_000);
  });

  it("is an hour at most", () => {
    expect(graceMs(cron("0 12 * * *"), noon)).toBe(3_600_000);
    expect(graceMs({ kind: "every", everyMs: 30 * 86_400_000 }, noon)).toBe(3_600_000);
  });

  it("leaves the schedule as long as it may put a firing off", () => {
    expect(graceMs(cron("0 * * * *", 300_000), noon)).toBe(660_000);
    expect(graceMs(cron("0 12 * * *", 300_000), noon)).toBe(3_900_000);
    expect(longestGraceMs(cron("* * * * *", 300_000))).toBe(3_900_000);
  });
});

import { describe, expect, it } from "vitest";
import { occurrences } from "../schedule/occurrences.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { newestBetween } from "./between.ts";

const DAY = 86_400_000;
const now = Date.UTC(2026, 10, 21, 12);
const cron = (expression: string): Schedule => ({ kind: "cron", expression, zone: "Europe/Berlin" });

describe("the newest firings of a stretch", () => {
  it("are all of them where they are few", () => {
    expect(newestBetween(cron("0 * * * *"), now - DAY, now, 100)).toEqual(occurrences(cron("0 * * * *"), { after: now - DAY, count: 24 }).map(({ at }) => at));
    expect(newestBetween(cron("0 12 1 * *"), now - 5 * DAY, now, 100)).toEqual([]);
  });

  it("include one at the end, and none at the beginning", () => {
    expect(newestBetween(cron("0 * * * *"), now - 3_600_000, now, 100)).toEqual([now]);
    expect(newestBetween(cron("0 * * * *"), now, now, 100)).toEqual([]);
  });

  it("are the last hundred of a month of seconds, without walking through it", () => {
    const seconds = newestBetween(cron("* * * * * *"), now - 30 * DAY, now, 100);
    expect(seconds).toHaveLength(100);
    expect(seconds[0]).toBe(now - 99_000);
    expect(seconds.at(-1)).toBe(now);
  });

  it.each([
    ["seconds of one day a week", cron("* * * * * 0")],
    ["a minute's seconds once a day", cron("* 0 3 * * *")],
    ["the first of each month", cron("0 0 1 * *")],
    ["no cron at all", { kind: "every", everyMs: 7, anchorMs: now - 90 * DAY } as const],
  ])("are found for %s", (_what, schedule) => {
    const found = newestBetween(schedule, now - 60 * DAY, now, 100);
    const next = occurrences(schedule, { after: found[0]! - 1, until: now, count: 5_000 }).map(({ at }) => at);
    expect(found).toEqual(next);
    expect(found.length).toBeGreaterThan(1);
  });

  it("are none for what no clock foretells", () => {
    expect(newestBetween({ kind: "manual" }, 0, now, 100)).toEqual([]);
    expect(newestBetween({ kind: "cron", expression: "nonsense", zone: "UTC" }, 0, now, 100)).toEqual([]);
  });
});

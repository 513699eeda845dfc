import { describe, expect, test } from "vitest";
import { nextOccurrence, occurrences } from "./occurrences.ts";
import type { Schedule } from "./schedule.ts";

const at = (iso: string): number => Date.parse(iso);
const cron = (expression: string, zone = "Europe/Berlin"): Schedule => ({ kind: "cron", expression, zone });
const times = (schedule: Schedule, after: string, count = 3): string[] =>
  occurrences(schedule, { after: at(after), count }).map((o) => new Date(o.at).toISOString().replace(":00.000Z", "Z"));

describe("cron", () => {
  test("is read in the zone of the schedule", () => {
    expect(times(cron("0 2 * * *"), "2026-07-01T00:00Z", 2)).toEqual(["2026-07-02T00:00Z", "2026-07-03T00:00Z"]);
    expect(times(cron("0 2 * * *", "Asia/Kolkata"), "2026-07-01T00:00Z", 1)).toEqual(["2026-07-01T20:30Z"]);
    expect(times(cron("0 2 * * *", "UTC"), "2026-07-01T00:00Z", 1)).toEqual(["2026-07-01T02:00Z"]);
  });

  test("gives only firings after the instant, never at it", () => {
    expect(times(cron("0 2 * * *", "UTC"), "2026-07-01T02:00Z", 1)).toEqual(["2026-07-02T02:00Z"]);
    expect(nextOccurrence(cron("* * * * * *", "UTC"), at("2026-07-01T02:00:00.001Z"))).toBe(at("2026-07-01T02:00:01Z"));
  });

  test("a time that the clocks skip fires later by the length of the gap, and says so", () => {
    expect(occurrences(cron("30 2 * * *"), { after: at("2026-03-28T12:00Z"), count: 2 })).toEqual([
      { at: at("2026-03-29T01:30Z"), note: "clocks go forward: 02:30 does not exist, fires at 03:30" },
      { at: at("2026-03-30T00:30Z") },
    ]);
  });

  test("a skipped time is still foretold when asked inside the gap's hour", () => {
    expect(times(cron("30 2 * * *"), "2026-03-29T01:10Z", 1)).toEqual(["2026-03-29T01:30Z"]);
  });

  test("a firing that is due anyway when a skipped one lands on it carries no note", () => {
    const found = occurrences(cron("0 * * * *"), { after: at("2026-03-29T00:30Z"), count: 2 });
    expect(found).toEqual([{ at: at("2026-03-29T01:00Z") }, { at: at("2026-03-29T02:00Z") }]);
  });

  test("a time that comes twice fires the first time only, and says so", () => {
    expect(occurrences(cron("30 2 * * *"), { after: at("2026-10-24T12:00Z"), count: 2 })).toEqual([
      { at: at("2026-10-25T00:30Z"), note: "clocks go back: 02:30 comes twice, fires the first time" },
      { at: at("2026-10-26T01:30Z") },
    ]);
  });

  test("asked in the repeated hour it never answers with the past", () => {
    expect(times(cron("30 2 * * *"), "2026-10-25T01:10Z", 1)).toEqual(["2026-10-26T01:30Z"]);
    expect(times(cron("*/20 * * * *"), "2026-10-25T01:10Z", 1)).toEqual(["2026-10-25T02:00Z"]);
  });

  test("a midnight that does not exist fires at one", () => {
    const [first] = occurrences(cron("0 0 * * *", "America/Sao_Paulo"), { after: at("2018-11-03T12:00Z"), count: 1 });
    expect(first).toEqual({ at: at("2018-11-04T03:00Z"), note: "clocks go forward: 00:00 does not exist, fires at 01:00" });
  });

  test("half an hour of shift moves by half an hour", () => {
    const [first] = occurrences(cron("15 2 * * *", "Australia/Lord_Howe"), { after: at("2026-10-03T10:00Z"), count: 1 });
    expect(first?.note).toBe("clocks go forward: 02:15 does not exist, fires at 02:45");
  });

  test("rare dates are found, and impossible ones end", () => {
    expect(times(cron("0 0 29 2 *", "UTC"), "2097-01-01T00:00Z", 2)).toEqual(["2104-02-29T00:00Z", "2108-02-29T00:00Z"]);
    expect(times(cron("0 0 * 2 1#5", "UTC"), "2026-01-01T00:00Z", 2)).toEqual(["2044-02-29T00:00Z", "2072-02-29T00:00Z"]);
    expect(times(cron("0 0 31 2 *"), "2026-01-01T00:00Z")).toEqual([]);
    expect(times(cron("0 0 31 2,4 *"), "2026-01-01T00:00Z")).toEqual([]);
  });

  test.each(["", "nonsense", "61 * * * *", "* * * *", "@reboot", "0 0 15W * *", "0 0 0 1 1 * 2099"])("%j gives nothing and does not throw", (expression) => {
    expect(occurrences(cron(expression), { after: 0, count: 3 })).toEqual([]);
  });

  test("an unknown zone or an impossible instant gives nothing", () => {
    expect(occurrences(cron("* * * * *", "Mars/Olympus"), { after: 0, count: 3 })).toEqual([]);
    for (const after of [Number.NaN, Infinity, 8.64e15, -8.64e15]) expect(occurrences(cron("* * * * *"), { after, count: 3 })).toEqual([]);
  });
});

describe("every", () => {
  test("counts from its anchor", () => {
    const schedule: Schedule = { kind: "every", everyMs: 300, anchorMs: 1000 };
    expect(occurrences(schedule, { after: 0, count: 2 })).toEqual([{ at: 1300 }, { at: 1600 }]);
    expect(occurrences(schedule, { after: 1600, count: 1 })).toEqual([{ at: 1900 }]);
    expect(occurrences(schedule, { after: 1601, count: 1 })).toEqual([{ at: 1900 }]);
  });

  test("counts from the last run where its owner does", () => {
    const schedule: Schedule = { kind: "every", everyMs: 300, anchorMs: 1000, drifts: true };
    expect(nextOccurrence(schedule, 1700, 1650)).toBe(1950);
    expect(nextOccurrence({ ...schedule, drifts: false }, 1700, 1650)).toBe(1900);
  });

  test("tells nothing where the anchor is unknown or the length is none", () => {
    expect(occurrences({ kind: "every", everyMs: 300 }, { after: 0, count: 2 })).toEqual([]);
    expect(occurrences({ kind: "every", everyMs: 0, anchorMs: 0 }, { after: 0, count: 2 })).toEqual([]);
  });
});

test("at fires once, and never again", () => {
  expect(occurrences({ kind: "at", atMs: 50 }, { after: 49, count: 3 })).toEqual([{ at: 50 }]);
  expect(nextOccurrence({ kind: "at", atMs: 50 }, 50)).toBeNull();
});

test("what no clock foretells has no firings", () => {
  for (const schedule of [{ kind: "manual" }, { kind: "event", what: "a file arrives" }, { kind: "unknown", what: "?" }] as const) {
    expect(occurrences(schedule, { after: 0, count: 10 })).toEqual([]);
  }
});

test("nothing is told that no calendar has", () => {
  const after = at("2026-07-01T00:00Z");
  expect(occurrences({ kind: "every", everyMs: 8e15, anchorMs: 0 }, { after, count: 10 })).toEqual([{ at: 8e15 }]);
  expect(occurrences({ kind: "at", atMs: 1e300 }, { after, count: 10 })).toEqual([]);
});

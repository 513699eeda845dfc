import { describe, expect, test } from "vitest";
import type { Schedule } from "../../schedule/schedule.ts";
import { firingsDue, MOST_LISTED, type MisfirePolicy } from "./misfire.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOON = Date.UTC(2026, 10, 21, 12);
const everyTen: Schedule = { kind: "cron", expression: "*/10 * * * *", zone: "UTC" };
const everySecond: Schedule = { kind: "cron", expression: "* * * * * *", zone: "UTC" };

const due = (policy: MisfirePolicy, { lastFiredAt = NOON - 6 * HOUR, now = NOON + 5 * MINUTE, schedule = everyTen as Schedule } = {}) =>
  firingsDue({ schedule, lastFiredAt, now, graceMs: MINUTE, policy });
const times = (firings: readonly { at: number }[]): string[] => firings.map(({ at }) => new Date(at).toISOString().slice(11, 16));
const reasons = (skip: readonly { reason: string }[]): string[] => [...new Set(skip.map(({ reason }) => reason))];

describe("after six hours of sleep, with a job each ten minutes", () => {
  test("skip: none is made up for, and each is recorded", () => {
    const { run, skip, unlisted } = due({ kind: "skip" });
    expect([run, skip.length, reasons(skip), unlisted]).toEqual([[], 36, ["misfired"], null]);
  });

  test("once: the newest stands for all", () => {
    const { run, skip } = due({ kind: "once" });
    expect([times(run), skip.length, reasons(skip)]).toEqual([["12:00"], 35, ["superseded"]]);
  });

  test("all: the newest up to the bound, oldest first", () => {
    const { run, skip } = due({ kind: "all", most: 3 });
    expect([times(run), skip.length, reasons(skip)]).toEqual([["11:40", "11:50", "12:00"], 33, ["too_many"]]);
  });

  test("a firing that is due just now is on time under each policy, and is the one that stands for all", () => {
    const now = NOON + 20;
    expect(times(due({ kind: "skip" }, { now }).run)).toEqual(["12:00"]);
    expect(times(due({ kind: "once" }, { now }).run)).toEqual(["12:00"]);
    expect(times(due({ kind: "all", most: 2 }, { now }).run)).toEqual(["11:40", "11:50", "12:00"]);
  });
});

describe("a clock that is set", () => {
  test("back: nothing fires twice", () => {
    expect(due({ kind: "all", most: 9 }, { lastFiredAt: NOON, now: NOON - HOUR })).toEqual({ run: [], skip: [], unlisted: null });
  });

  test("to and fro at a boundary: it fires once", () => {
    let lastFiredAt = NOON - 1;
    const fired: number[] = [];
    for (const now of [NOON - 30_000, NOON + 10, NOON - 20_000, NOON + 30_000, NOON + 1]) {
      for (const { at } of due({ kind: "skip" }, { lastFiredAt, now }).run) {
        fired.push(at);
        lastFiredAt = at;
      }
    }
    expect(fired).toEqual([NOON]);
  });
});

describe("more firings than can be told one by one", () => {
  test("a year of seconds is told by its newest, and the rest as a stretch", () => {
    const lastFiredAt = NOON - 365 * 24 * HOUR;
    const { run, skip, unlisted } = due({ kind: "once" }, { lastFiredAt, now: NOON + 500 + 2 * MINUTE, schedule: everySecond });
    const listed = [...skip, ...run].map(({ at }) => at);
    expect(listed).toEqual(Array.from({ length: MOST_LISTED }, (_, i) => NOON + 2 * MINUTE - (MOST_LISTED - 1 - i) * 1_000));
    expect(unlisted).toEqual({ after: lastFiredAt, until: listed[0]! - 1 });
  });

  test("the newest are found also where they lie close together, long ago", () => {
    const schedule: Schedule = { kind: "cron", expression: "* * 3 1 1 *", zone: "UTC" };
    const { skip } = due({ kind: "skip" }, { lastFiredAt: Date.UTC(2020, 0), now: NOON, schedule });
    expect(skip.length).toBe(MOST_LISTED);
    expect(skip.at(-1)!.at).toBe(Date.UTC(2026, 0, 1, 3, 59, 59));
  });

  test("a bound above what is listed is kept", () => {
    const { run, unlisted } = due({ kind: "all", most: 150 }, { lastFiredAt: NOON - HOUR, now: NOON, schedule: everySecond });
    expect([run.length >= 150, unlisted !== null]).toEqual([true, true]);
  });
});

test("a schedule that no clock foretells has nothing due", () => {
  expect(due({ kind: "all", most: 9 }, { schedule: { kind: "manual" } })).toEqual({ run: [], skip: [], unlisted: null });
});

test("a one-shot that nobody was there for follows the policy too", () => {
  const schedule: Schedule = { kind: "at", atMs: NOON - HOUR };
  expect(due({ kind: "skip" }, { schedule }).skip).toEqual([{ at: NOON - HOUR, reason: "misfired" }]);
  expect(due({ kind: "once" }, { schedule }).run).toEqual([{ at: NOON - HOUR }]);
});

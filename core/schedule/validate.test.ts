import { expect, test } from "vitest";
import type { Schedule } from "./schedule.ts";
import { validateSchedule } from "./validate.ts";

const cron = (expression: string, zone = "UTC"): Schedule => ({ kind: "cron", expression, zone });
const messages = (schedule: Schedule): string[] => validateSchedule(schedule).map((problem) => `${problem.path}: ${problem.message}`);

test.each([
  ["61 * * * *", "expression: 61 is not a minute"],
  ["* * * *", "expression: A cron expression has five to seven fields, not 4"],
  ["", "expression: A cron expression has five to seven fields, not 0"],
  ["5/15 * * * *", 'expression: "5/15" has a step without a range'],
  ["22-2 * * * *", 'expression: The range "22-2" runs backwards'],
  ["*/0 * * * *", "expression: A minute cannot step by 0"],
  ["0 0 * * 1#6", 'expression: "#6" names no weekday of a month'],
  ["@weekdays", 'expression: "@weekdays" is not a known name'],
  ["@reboot", "expression: @reboot is not a time"],
  ["0 9 * * MONDAY", 'expression: "monday" is not a day of week'],
])("%j: %s", (expression, message) => {
  expect(messages(cron(expression))).toEqual([message]);
});

test("each mistake says how to mend it", () => {
  expect(validateSchedule(cron("5/15 * * * *"))[0]?.mend).toBe("Write 5-59/15 instead.");
});

test("all mistakes are told at once", () => {
  expect(messages(cron("61 * * * *", "Mars/Olympus"))).toEqual(["expression: 61 is not a minute", 'zone: "Mars/Olympus" is not a known time zone']);
});

test("lengths and instants have to be numbers", () => {
  expect(messages({ kind: "every", everyMs: 0 })).toHaveLength(1);
  expect(messages({ kind: "every", everyMs: Number.NaN })).toHaveLength(1);
  expect(messages({ kind: "at", atMs: Number.NaN })).toHaveLength(1);
});

test("good schedules have no problem", () => {
  for (const schedule of [cron("0 2 * * *", "Europe/Berlin"), { kind: "every", everyMs: 1 }, { kind: "at", atMs: 0 }, { kind: "manual" }] as const) {
    expect(validateSchedule(schedule)).toEqual([]);
  }
});

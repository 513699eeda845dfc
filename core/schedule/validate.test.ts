import { expect, test } from "vitest";
import type { Schedule } from "./schedule.ts";
import { validateSchedule } from "./validate.ts";

const cron = (expression: string, zone = "UTC"): Schedule => ({ kind: "cron", expression, zone });
const messages = (schedule: Schedule): string[] => validateSchedule(schedule).map((problem) => `${problem.path}: ${problem.message}`);

test.each([
  ["61 * * * *", "the minute is 61, and has to be from 0 to 59."],
  ["0 0-25 * * *", "the hour is 25, and has to be from 0 to 23."],
  ["0 0 1 13 *", "the month is 13, and has to be from 1 to 12."],
  ["0 0 * * 8", "the day of week is 8, and has to be from 0 to 7."],
  ["99 0 0 * * *", "the second is 99, and has to be from 0 to 59."],
  ["* * * *", "it has 4 fields, and should have five or six"],
  ["", "it has 0 fields, and should have five or six"],
  ["22-2 * * * *", "the range 22-2 ends before it begins."],
  ["*/0 * * * *", "a step cannot be 0."],
  ["0 0 * * 1#6", "behind # stands which one of the month it is, from 1 to 5."],
  ["@reboot", '"@reboot" is not a known name'],
  ["0 9 * * MONDAY", 'it has a name that is not known, near "day".'],
  ["0 0 31 2 *", "the day of month never comes in that month."],
  ["0 0 15W * *", 'it has a field "15w" that is not known.'],
  ["0 0 0 1 1 * 2099", "it has 7 fields, and should have five or six"],
])("%j is refused with the reason: %s", (expression, reason) => {
  const [message, ...others] = messages(cron(expression));
  expect(message).toMatch(/^expression: This cron expression cannot be read: /);
  expect(message).toContain(reason);
  expect(others).toEqual([]);
});

test("a kind that there is not is refused", () => {
  expect(messages({ kind: "crno" } as unknown as Schedule)).toEqual(['kind: "crno" is no kind of schedule']);
});

test("a mistake says what can be written", () => {
  expect(validateSchedule(cron("61 * * * *"))[0]?.mend).toMatch(/^Write minute hour day-of-month month day-of-week/);
});

test("all mistakes are told at once", () => {
  expect(validateSchedule(cron("61 * * * *", "Mars/Olympus")).map((problem) => problem.path)).toEqual(["expression", "zone"]);
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

test("the zone that was probably meant is named", () => {
  expect(validateSchedule(cron("0 2 * * *", "Europe/Berln"))).toEqual([{ path: "zone", message: '"Europe/Berln" is not a known time zone.', mend: 'Did you mean "Europe/Berlin"?' }]);
  expect(validateSchedule(cron("0 2 * * *", "Mars/Olympus"))[0]?.mend).toBe("Use an IANA name, such as Europe/Berlin.");
});

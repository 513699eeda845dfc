import { expect, test } from "vitest";
import type { Schedule } from "./schedule.ts";
import { validateSchedule } from "./validate.ts";

const cron = (expression: string, zone = "UTC"): Schedule => ({ kind: "cron", expression, zone });
const messages = (schedule: Schedule): string[] => validateSchedule(schedule).map((problem) => `${problem.path}: ${problem.message}`);

test.each([
  ["61 * * * *", "got value 61 expected range 0-59"],
  ["* * * *", "it has 4 fields, and should have five or six"],
  ["", "it has 0 fields, and should have five or six"],
  ["22-2 * * * *", "min(22) > max(2)"],
  ["*/0 * * * *", "cannot repeat at every 0 time"],
  ["0 0 * * 1#6", "invalid dayOfWeek occurrence number"],
  ["@reboot", '"@reboot" is not a known name'],
  ["0 9 * * MONDAY", 'cannot resolve alias "day"'],
  ["0 0 31 2 *", "Invalid explicit day of month"],
  ["0 0 15W * *", "Invalid characters, got value: 15w"],
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

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Schedule } from "./schedule.ts";
import { sentence } from "./sentence.ts";

/** Expressions as people write them, with the sentence in UTC. */
const CRON: readonly (readonly [expression: string, sentence: string])[] = [
  ["* * * * *", "every minute, UTC"],
  ["*/5 * * * *", "every 5 minutes, UTC"],
  ["*/15 * * * *", "every 15 minutes, UTC"],
  ["*/30 * * * *", "every 30 minutes, UTC"],
  ["0,30 * * * *", "every 30 minutes, UTC"],
  ["3-59/10 * * * *", "every 10 minutes, from 3 past each hour, UTC"],
  ["5,35 * * * *", "every 30 minutes, from 5 past each hour, UTC"],
  ["*/7 * * * *", "every 7 minutes from the top of each hour, UTC"],
  ["*/40 * * * *", "at 0 and 40 minutes past every hour, UTC"],
  ["5,20,50 * * * *", "at 5, 20 and 50 minutes past every hour, UTC"],
  ["0-10 * * * *", "every minute from 0 to 10 past every hour, UTC"],
  ["0 * * * *", "every hour, UTC"],
  ["@hourly", "every hour, UTC"],
  ["1 * * * *", "at 1 minute past every hour, UTC"],
  ["17 * * * *", "at 17 minutes past every hour, UTC"],
  ["0 */2 * * *", "every 2 hours, UTC"],
  ["30 1-23/2 * * *", "every 2 hours from 01:30, UTC"],
  ["0 */6 * * *", "every 6 hours, UTC"],
  ["0 */12 * * *", "every day at 00:00 and 12:00 UTC"],
  ["0 */5 * * *", "every day at 00:00, 05:00, 10:00, 15:00 and 20:00 UTC"],
  ["0 9-17 * * *", "every hour between 09:00 and 17:00, UTC"],
  ["0 9-17 * * 1-5", "every hour between 09:00 and 17:00 on weekdays, UTC"],
  ["0 6-22/2 * * *", "every 2 hours between 06:00 and 22:00, UTC"],
  ["*/30 8-17 * * 1-5", "every 30 minutes between 08:00 and 17:30 on weekdays, UTC"],
  ["*/30 22-23,0-5 * * *", "every 30 minutes between 00:00 and 05:30 and between 22:00 and 23:30, UTC"],
  ["*/15 8 * * *", "every day at 08:00, 08:15, 08:30 and 08:45 UTC"],
  ["*/10 9 * * MON", "every Monday at 09:00, 09:10, 09:20, 09:30, 09:40 and 09:50 UTC"],
  ["*/5 9 * * MON,THU", "every 5 minutes between 09:00 and 09:55 on Mondays and Thursdays, UTC"],
  ["0 2 * * *", "every day at 02:00 UTC"],
  ["30 2 * * *", "every day at 02:30 UTC"],
  ["0 0 * * *", "every day at 00:00 UTC"],
  ["@daily", "every day at 00:00 UTC"],
  ["@midnight", "every day at 00:00 UTC"],
  ["0 9,18 * * *", "every day at 09:00 and 18:00 UTC"],
  ["0,30 9,17 * * 1-5", "weekdays at 09:00, 09:30, 17:00 and 17:30 UTC"],
  ["0 9 * * 1-5", "weekdays at 09:00 UTC"],
  ["0 9 * * MON-FRI", "weekdays at 09:00 UTC"],
  ["0 10 * * 0,6", "weekends at 10:00 UTC"],
  ["0 10 * * 6-7", "weekends at 10:00 UTC"],
  ["0 9 * * 1", "every Monday at 09:00 UTC"],
  ["0 9 * * 0", "every Sunday at 09:00 UTC"],
  ["0 9 * * 7", "every Sunday at 09:00 UTC"],
  ["@weekly", "every Sunday at 00:00 UTC"],
  ["0 9 * * 1,3,5", "every Monday, Wednesday and Friday at 09:00 UTC"],
  ["0 9 * * 1-4", "Monday to Thursday at 09:00 UTC"],
  ["0 9 * * fri-sun", "Friday to Sunday at 09:00 UTC"],
  ["*/5 * * * 1-4", "every 5 minutes, Monday to Thursday, UTC"],
  ["0 9 * * 0-6", "every day at 09:00 UTC"],
  ["0 4 1 * *", "on the 1st of each month at 04:00 UTC"],
  ["@monthly", "on the 1st of each month at 00:00 UTC"],
  ["0 4 1,15 * *", "on the 1st and 15th of each month at 04:00 UTC"],
  ["0 4 1-7 * *", "on the 1st to 7th of each month at 04:00 UTC"],
  ["0 4 31 * *", "on the 31st of each month that has it at 04:00 UTC"],
  ["0 4 L * *", "on the last day of each month at 04:00 UTC"],
  ["0 4 1,L * *", "on the 1st and last day of each month at 04:00 UTC"],
  ["0 0 1 1,4,7,10 *", "on the 1st of January, April, July and October at 00:00 UTC"],
  ["0 0 1 */3 *", "on the 1st of January, April, July and October at 00:00 UTC"],
  ["0 0 1 1 *", "every year on 1 January at 00:00 UTC"],
  ["@yearly", "every year on 1 January at 00:00 UTC"],
  ["0 0 29 2 *", "on 29 February at 00:00 UTC"],
  ["0 8 * 6-8 *", "every day from June to August at 08:00 UTC"],
  ["0 8 * JAN MON", "every Monday in January at 08:00 UTC"],
  ["*/10 * * 12 *", "every 10 minutes in December, UTC"],
  ["0 9 * * 1#1", "on the first Monday of each month at 09:00 UTC"],
  ["0 9 * * 5L", "on the last Friday of each month at 09:00 UTC"],
  ["0 9 * * FRI#L", "on the last Friday of each month at 09:00 UTC"],
  ["0 9 * * 1L,5L", "on the last Monday and last Friday of each month at 09:00 UTC"],
  ["0 9 * 3 2#2", "on the second Tuesday of March at 09:00 UTC"],
  ["0 9 * * 2#5", "on the fifth Tuesday of each month that has it at 09:00 UTC"],
  ["5/15 * * * *", "every 15 minutes, from 5 past each hour, UTC"],
  ["0 0 13 * 5", "on the 13th of each month and every Friday at 00:00 UTC"],
  // A "?" is a restriction that allows every day, and either of the two is enough: croner fires this daily.
  ["0 9 ? * 1", "every day at 09:00 UTC"],
  ["0 0 2 * * *", "every day at 02:00 UTC"],
  ["10 0 2 * * *", "every day at 02:00:10 UTC"],
  ["*/10 * * * * *", "every 10 seconds, UTC"],
  ["* * * * * *", "every second, UTC"],
  ["*/20 * 8 * * *", "every 20 seconds between 08:00 and 08:59:40, UTC"],
  ["30 * * * * *", "every minute at second 30, UTC"],
  ["  0   2  * * *  ", "every day at 02:00 UTC"],
  // No short sentence is true of these.
  ["*/15 */2 * * *", "cron */15 */2 * * *, UTC"],
  ["1,2,4,8,16,32,33 * * * *", "cron 1,2,4,8,16,32,33 * * * *, UTC"],
  ["0 0 */2 * *", "cron 0 0 */2 * *, UTC"],
  ["5,10 3 * * * *", "cron 5,10 3 * * * *, UTC"],
  ["0 9 * * 1,5L", "cron 0 9 * * 1,5L, UTC"],
  ["0 4 30 1,2 *", "cron 0 4 30 1,2 *, UTC"],
  // Nor can these be computed.
  ["0 4 LW * *", "cron 0 4 LW * *, UTC"],
  ["0 4 15W * *", "cron 0 4 15W * *, UTC"],
  ["0 0 0 24 12 * 2028", "cron 0 0 0 24 12 * 2028, UTC"],
  ["0 9 * * 1#1,1#3", "cron 0 9 * * 1#1,1#3, UTC"],
  ["0 0 13 * +5", "cron 0 0 13 * +5, UTC"],
  ["nonsense", "cron nonsense, UTC"],
  ["61 * * * *", "cron 61 * * * *, UTC"],
];

test.each(CRON)("%s is %j", (expression, words) => {
  expect(sentence({ kind: "cron", expression, zone: "UTC" })).toBe(words);
});

describe("the zone of a cron expression is always said", () => {
  test.each([
    ["Europe/Berlin", "every day at 02:00 Berlin time"],
    ["America/New_York", "every day at 02:00 New York time"],
    ["America/Argentina/Buenos_Aires", "every day at 02:00 Buenos Aires time"],
    ["Etc/UTC", "every day at 02:00 UTC"],
    ["Etc/GMT+5", "every day at 02:00 Etc/GMT+5"],
    ["CET", "every day at 02:00 CET"],
  ])("%s: %s", (zone, words) => {
    expect(sentence({ kind: "cron", expression: "0 2 * * *", zone })).toBe(words);
  });

  test("as the host's where the job names none", () => {
    const schedule: Schedule = { kind: "cron", expression: "0 2 * * *", zone: "Europe/Berlin", zoneIsHost: true };
    expect(sentence(schedule)).toBe("every day at 02:00 host time (Europe/Berlin)");
    expect(sentence({ ...schedule, expression: "*/5 * * * *" })).toBe("every 5 minutes, host time (Europe/Berlin)");
  });
});

test("a stagger is told", () => {
  const schedule: Schedule = { kind: "cron", expression: "0 2 * * *", zone: "Europe/Berlin", staggerMs: 300_000 };
  expect(sentence(schedule)).toBe("every day at 02:00 Berlin time, delayed by up to 5 minutes");
});

test.each([
  [1000, "every second"],
  [60_000, "every minute"],
  [90_000, "every 1 minute 30 seconds"],
  [300_000, "every 5 minutes"],
  [3_600_000, "every hour"],
  [86_400_000, "every 24 hours"],
  [129_600_000, "every 36 hours"],
  [604_800_000, "every 7 days"],
  [1500, "every 1 second 500 milliseconds"],
  [0, "every 0 ms"],
])("every %d ms is %j", (everyMs, words) => {
  expect(sentence({ kind: "every", everyMs })).toBe(words);
});

test.each<[Schedule, string]>([
  [{ kind: "at", atMs: Date.parse("2026-12-03T10:00Z") }, "once, on 3 Dec 2026 at 10:00 UTC"],
  [{ kind: "at", atMs: Date.parse("2026-12-03T10:00:05Z"), zone: "Europe/Berlin" }, "once, on 3 Dec 2026 at 11:00:05 Berlin time"],
  [{ kind: "at", atMs: Date.parse("2026-12-03T10:00Z"), zone: "Mars/Olympus" }, "once, on 3 Dec 2026 at 10:00 UTC"],
  [{ kind: "at", atMs: Number.NaN }, "once, at an unknown time"],
  [{ kind: "manual" }, "only by hand"],
  [{ kind: "event", what: "a file arrives" }, "when a file arrives"],
  [{ kind: "unknown", what: "lunar phase=full" }, "lunar phase=full"],
])("%j is %j", (schedule, words) => {
  expect(sentence(schedule)).toBe(words);
});

test("a single firing without a zone is told in the host's", () => {
  expect(sentence({ kind: "at", atMs: Date.parse("2026-12-03T10:00Z") }, { hostZone: "Asia/Tokyo" })).toBe("once, on 3 Dec 2026 at 19:00 Tokyo time");
});

test("no expression makes it throw, or say nothing", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.array(fc.stringMatching(/^[0-9*,/#LW?+-]{1,6}$/), { minLength: 5, maxLength: 7 }).map((f) => f.join(" "))), (expression) => {
      expect(sentence({ kind: "cron", expression, zone: "UTC" })).not.toBe("");
    }),
    { numRuns: 500, seed: 1 },
  );
});

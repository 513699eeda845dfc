import { Cron as Croner } from "croner";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readCron } from "./cron.ts";
import { occurrences } from "./occurrences.ts";

// OpenClaw fires by croner 10.0.1: its next firings are the truth that ours are compared with.

const HOUR_MS = 3_600_000;

/** Instants around which the clocks change, or do not. Shifts of less than an hour are left out: croner 10 reckons with whole hours. */
const EDGES: readonly (readonly [zone: string, edge: string])[] = [
  ["Europe/Berlin", "2026-03-29T01:00Z"],
  ["Europe/Berlin", "2026-10-25T01:00Z"],
  ["America/New_York", "2026-03-08T07:00Z"],
  ["America/New_York", "2026-11-01T06:00Z"],
  ["America/Sao_Paulo", "2018-11-04T03:00Z"],
  ["Australia/Sydney", "2026-10-03T16:00Z"],
  ["Asia/Tehran", "2022-03-21T20:30Z"],
  ["Africa/Casablanca", "2026-02-15T02:00Z"],
  ["Asia/Kathmandu", "2026-06-01T00:00Z"],
  ["Pacific/Apia", "2011-12-30T10:00Z"],
  ["UTC", "2028-07-01T00:00Z"],
];

// A number written twice is a mistake to cron-parser.
const list = (values: fc.Arbitrary<string>): fc.Arbitrary<string> => fc.uniqueArray(values, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(","));
const number = (min: number, max: number): fc.Arbitrary<string> => fc.integer({ min, max }).map(String);
const range = (min: number, max: number): fc.Arbitrary<string> =>
  fc.tuple(fc.integer({ min, max }), fc.integer({ min, max })).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
const step = (max: number): fc.Arbitrary<string> => fc.integer({ min: 1, max: Math.min(max, 30) }).map((n) => `*/${n}`);
const field = (min: number, max: number): fc.Arbitrary<string> =>
  fc.oneof(fc.constant("*"), list(number(min, max)), range(min, max), step(max), fc.tuple(range(min, max), fc.integer({ min: 1, max: 7 })).map(([r, s]) => `${r}/${s}`));

const date = fc.oneof({ weight: 4, arbitrary: field(1, 31) }, { weight: 1, arbitrary: fc.constantFrom("L", "l,1", "15,L", "?") });
const weekday = fc.oneof(
  { weight: 4, arbitrary: field(0, 6) },
  { weight: 1, arbitrary: fc.constantFrom("7", "5-7", "MON-FRI", "fri-sun", "5L", "1,FRIL", "1#1", "Tue#5", "5#L", "1L,3L", "?", "sun") },
);
const expression = fc
  .tuple(fc.option(field(0, 59), { nil: undefined, freq: 8 }), field(0, 59), fc.oneof(field(0, 23), list(number(0, 4))), date, field(1, 12), weekday)
  .map(([second, ...rest]) => (second === undefined ? rest : [second, ...rest]).join(" "));

function cronerTimes(pattern: string, zone: string, after: number, count: number): number[] {
  // Where the clocks change croner repeats itself or steps back; a timer armed by it fires at what lies ahead.
  const found: number[] = [];
  let last = after;
  for (const date of new Croner(pattern, { timezone: zone, paused: true }).nextRuns(count, new Date(after))) {
    if (date.getTime() > last) found.push((last = date.getTime()));
  }
  return found;
}

/** Where an expression restricts the day, croner 10 counts past the end of February and can miss the first days of March. */
function missesMarch(pattern: string, from: number, to: number): boolean {
  const [weekday, , date] = pattern.split(" ").reverse();
  if (date === "*" && weekday === "*") return false;
  const year = new Date(from).getUTCFullYear();
  const march = Date.UTC(from < Date.UTC(year, 2, 4) ? year : year + 1, 2, 1);
  return march - 48 * HOUR_MS <= to;
}

test("agrees with croner on what cron-parser reads, in zones whose clocks change", () => {
  fc.assert(
    fc.property(expression, fc.constantFrom(...EDGES), fc.integer({ min: 8, max: 72 }), (pattern, [zone, edge], hoursBefore) => {
      const after = Date.parse(edge) - hoursBefore * HOUR_MS;
      const theirs = cronerTimes(pattern, zone, after, 40);
      fc.pre(!missesMarch(pattern, after, theirs.at(-1) ?? after));
      const ours = occurrences({ kind: "cron", expression: pattern, zone }, { after, count: theirs.length }).map((o) => o.at);
      expect(ours).toEqual(theirs);
    }),
    { numRuns: 150, seed: 1 },
  );
  // croner takes most of the time.
}, 120_000);

test.each([
  "22-2 * * * *", "@weekdays", "@reboot", "H * * * *", "h * * * *", "0 0 * * L", "0 0 L-3 * *", "*/0 * * * *", "0 24 * * *", "0 0 * * 8",
  "0 0 * * MONDAY", "1,,2 * * * *", "* * *", "* * * * * * * *", "0 0 * * 0#6", "0 0 0 * *", "0 0 32 * *",
  "0 0 * 13 *", "0 9 * * fri-mon", "0 0 15W/2 * *", "0 0 1-15W * *", "1#2 * * * *", "", "-1 * * * *", "1.5 * * * *", "0 0 * * +",
])("%j is refused here and there", (pattern) => {
  expect(() => new Croner(pattern, { paused: true })).toThrow();
  expect(readCron(pattern)).toHaveProperty("problem");
});

test.each(["0 0 15W * *", "0 0 LW * *", "0 0 13 * +5", "0 0 0 1 1 * 2099", "0 0 * * 1#1,3#2", "0 0 * * 0,7", "*/30,0 * * * *"])(
  "%j is croner's alone, and no other time is told for it",
  (pattern) => {
    expect(new Croner(pattern, { paused: true }).nextRun(new Date(0))).not.toBeNull();
    expect(readCron(pattern)).toHaveProperty("problem");
  },
);

test.each([
  ["@midnight", "0 0 * * *"],
  ["@DAILY", "0 0 * * *"],
  ["@weekly", "0 0 * * sun"],
  ["@hourly", "0 * * * *"],
  ["@monthly", "0 0 1 * *"],
  ["@annually", "0 0 1 jan *"],
  ["0 0 0 1 1 * *", "0 0 1 1 *"],
])("%s is the same as %s, here and there", (name, fields) => {
  const after = Date.parse("2026-05-05T05:05Z");
  const ours = (pattern: string): number[] => occurrences({ kind: "cron", expression: pattern, zone: "UTC" }, { after, count: 3 }).map((o) => o.at);
  expect(ours(name)).toEqual(ours(fields));
  expect(ours(name)).toEqual(cronerTimes(name, "UTC", after, 3));
});

test("does not miss the first of March as croner 10 does", () => {
  const after = Date.parse("2026-02-27T00:00Z");
  const ours = occurrences({ kind: "cron", expression: "0 0 1,31 * *", zone: "UTC" }, { after, count: 1 })[0]!.at;
  expect(new Date(ours).toISOString()).toBe("2026-03-01T00:00:00.000Z");
  expect(cronerTimes("0 0 1,31 * *", "UTC", after, 1)).toEqual([Date.parse("2026-03-31T00:00Z")]);
});

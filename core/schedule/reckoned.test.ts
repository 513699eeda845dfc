import fc from "fast-check";
import { expect, test } from "vitest";
import { nextOccurrence, occurrences } from "./occurrences.ts";
import { Reckoned } from "./reckoned.ts";
import type { Schedule } from "./schedule.ts";

const HOUR_MS = 3_600_000;
/** A day on which the clocks go back, one on which they go forward by half an hour, and one like others. */
const EDGES: readonly (readonly [zone: string, edge: string])[] = [["Europe/Berlin", "2026-10-25T01:00Z"], ["Europe/Berlin", "2026-03-29T01:00Z"], ["Australia/Lord_Howe", "2026-10-03T15:00Z"], ["UTC", "2028-02-29T00:00Z"]];

test("what is remembered is what is found anew, in whatever order it is asked for", () => {
  const expression = fc.constantFrom("30 2 * * *", "*/20 * * * *", "15,40 2,3 * * *", "0 0 29 2 *", "59 59 23 * 2 1#5", "0 0 31 4 *", "*/7 * * * * *", "no cron");
  fc.assert(
    fc.property(expression, fc.constantFrom(...EDGES), fc.array(fc.integer({ min: -40 * HOUR_MS, max: 40 * HOUR_MS }), { minLength: 1, maxLength: 12 }), (text, [zone, edge], steps) => {
      const schedule: Schedule = { kind: "cron", expression: text, zone };
      for (const step of steps) {
        const after = Date.parse(edge) + step;
        expect([step, nextOccurrence(schedule, after)]).toEqual([step, occurrences(schedule, { after, count: 1 })[0]?.at ?? null]);
      }
    }),
    { numRuns: 60 },
  );
});

test("a firing is looked for once, whoever asks until it comes", () => {
  const reckoned = new Reckoned();
  const asked: number[] = [];
  const next = (after: number): number | undefined => reckoned.next("UTC hourly", after, () => (asked.push(after), { at: Math.floor(after / 10) * 10 + 10 }))?.at;
  expect([next(1), next(9), next(10), next(3), next(19)]).toEqual([10, 10, 20, 10, 20]);
  expect(asked).toEqual([1, 10]);
  const never = (): undefined => void reckoned.next("UTC never", 5, () => (asked.push(5), null));
  never();
  never();
  expect(asked).toEqual([1, 10, 5]);
});

test("schedules without end are not remembered without end", () => {
  const reckoned = new Reckoned();
  let found = 0;
  const ask = (name: string): unknown => reckoned.next(name, 0, () => (found++, null));
  for (let n = 0; n < 20_001; n++) ask(`s${n}`);
  ask("s20000");
  expect(found).toBe(20_001);
  ask("s0");
  expect(found).toBe(20_002);
});

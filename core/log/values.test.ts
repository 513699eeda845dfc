import fc from "fast-check";
import { expect, test } from "vitest";
import { valuesOf } from "./values.ts";

const repeating = fc.string({ unit: fc.constantFrom("a", "b"), minLength: 4, maxLength: 12 });

test("finds all places of values that repeat themselves and each other, and what touches stays apart", () => {
  fc.assert(
    fc.property(fc.uniqueArray(repeating, { minLength: 1, maxLength: 3 }), fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 60 }), (values, text) => {
      const found = valuesOf(new Set(values), new Set()).in(text);
      const covered = (ranges: readonly (readonly [number, number])[]): string => text.replace(/./g, (_, at: number) => (ranges.some(([start, end]) => start <= at && at < end) ? "x" : "."));
      const all = values.flatMap((value) => Array.from(text, (_, at) => at).flatMap((at) => (text.startsWith(value, at) ? [[at, at + value.length] as const] : [])));
      expect(covered(found)).toBe(covered(all));
    }),
    { numRuns: 2_000, seed: 1 },
  );
  expect(valuesOf(new Set(["abab"]), new Set()).in("abababababab--ababxabab")).toEqual([[0, 12], [14, 18], [19, 23]]);
  expect(valuesOf(new Set(["abcd"]), new Set()).in("abcdabcd")).toEqual([[0, 4], [4, 8]]);
});

test("finds a value that repeats itself in a text that does once for each run of it", () => {
  expect(valuesOf(new Set(["-".repeat(40)]), new Set()).in("-".repeat(100_000))).toEqual([[0, 100_000]]);
});

import { expect, test } from "vitest";
import { Sparing } from "./sparing.ts";

test("of many alike some are told, the last of them as the last, and some again after a while", () => {
  let now = 0;
  const sparing = new Sparing(() => now, { most: 3, everyMs: 1_000 });
  const next = (count: number): string[] => Array.from({ length: count }, () => sparing.next());
  expect(next(5)).toEqual(["told", "told", "last", "left out", "left out"]);
  now = 999;
  expect(next(1)).toEqual(["left out"]);
  now = 1_000;
  expect(next(4)).toEqual(["told", "told", "last", "left out"]);
});

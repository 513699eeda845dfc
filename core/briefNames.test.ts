import { expect, it } from "vitest";
import { briefNames } from "./briefNames.ts";

it("leaves a few names as they are", () => {
  expect(briefNames([])).toEqual([]);
  expect(briefNames(["payload", "schedule"])).toEqual(["payload", "schedule"]);
  expect(briefNames(Array.from({ length: 20 }, (_, n) => `f${n}`))).toHaveLength(20);
});

it("says that there are more, and that one is longer", () => {
  const brief = briefNames(Array.from({ length: 21 }, (_, n) => `${n}`.padEnd(65, "x")));
  expect([brief.length, brief[0], brief[19]!.length, brief[20]]).toEqual([21, `${"0".padEnd(63, "x")}…`, 64, "…"]);
  expect(briefNames([`${"x".repeat(62)}😀x`])[0]!.isWellFormed()).toBe(true);
});

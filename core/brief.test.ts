import { expect, it } from "vitest";
import { brief, briefNames } from "./brief.ts";

it("leaves a few names as they are", () => {
  expect(briefNames([])).toEqual([]);
  expect(briefNames(["payload", "schedule"])).toEqual(["payload", "schedule"]);
  expect(briefNames(Array.from({ length: 20 }, (_, n) => `f${n}`))).toHaveLength(20);
});

it("says that there are more, and that one is longer", () => {
  const told = briefNames(Array.from({ length: 21 }, (_, n) => `${n}`.padEnd(65, "x")));
  expect([told.length, told[0], told[19]!.length, told[20]]).toEqual([21, `${"0".padEnd(63, "x")}…`, 64, "…"]);
});

it("cuts no character in two", () => {
  expect(brief("xx😀", 4)).toBe("xx😀");
  expect(brief("xx😀xx", 4)).toBe("xx\ufffd…");
});

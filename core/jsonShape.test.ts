import { expect, it } from "vitest";
import { DEEPEST, isTooDeep } from "./jsonShape.ts";

it("counts the levels of objects and lists that lie in each other, and no brackets of texts", () => {
  const nested = (levels: number, inner = "1"): string => `${'{"a":['.repeat(levels / 2)}${inner}${"]}".repeat(levels / 2)}`;
  expect(isTooDeep(nested(DEEPEST))).toBe(false);
  expect(isTooDeep(nested(DEEPEST, "[]"))).toBe(true);
  expect(isTooDeep(nested(DEEPEST, JSON.stringify('[{\\"[\\')))).toBe(false);
  expect(isTooDeep(nested(DEEPEST, '"\\\\",[]'))).toBe(true);
  expect(isTooDeep(`[${"[],".repeat(1_000)}0]`)).toBe(false);
  expect(["1", '""', "null", "[]", "{}"].some(isTooDeep)).toBe(false);
});

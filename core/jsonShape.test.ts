import { expect, it } from "vitest";
import { DEEPEST, isTooDeep, readOutside } from "./jsonShape.ts";

it("counts the levels of objects and lists that lie in each other, and no brackets of texts", () => {
  const nested = (levels: number, inner = "1"): string => `${'{"a":['.repeat(levels / 2)}${inner}${"]}".repeat(levels / 2)}`;
  expect(isTooDeep(nested(DEEPEST))).toBe(false);
  expect(isTooDeep(nested(DEEPEST, "[]"))).toBe(true);
  expect(isTooDeep(nested(DEEPEST, JSON.stringify('[{\\"[\\')))).toBe(false);
  expect(isTooDeep(nested(DEEPEST, '"\\\\",[]'))).toBe(true);
  expect(isTooDeep(`[${"[],".repeat(1_000)}0]`)).toBe(false);
  expect(["1", '""', "null", "[]", "{}"].some(isTooDeep)).toBe(false);
});

it("reads what comes from outside, and tells why it is not taken", () => {
  const unfit = (json: string): string | undefined => (readOutside(json) as { unfit?: string }).unfit;
  const list = (count: number, one: string): string => `[${Array(count).fill(one).join(" ,\n")}]`;
  expect(readOutside(' {"a": [1, "[[\\"]]", {}, [ ], null], "b": ","} ')).toEqual({ value: { a: [1, '[["]]', {}, [], null], b: "," } });
  expect(readOutside("[".repeat(32) + "]".repeat(32))).toHaveProperty("value");
  expect(unfit("[".repeat(33) + "]".repeat(33))).toContain("32 levels deep");
  for (const [most, one] of [[50_000, "0"], [50_000, "{}"], [50_000, "[ ]"], [25_000, "[1]"], [16_666, '{"a":1 , "b":","}']] as const) {
    expect(readOutside(list(most, one))).toHaveProperty("value");
    expect(unfit(list(most + 1, one))).toContain("more than 50000 values");
  }
  for (const key of ["__proto__", "constructor", "\\u0070rototype"]) expect(unfit(`{"a":[{"${key}":1}]}`)).toContain("which is not taken");
  expect(() => readOutside("[1,")).toThrow(SyntaxError);
});

it("sees in the text what is too much, and reads none of it: that is no JSON either", () => {
  expect(readOutside("[".repeat(33))).toHaveProperty("unfit");
  expect(readOutside("[".padEnd(60_000, ","))).toHaveProperty("unfit");
});

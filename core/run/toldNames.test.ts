import { expect, it } from "vitest";
import { ToldNames } from "./toldNames.ts";

/** Names without the digits that they have. */
function namesWithout(digits: RegExp): ToldNames {
  return new ToldNames((text) => text.replaceAll(digits, "[redacted]"));
}

it("tells names that have become alike apart, and one the same each time", () => {
  const names = namesWithout(/\d/g);
  expect(["a1", "a2", "b1", "a1", "a2", "a"].map((name) => names.of(name))).toEqual(["a[redacted]", "a[redacted] (2)", "b[redacted]", "a[redacted]", "a[redacted] (2)", "a"]);
});

it("tells names apart that no text can hold as they are", () => {
  const names = namesWithout(/\d/g);
  expect(["\ud800", "\udbff"].map((name) => names.of(name))).toEqual(["\ufffd", "\ufffd (2)"]);
});

it("tells them apart from names that were given as others are told", () => {
  const names = namesWithout(/\d/g);
  const given = ["a1", "a[redacted]", "a[redacted] (x)", "a2", "\ufffd", "\ud800"];
  const told = given.map((name) => names.of(name));
  expect(told).toEqual(["a[redacted]", "a[redacted] (2)", "a[redacted] (x)", "a[redacted] (3)", "\ufffd", "\ufffd (2)"]);
  const late = namesWithout(/x/g);
  expect(["ax", "ay", "a[redacted] (2)", "az", "axx"].map((name) => late.of(name))).toEqual(["a[redacted]", "ay", "a[redacted] (2)", "az", "a[redacted][redacted]"]);
  expect(["bx", "b[redacted] (2)", "bx ", "b[redacted]"].map((name) => late.of(name))).toEqual(["b[redacted]", "b[redacted] (2)", "b[redacted] ", "b[redacted] (3)"]);
});

it("remembers so many as may be kept, and gives those after them names of their own", () => {
  const names = namesWithout(/\d/g);
  for (let n = 0; n < 5_000; n++) names.of(`a${n}`);
  expect(["x1", "x2", "x1"].map((name) => names.of(name))).toEqual(["x[redacted]", "x[redacted] (2)", "x[redacted] (3)"]);
});

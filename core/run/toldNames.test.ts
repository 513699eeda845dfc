import { expect, it } from "vitest";
import { ToldNames } from "./toldNames.ts";

/** Names without the digits that they have. */
function namesWithout(digits: RegExp): ToldNames {
  return new ToldNames((text) => text.replaceAll(digits, "*"));
}

it("tells names that have become alike apart, and one the same each time", () => {
  const names = namesWithout(/\d/g);
  expect(["a1", "a2", "b1", "a1", "a2", "a"].map((name) => names.of(name))).toEqual(["a*", "a* (2)", "b*", "a*", "a* (2)", "a"]);
});

it("tells names apart that no text can hold as they are", () => {
  const names = namesWithout(/\d/g);
  expect(["\ud800", "\udbff"].map((name) => names.of(name))).toEqual(["\ufffd", "\ufffd (2)"]);
});

it("remembers so many as may be kept, and gives those after them names of their own", () => {
  const names = namesWithout(/\d/g);
  for (let n = 0; n < 5_000; n++) names.of(`a${n}`);
  expect(["x1", "x2", "x1"].map((name) => names.of(name))).toEqual(["x*", "x* (2)", "x* (3)"]);
});

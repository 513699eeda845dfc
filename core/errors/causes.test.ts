import { expect, test } from "vitest";
import { withCauses } from "./causes.ts";

test("an error is told with what caused it", () => {
  const refused = new AggregateError([new Error("connect ECONNREFUSED ::1:9"), new Error("connect ECONNREFUSED 127.0.0.1:9")]);
  expect(withCauses(new Error("outer", { cause: new Error("inner", { cause: "root" }) }))).toBe("outer: inner: root");
  expect(withCauses(new TypeError("fetch failed", { cause: refused }))).toBe("fetch failed: connect ECONNREFUSED ::1:9");
  expect([new Error("alone"), "text", undefined, null].map(withCauses)).toEqual(["alone", "text", "undefined", "null"]);
});

test("a cause that says nothing new is left out, and a chain without an end is cut", () => {
  const inner = new Error("no luck");
  expect(withCauses(new Error("it failed: no luck", { cause: inner }))).toBe("it failed: no luck");
  inner.cause = inner;
  expect(withCauses(inner)).toBe("no luck");
  let deep = new Error("0");
  for (const n of "123456789") deep = new Error(n, { cause: deep });
  expect(withCauses(deep)).toBe("9: 8: 7: 6: 5: 4");
});

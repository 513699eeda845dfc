import { expect, test } from "vitest";
import { isLoomError, messageOf, stackOf } from "./loomError.ts";

test("the words of an error are told whatever was thrown", () => {
  const circle: Record<string, unknown> = {};
  circle["again"] = circle;
  const secretive = new Proxy({}, { get: () => { throw new Error("no"); } });
  expect([new Error("gone"), "gone", { gone: true }, undefined].map(messageOf)).toEqual(["gone", "gone", '{"gone":true}', "undefined"]);
  expect([circle, secretive, 5n].map(messageOf)).toEqual(Array(3).fill("something that has no words"));
});

test("what throws at whatever it is asked is no error of Loom's, and has neither words nor a place", () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  expect([isLoomError(proxy), messageOf(proxy), stackOf(proxy)]).toEqual([false, "something that has no words", ""]);
  expect(stackOf(new Error("x"))).toContain("loomError.test.ts");
});

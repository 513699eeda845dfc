import fc from "fast-check";
import { expect, test } from "vitest";
import { inScope, isWithin, scopeAddress } from "./scope.ts";

const PROD = ["/api/loom/runs/prod"];

test.each(["/api/loom/runs/prod", "/api/loom/runs/prod/steps", "/api/loom/runs/%70rod"])("%s lies in the scope of runs/prod", (path) => {
  expect(inScope(PROD, path)).toBe(true);
});

test.each([
  "/api/loom/runs/prod-backup",
  "/api/loom/runs/Prod",
  "/api/loom/runs//prod",
  "/api/loom//runs/prod",
  "//api/loom/runs/prod",
  "/api/loom/runs/prod/",
  "/api/loom/runs/prod/..",
  "/api/loom/runs/prod/%2e%2e/other",
  "/api/loom/runs/prod/%2E%2E/other",
  "/api/loom/runs/x/../prod",
  "/api/loom/runs/prod%2Fsteps",
  "/api/loom/runs/%zz",
  "/api/loom/runs",
  "/",
])("%s does not lie in the scope of runs/prod", (path) => {
  expect(inScope(PROD, path)).toBe(false);
});

test("a scope that is a child's lies within its parent's", () => {
  expect(isWithin(["/api/loom/runs/prod"], ["/api/loom/runs"])).toBe(true);
  expect(isWithin(["/api/loom/runs"], ["/api/loom/runs/prod"])).toBe(false);
  expect(isWithin(["/api/loom/runs/prod", "/metrics"], ["/api/loom/runs"])).toBe(false);
  expect(isWithin(null, ["/api/loom"])).toBe(false);
  expect(isWithin(["/metrics"], null)).toBe(true);
});

test("nothing that lies in a child's scope lies outside its parent's", () => {
  const segment = fc.constantFrom("a", "b", "ab", "..", "%2e%2e", "", "%61", "A");
  const address = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => `/${segments.join("/")}`);
  const scope = fc.array(address, { minLength: 1, maxLength: 3 });
  fc.assert(fc.property(scope, scope, address, (child, parent, path) => !isWithin(child, parent) || !inScope(child, path) || inScope(parent, path)));
});

test("an address is named from the root or from the API, and has to be one", () => {
  expect(scopeAddress("strands/nightly")).toBe("/api/loom/strands/nightly");
  expect(scopeAddress("/metrics")).toBe("/metrics");
  for (const text of ["", "/", "strands/", "../x", "a/%2e%2e", "a//b", "%"]) expect(() => scopeAddress(text)).toThrow(expect.objectContaining({ code: "BAD_INPUT" }));
});

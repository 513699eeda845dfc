import { expect, describe, test } from "vitest";
import { catalogue } from "../../core/errors/catalogue.ts";
import { coreImports, cycles, fileLength, outsideImports, pageImports, purity, reservedWords, thrownCodes, type Check } from "./checks.ts";
import { reserved, rooms } from "./rules.ts";
import { canary, house } from "./sources.ts";

const sources = house();

/** Each check, and how many files it has to have looked at: a check that sees nothing proves nothing. */
const checks: readonly (readonly [check: Check, atLeast: number])[] = [
  [coreImports, 100],
  [outsideImports, 5],
  [pageImports, 10],
  [purity, 8],
  [cycles, 150],
  [fileLength, 150],
  [thrownCodes(Object.keys(catalogue)), 150],
  ...reserved.map((rule) => [reservedWords(rule), 100] as const),
];

describe.each(checks.map(([check, atLeast]) => ({ name: check.name, check, atLeast })))("$name", ({ check, atLeast }) => {
  test("holds in the house", () => {
    expect(check.violations(sources)).toEqual([]);
  });

  test("looked at enough files", () => {
    expect(sources.filter((source) => check.applies(source)).length).toBeGreaterThan(atLeast);
  });

  test("finds every bad file of its canary, and no other", () => {
    const files = canary(check.name);
    const bad = files.map(({ path }) => path).filter((path) => path.split("/").at(-1)!.startsWith("bad"));
    expect(bad.length).toBeGreaterThan(0);
    expect([...new Set(check.violations(files).map(({ file }) => file))].sort()).toEqual(bad.sort());
  });
});

test("every room of core has its row, and every row its room", () => {
  const found = new Set(sources.map(({ path }) => path.split("/")).filter((parts) => parts[0] === "core" && parts.length > 2).map((parts) => parts[1]));
  expect([...found].sort()).toEqual(Object.keys(rooms).sort());
});

import { expect, it } from "vitest";
import { Dawdlers } from "./dawdlers.ts";

it("keeps those that took long from the last thread, until they are quick again", () => {
  const dawdlers = new Dawdlers(100);
  for (const hash of ["a", "b"]) dawdlers.took(hash, 101);
  const mayHave = (hash: string, ...atWork: string[]): boolean => dawdlers.mayHave(hash, 2, atWork);
  expect([mayHave("a"), mayHave("a", "a"), mayHave("a", "c"), mayHave("a", "b"), mayHave("c", "a", "b")]).toEqual([true, true, true, false, true]);
  dawdlers.took("a", 100);
  expect(mayHave("a", "b")).toBe(true);
  expect(mayHave("b", "a")).toBe(true);
});

it("lets them have a thread where there is but one", () => {
  const dawdlers = new Dawdlers(100);
  dawdlers.took("a", 101);
  expect(dawdlers.mayHave("a", 1, [])).toBe(true);
});

it("remembers the latest ten thousand", () => {
  const dawdlers = new Dawdlers(100);
  for (let n = 0; n <= 10_000; n++) dawdlers.took(`${n}`, 101);
  expect(["0", "1", "10000"].map((hash) => dawdlers.mayHave(hash, 2, ["2"]))).toEqual([true, false, false]);
});

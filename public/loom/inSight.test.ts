import { expect, test } from "vitest";
import { inSight } from "./inSight.js";

/** Strands at these places, each named by its own. */
const at = (...places: number[]): { id: string }[] => places.map((x) => ({ id: String(x) }));
const xs = new Map(Array.from({ length: 2_001 }, (_, x) => [String(x), x]));
const drawn = (threads: { id: string }[], from: number, to: number, keep: string | null = null): number[] => inSight(threads, xs, { from, to, keep }).map(({ id }: { id: string }) => Number(id));

test("a braid is drawn where it is in sight, and to the next strand on either side", () => {
  expect(drawn(at(10, 50, 120, 180, 300, 400), 100, 200)).toEqual([50, 120, 180, 300]);
  expect(drawn(at(10, 300), 100, 200)).toEqual([10, 300]);
});

test("nothing of it is drawn where all of it lies to one side", () => {
  expect(drawn(at(10, 50), 100, 200)).toEqual([]);
  expect(drawn(at(300, 400), 100, 200)).toEqual([300]);
});

test("of strands that cannot be told apart one is drawn, and the one that is looked at", () => {
  const many = at(...Array.from({ length: 1_001 }, (_, x) => x));
  expect(drawn(many, 0, 1_000)).toHaveLength(126);
  expect(drawn(many, 0, 1_000, "501")).toContain(501);
});

test("of two that hang side by side both are drawn, so that what they fail by is told", () => {
  expect(drawn(at(100, 101), 0, 1_000)).toEqual([100, 101]);
  expect(drawn(at(100, 101, 102, 103), 0, 1_000)).toEqual([100, 103]);
});

test("all steps of a strand that is drawn are", () => {
  expect(drawn(at(100, 100, 104, 104, 110), 0, 1_000)).toEqual([100, 100, 110]);
});

test("strands that are not shown have no place", () => {
  expect(drawn([{ id: "gone" }, ...at(100, 120)], 0, 1_000)).toEqual([100, 120]);
});

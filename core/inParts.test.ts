import { expect, it } from "vitest";
import { inParts } from "./inParts.ts";

const MiB = 1024 * 1024;
const itself = (weight: number): number => weight;

it("keeps the order, and makes parts that are not too heavy", () => {
  expect(inParts([MiB, MiB, 1, 2, 2 * MiB - 2, 3], itself)).toEqual([[MiB, MiB], [1, 2], [2 * MiB - 2], [3]]);
  expect(inParts([], itself)).toEqual([]);
});

it("gives what is too heavy by itself a part of its own", () => {
  expect(inParts([1, 5 * MiB, 2, 3], itself)).toEqual([[1], [5 * MiB], [2, 3]]);
});

it("makes no part of more items than it may have", () => {
  expect(inParts([1, 1, 1, 1, 1], itself, 2)).toEqual([[1, 1], [1, 1], [1]]);
});

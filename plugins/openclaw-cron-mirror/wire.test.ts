import { expect, test } from "vitest";
import { usedHeap } from "../../test/support/heap.ts";
import { clip, tail } from "./wire.ts";

const MIB = 1024 * 1024;

test.each([["first", clip], ["last", tail]])("the %s words of something long keep nothing of the rest in memory", (_which, cut) => {
  const before = usedHeap();
  const kept = Array.from({ length: 40 }, (_, n) => cut(JSON.parse(`"${String(n % 10).repeat(2 * MIB)}"`) as string, 4_000));
  expect(usedHeap() - before).toBeLessThan(4 * MIB);
  expect(new Set(kept.map((words) => words[0])).size).toBe(10);
});

test("what is cut off is said, and half a letter stays what it is", () => {
  expect(clip("abcdef", 3)).toBe("abc… (6 characters)");
  expect(clip("abcdef", 6)).toBe("abcdef");
  expect([tail("abcdef", 2), tail("ab", 2)]).toEqual(["ef", "ab"]);
  expect(clip("😀😀", 1)).toBe("\ud83d… (4 characters)");
});

import { expect, test } from "vitest";
import { backoffMs, type Backoff } from "./backoff.ts";

const backoff: Backoff = { initialMs: 1_000, factor: 2, maxMs: 60_000, jitter: 0 };

test("each wait is longer than the one before by the factor, up to the longest", () => {
  expect([1, 2, 3, 6, 7, 5_000].map((attempt) => backoffMs(backoff, attempt, 0.9))).toEqual([1_000, 2_000, 4_000, 32_000, 60_000, 60_000]);
});

test("chance shortens a wait by its share at most", () => {
  const jittered = { ...backoff, jitter: 0.2 };
  expect([0, 0.5, 1].map((random) => backoffMs(jittered, 1, random))).toEqual([1_000, 900, 800]);
});

test("no wait stays none", () => {
  expect(backoffMs({ ...backoff, initialMs: 0 }, 5_000, 0)).toBe(0);
});

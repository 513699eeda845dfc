import { FakeClock } from "loom-gateway/testing";
import { expect, test } from "vitest";
import { AskLimit } from "./askLimit.ts";

test("thirty changes a minute are let through, and the wait for the next is told", async () => {
  const clock = new FakeClock();
  const limit = new AskLimit(clock);
  expect(Array.from({ length: 30 }, () => limit.take())).toEqual(Array(30).fill(0));
  await clock.advance(20_000);
  expect(limit.take()).toBe(40_000);
  await clock.advance(40_000);
  expect(limit.take()).toBe(0);
});

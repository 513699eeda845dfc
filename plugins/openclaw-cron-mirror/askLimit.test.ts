import type { Clock } from "loom-gateway";
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

test("whoever waits behind others is told how long, and asking how long takes nothing", async () => {
  const clock = new FakeClock();
  const limit = new AskLimit(clock);
  for (let n = 0; n < 20; n++) limit.take();
  await clock.advance(5_000);
  expect([0, 9, 10, 29, 30, 60].map((ahead) => limit.waitMs(ahead))).toEqual([0, 0, 55_000, 55_000, 60_000, 120_000]);
  expect(limit.take()).toBe(0);
});

test("the wait is told in whole milliseconds, though the machine's clock has fractions of them", () => {
  let now = 0.25;
  const limit = new AskLimit({ mono: () => (now += 0.125) } as unknown as Clock);
  for (let n = 0; n < 30; n++) limit.take();
  expect([limit.take(), limit.waitMs(29), limit.waitMs(30)]).toEqual([59_997, 60_000, 119_996].map(() => expect.toSatisfy((ms: number) => Number.isInteger(ms) && ms > 59_000)));
});

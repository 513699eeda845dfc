import { expect, it } from "vitest";
import { FakeClock } from "../testing/fakeClock.ts";
import { ownTime } from "./ownTime.ts";

const T = 1_000_000_000_000;
const HOUR = 3_600_000;

/** A machine of which a test says when it sleeps and when its clock is set. */
function machine() {
  const clock = new FakeClock(T);
  let asleep = 0;
  const time = ownTime(clock, () => clock.mono() + asleep);
  return { clock, time, sleep: (ms: number) => ((asleep += ms), clock.jump(ms)) };
}

it("is the wall clock's as long as nobody sets that by more than time services do", async () => {
  const { clock, time } = machine();
  await clock.advance(1_234);
  clock.jump(-800);
  expect(time()).toBe(T + 434);
});

it.each([HOUR, -HOUR, 1_000 * HOUR, -1_000 * HOUR])("goes on as it was when the clock is set by %i ms", async (by) => {
  const { clock, time } = machine();
  await clock.advance(1_000);
  clock.jump(by);
  await clock.advance(1_000);
  expect(time()).toBe(T + 2_000);
});

it("goes on over a sleep of the machine, also where the clock is set afterwards", async () => {
  const { clock, time, sleep } = machine();
  sleep(6 * HOUR);
  expect(time()).toBe(T + 6 * HOUR);
  clock.jump(-HOUR);
  await clock.advance(1_000);
  expect(time()).toBe(T + 6 * HOUR + 1_000);
});

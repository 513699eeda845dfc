import { expect, it } from "vitest";
import { FakeClock } from "../testing/fakeClock.ts";
import { steadyTime } from "./steadyTime.ts";

it("passes evenly while the wall clock jumps", async () => {
  const clock = new FakeClock();
  const now = steadyTime(clock);
  const begun = now();
  clock.jump(86_400_000);
  await clock.advance(500);
  clock.jump(-172_800_000);
  expect([begun, now() - begun]).toEqual([clock.now() + 86_400_000 - 500, 500]);
});

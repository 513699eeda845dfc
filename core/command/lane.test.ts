import { expect, it } from "vitest";
import { FakeClock } from "../testing/fakeClock.ts";
import { Lane } from "./lane.ts";

const never = new AbortController().signal;

it("lets one pass at a time, in order", async () => {
  const lane = new Lane(new FakeClock(0), () => 0);
  const passed: string[] = [];
  const first = await lane.enter(never);
  const second = lane.enter(never).then((leave) => (passed.push("second"), leave()));
  const third = lane.enter(never).then((leave) => (passed.push("third"), leave()));
  passed.push("first");
  first();
  await Promise.all([second, third]);
  expect(passed).toEqual(["first", "second", "third"]);
});

it("estimates by how many are before", async () => {
  const lane = new Lane(new FakeClock(0), (ahead) => ahead * 2_000);
  expect(lane.estimate()).toBe(0);
  const leave = await lane.enter(never);
  void lane.enter(never);
  expect(lane.estimate()).toBe(4_000);
  leave();
});

it("goes on for the others when one gives up", async () => {
  const clock = new FakeClock(0);
  const lane = new Lane(clock, () => (clock.mono() < 10_000 ? 10_000 : 0));
  const gaveUp = new AbortController();
  const first = lane.enter(gaveUp.signal);
  const second = lane.enter(never);
  gaveUp.abort(new Error("gave up"));
  await expect(first).rejects.toThrow("gave up");
  await clock.advance(10_000);
  expect(await second).toBeTypeOf("function");
});

import { expect, it, vi } from "vitest";
import { systemClock } from "./system.ts";

it("has one listener for all that sleep with a signal, and none once they are awake", async () => {
  const { signal } = new AbortController();
  const [add, remove] = [vi.spyOn(signal, "addEventListener"), vi.spyOn(signal, "removeEventListener")];
  const sleeps = [0, 1, 2].map((ms) => systemClock.sleep(ms, signal));
  expect(add).toHaveBeenCalledTimes(1);
  await Promise.all(sleeps);
  expect(remove.mock.calls).toEqual([["abort", add.mock.calls[0]![1]]]);
  await systemClock.sleep(0, signal);
  expect([add.mock.calls.length, remove.mock.calls.length]).toEqual([2, 2]);
});

it("wakes all that sleep with a signal when that aborts, and lets nobody sleep with it any more", async () => {
  const [stop, other] = [new AbortController(), new AbortController()];
  const sleeps = [1, 2, 3].map(() => systemClock.sleep(60_000, stop.signal));
  const beside = systemClock.sleep(1, other.signal);
  const why = new Error("stopped");
  stop.abort(why);
  expect((await Promise.allSettled(sleeps)).map((one) => (one as PromiseRejectedResult).reason as unknown)).toEqual([why, why, why]);
  await expect(systemClock.sleep(0, stop.signal)).rejects.toBe(why);
  await beside;
});

import { describe, expect, it } from "vitest";
import { FakeClock } from "../testing/fakeClock.ts";
import { watchClock, type ClockNews } from "./watch.ts";

const HOUR = 3_600_000;

/** A machine of which a test says when it sleeps and when its clock is set. */
function machine(): { clock: FakeClock; news: ClockNews[]; sleep(ms: number): void; watch: Disposable } {
  const clock = new FakeClock();
  const news: ClockNews[] = [];
  let asleep = 0;
  const watch = watchClock(clock, () => clock.mono() + asleep, (one) => news.push(one));
  const sleep = (ms: number): void => {
    asleep += ms;
    clock.jump(ms);
  };
  return { clock, news, sleep, watch };
}

describe("the watch over the clocks", () => {
  it("says nothing while time goes by as it should, also when a time service trims it", async () => {
    const { clock, news } = machine();
    await clock.advance(HOUR);
    clock.jump(900);
    await clock.advance(HOUR);
    expect(news).toEqual([]);
  });

  it("tells when the machine slept", async () => {
    const { clock, news, sleep } = machine();
    await clock.advance(20_000);
    const from = clock.now() - 5_000;
    sleep(8 * HOUR);
    await clock.advance(15_000);
    expect(news).toEqual([{ kind: "slept", from, to: from + 8 * HOUR + 15_000 }]);
  });

  it.each([HOUR, -HOUR, 60 * 24 * HOUR, -60 * 24 * HOUR])("tells when the clock was set by %i ms", async (by) => {
    const { clock, news } = machine();
    const before = clock.now();
    clock.jump(by);
    await clock.advance(15_000);
    expect(news).toEqual([{ kind: "set", from: before + 15_000, to: before + by + 15_000 }]);
  });

  it("tells both when a machine wakes with another time", async () => {
    const { clock, news, sleep } = machine();
    sleep(2 * HOUR);
    clock.jump(-HOUR);
    await clock.advance(15_000);
    expect(news.map(({ kind, from, to }) => [kind, to - from])).toEqual([["set", -HOUR], ["slept", 2 * HOUR + 15_000]]);
  });

  it("ends with its disposal", async () => {
    const { clock, watch } = machine();
    watch[Symbol.dispose]();
    expect(clock.pending).toBe(0);
  });
});

import { describe, expect, it } from "vitest";
import { FakeClock } from "../testing/fakeClock.ts";
import { within } from "./within.ts";

const late = (): Error => new Error("too late");
const never = (): Promise<never> => new Promise(() => {});

describe("within", () => {
  it("answers what was done in time, and leaves no timer", async () => {
    const clock = new FakeClock();
    await expect(within(clock, 10, late, async () => "done")).resolves.toBe("done");
    await expect(within(clock, 10, late, () => "at once")).resolves.toBe("at once");
    expect(clock.pending).toBe(0);
  });

  it("throws what was thrown in time", async () => {
    const clock = new FakeClock();
    const fail = (): never => {
      throw new Error("broken");
    };
    await expect(within(clock, 10, late, fail)).rejects.toThrow("broken");
    await expect(within(clock, 10, late, async () => fail())).rejects.toThrow("broken");
    expect(clock.pending).toBe(0);
  });

  it("goes on after the time, and tells what it no longer waits for", async () => {
    const clock = new FakeClock();
    let told: AbortSignal | undefined;
    const result = within(clock, 10, late, (signal) => {
      told = signal;
      return never();
    });
    const refused = expect(result).rejects.toThrow("too late");
    await clock.advance(9);
    expect(told?.aborted).toBe(false);
    await clock.advance(1);
    await refused;
    expect(told?.reason).toMatchObject({ message: "too late" });
  });

  it("goes on when it is told to stop, also before and while it begins", async () => {
    const clock = new FakeClock();
    const stop = new AbortController();
    const refused = expect(within(clock, 10, late, never, stop.signal)).rejects.toThrow("stopping");
    stop.abort(new Error("stopping"));
    await refused;
    await expect(within(clock, 10, late, () => expect.fail("it began"), stop.signal)).rejects.toThrow("stopping");
    const own = new AbortController();
    const stopsItself = (): Promise<never> => {
      own.abort(new Error("by itself"));
      return never();
    };
    await expect(within(clock, 10, late, stopsItself, own.signal)).rejects.toThrow("by itself");
    expect(clock.pending).toBe(0);
  });
});

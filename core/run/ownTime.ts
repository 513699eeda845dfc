import type { Clock } from "../clock/clock.ts";
import { systemUptimeMs } from "../clock/system.ts";

/** Smaller differences are the daily work of time services. */
const SET_MS = 5_000;

/**
 * The wall clock for something that has begun now: when it is set meanwhile, the time goes on by the clock as it was, so that what
 * begins and ends by it took as long as it did. A sleep of the machine is a part of that.
 * @param uptimeMs milliseconds since the machine was started, time asleep included
 */
export function ownTime(clock: Clock, uptimeMs: () => number = systemUptimeMs): () => number {
  const read = () => ({ wall: clock.now(), mono: clock.mono() });
  const begun = { ...read(), uptime: uptimeMs() };
  return () => {
    const { wall, mono } = read();
    const passed = mono - begun.mono;
    if (Math.abs(wall - begun.wall - passed) <= SET_MS) return wall;
    // Only now, since asking for it takes longer.
    return begun.wall + Math.floor(Math.max(passed, uptimeMs() - begun.uptime));
  };
}

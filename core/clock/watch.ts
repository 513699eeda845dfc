import type { Clock } from "./clock.ts";

/** Something happened to time itself. All instants are of the wall clock as it is now. */
export type ClockNews =
  /** Nothing of this process ran: the machine slept, or the process was halted. */
  | { readonly kind: "slept"; readonly from: number; readonly to: number }
  /** The wall clock was set: what showed `from` showed `to` at once. */
  | { readonly kind: "set"; readonly from: number; readonly to: number };

/** A watch that goes on until it is disposed. */
export interface ClockWatch extends Disposable {
  /** Compares now, and not only at the next regular time. */
  check(): void;
}

const LOOK_MS = 15_000;
/** A busy machine is late by less than this. */
const LATE_MS = 20_000;
/** Small corrections are the daily work of time services. */
const STEP_MS = 5_000;

/**
 * Compares the clocks of the machine every 15 s, until it is disposed. The monotonic clock stands still while a machine
 * sleeps, its uptime does not, and neither moves when the wall clock is set: so a sleep and a new time are told apart.
 * @param uptimeMs milliseconds since the machine was started, time asleep included
 */
export function watchClock(clock: Clock, uptimeMs: () => number, tell: (news: ClockNews) => void): ClockWatch {
  const read = () => ({ wall: clock.now(), mono: clock.mono(), uptime: uptimeMs() });
  let last = read();
  const compare = (regular: boolean): void => {
    const now = read();
    const passed = Math.max(now.mono - last.mono, now.uptime - last.uptime);
    const set = now.wall - last.wall - passed;
    const before = last.wall;
    const wasSet = Math.abs(set) > STEP_MS;
    const slept = passed > LOOK_MS + LATE_MS;
    if (regular || wasSet || slept) last = now;
    if (wasSet) tell({ kind: "set", from: now.wall - set, to: now.wall });
    if (slept) tell({ kind: "slept", from: wasSet ? now.wall - passed : before, to: now.wall });
  };
  const timer = clock.interval(LOOK_MS, () => compare(true));
  return { check: () => compare(false), [Symbol.dispose]: () => timer.cancel() };
}

import type { Clock, Timer } from "../../core/clock/clock.ts";
import { systemClock } from "../../core/clock/system.ts";

const never: Timer = { cancel: () => {}, [Symbol.dispose]: () => {} };

/**
 * The system's clock for tests on busy machines, where nothing is ever late: short waits pass, and long ones do not end.
 * @param longMs those that are as long as this, in milliseconds
 */
export function patientClock(longMs = 1_000): Clock {
  return { ...systemClock, timer: (ms, fn) => (ms < longMs ? systemClock.timer(ms, fn) : never) };
}

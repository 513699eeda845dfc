import type { Clock, Timer } from "../../core/clock/clock.ts";
import { systemClock } from "../../core/clock/system.ts";

/** Whatever takes longer than this is slow, and not only the machine busy. */
const LONG_MS = 1_000;
const never: Timer = { cancel: () => {}, [Symbol.dispose]: () => {} };

/** The system's clock for tests on busy machines: short waits pass, and nothing is ever late, since long ones do not end. */
export const patientClock: Clock = { ...systemClock, timer: (ms, fn) => (ms < LONG_MS ? systemClock.timer(ms, fn) : never) };

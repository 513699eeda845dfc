import { uptime } from "node:os";
import type { Clock, Timer } from "./clock.ts";

/** setTimeout fires at once above this delay; longer timers are cut into pieces. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

function timer(ms: number, fn: () => void): Timer {
  let handle: NodeJS.Timeout;
  const arm = (left: number): void => {
    const step = Math.min(left, LONGEST_TIMEOUT_MS);
    handle = setTimeout(() => (left > step ? arm(left - step) : fn()), step).unref();
  };
  arm(Math.max(0, ms));
  return owned(() => clearTimeout(handle));
}

function interval(ms: number, fn: () => void): Timer {
  const handle = setInterval(fn, ms).unref();
  return owned(() => clearInterval(handle));
}

function owned(cancel: () => void): Timer {
  return { cancel, [Symbol.dispose]: cancel };
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const abort = (): void => {
      waiting.cancel();
      reject(signal!.reason);
    };
    const waiting = timer(ms, () => {
      signal?.removeEventListener("abort", abort);
      resolve();
    });
    signal?.addEventListener("abort", abort, { once: true });
  });
}

/** The machine's clock. It cannot be stubbed: tests are handed `FakeClock` from `loom-gateway/testing` instead. */
export const systemClock: Clock = Object.freeze({
  now: () => Date.now(),
  mono: () => performance.now(),
  timer,
  interval,
  sleep,
});

/** Milliseconds since this machine was started; goes on while it sleeps, unlike `mono`. */
export function systemUptimeMs(): number {
  return uptime() * 1000;
}

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
      if (signal) awake(signal, abort);
      resolve();
    });
    if (signal) wakeWith(signal, abort);
  });
}

interface Sleepers {
  readonly wake: Set<() => void>;
  readonly all: () => void;
}

/** One listener for all that sleep with a signal: to take one more it goes through those that it has, and there may be thousands. */
const sleepers = new WeakMap<AbortSignal, Sleepers>();

function wakeWith(signal: AbortSignal, wake: () => void): void {
  const known = sleepers.get(signal);
  if (known) return void known.wake.add(wake);
  const first = new Set([wake]);
  const all = (): void => first.forEach((one) => one());
  sleepers.set(signal, { wake: first, all });
  signal.addEventListener("abort", all, { once: true });
}

/** With the last of them goes the listener, which would keep some signals in memory for ever. */
function awake(signal: AbortSignal, wake: () => void): void {
  const known = sleepers.get(signal);
  known?.wake.delete(wake);
  if (known?.wake.size !== 0) return;
  sleepers.delete(signal);
  signal.removeEventListener("abort", known.all);
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

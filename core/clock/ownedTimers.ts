import { promisify } from "node:util";

/** The timers that a module finds under their plain names. */
export interface PlainTimers {
  readonly setTimeout: typeof setTimeout;
  readonly setInterval: typeof setInterval;
  readonly setImmediate: typeof setImmediate;
}

export interface OwnedTimers {
  readonly timers: PlainTimers;
  /** Clears every timer that still waits. Those started afterwards never fire. */
  stop(): void;
}

type Handle = NodeJS.Timeout | NodeJS.Immediate;
type Callback = (...args: unknown[]) => void;

/**
 * Plain timers for code that is loaded and unloaded, so that none outlives it.
 * @param guard runs each callback; what the callback throws is the guard's to handle
 */
export function createOwnedTimers(guard: (fn: () => void) => void): OwnedTimers {
  const waiting = new Set<Handle>();
  let stopped = false;
  const clear = (handle: Handle): void => {
    clearTimeout(handle as NodeJS.Timeout);
    clearImmediate(handle as NodeJS.Immediate);
  };
  const adopt = <T extends Handle>(handle: T): T => {
    if (stopped) clear(handle);
    else waiting.add(handle);
    return handle;
  };
  const once = (start: (fn: () => void) => Handle, fn: Callback, args: unknown[]): Handle => {
    const handle = start(() => {
      waiting.delete(handle);
      guard(() => fn(...args));
    });
    return adopt(handle);
  };

  const timeout = (fn: Callback, ms?: number, ...args: unknown[]) => {
    forgetCleared(waiting);
    return once((fire) => setTimeout(fire, ms), fn, args);
  };
  const interval = (fn: Callback, ms?: number, ...args: unknown[]) => {
    forgetCleared(waiting);
    return adopt(setInterval(() => guard(() => fn(...args)), ms));
  };
  const immediate = (fn: Callback, ...args: unknown[]) => once((fire) => setImmediate(fire), fn, args);

  return {
    timers: {
      setTimeout: Object.assign(timeout, { [promisify.custom]: (ms?: number, value?: unknown) => new Promise((resolve) => timeout(resolve, ms, value)) }),
      setInterval: interval,
      setImmediate: Object.assign(immediate, { [promisify.custom]: (value?: unknown) => new Promise((resolve) => immediate(resolve, value)) }),
    } as unknown as PlainTimers,
    stop() {
      stopped = true;
      for (const handle of waiting) clear(handle);
      waiting.clear();
    },
  };
}

/** A timer that its owner cleared never fires, so it would be kept for ever. Looked for only when many have gathered. */
function forgetCleared(waiting: Set<Handle>): void {
  if (waiting.size < 1_000) return;
  for (const handle of waiting) if ("_destroyed" in handle && handle._destroyed === true) waiting.delete(handle);
}

import type { EventEmitter } from "node:events";
import type { Clock } from "../clock/clock.ts";

/** A stop in order takes less: what it waits for has shorter times of its own, unless a file is read that never comes. */
const PATIENCE_MS = 60_000;
/** After a stop in order nothing is left to do. */
const REST_MS = 3_000;

export interface Stopping {
  /** Resolves at the first signal. */
  readonly asked: Promise<void>;
  /** To be called when all is stopped in order: what keeps the process from ending now is not waited for. */
  over(): void;
}

export interface StoppingOptions {
  readonly clock: Clock;
  /** Says why the process is ended by force. */
  readonly tell: (line: string) => void;
  /** Default: this process. */
  readonly signals?: EventEmitter;
  /** Default: ends this process. */
  readonly end?: (signal: NodeJS.Signals, number: number) => void;
}

/** Sees to it that SIGINT and SIGTERM end the process, whatever it waits for: the first in order and within a minute, the second at once. */
export function stopOnSignal({ clock, tell, signals = process, end = endBy }: StoppingOptions): Stopping {
  const asked = Promise.withResolvers<void>();
  let endAfter: ((ms: number, why: string) => void) | null = null;
  const onSignal = (signal: NodeJS.Signals, number: number): void => {
    if (endAfter) return end(signal, number);
    endAfter = (ms, why) => void clock.timer(ms, () => (tell(why), end(signal, number)));
    endAfter(PATIENCE_MS, `Loom has not stopped within ${PATIENCE_MS / 1000} s, and is ended.`);
    asked.resolve();
  };
  signals.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  return {
    asked: asked.promise,
    over: () => endAfter?.(REST_MS, "Loom has stopped, and is ended: a file that it reads does not come."),
  };
}

/**
 * Ends this process as the signal does by itself. `process.exit` would wait for the threads that read files, and who reads a pipe into
 * which nobody writes never comes back.
 */
function endBy(signal: NodeJS.Signals, number: number): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  // The first process of a container outlives that.
  process.exit(128 + number);
}

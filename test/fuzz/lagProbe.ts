/** Loaded before a gateway (`--import`): at each SIGUSR2 it prints the longest that the event loop was late since the one before. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";

const RESOLUTION_MS = 10;

if (isMainThread) {
  const lag = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  lag.enable();
  process.on("SIGUSR2", () => {
    process.stderr.write(`event loop late by ${Math.max(0, lag.max / 1e6 - RESOLUTION_MS).toFixed(1)} ms\n`);
    lag.reset();
  });
}

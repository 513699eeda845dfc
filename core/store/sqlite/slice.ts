import { systemClock } from "../../clock/system.ts";

/** Others wait while the writer is at it. */
const SLICE_MS = 4;

/** Begins a stretch of work that may be left at any time; answers whether it has taken long enough. */
export function beginSlice(): () => boolean {
  const until = systemClock.mono() + SLICE_MS;
  return () => systemClock.mono() >= until;
}

import { signal } from "../vendor/preact.js";

/** The page's one clock: every relative time and every timer comes from here. */

/** Milliseconds since 1970, renewed each second. What shows a time reads it and nothing else re-renders. */
export const now = signal(Date.now());

/** The wall clock at this instant, milliseconds since 1970. */
export const wall = () => Date.now();

/** Calls `fn` once after `ms`; the answer cancels. */
export function later(ms, fn) {
  const timer = setTimeout(fn, ms);
  return () => clearTimeout(timer);
}

/** Starts the ticking; the answer stops it. A hidden tab is brought up to date when it is looked at again. */
export function startClock() {
  const tick = () => {
    now.value = Date.now();
  };
  const timer = setInterval(tick, 1000);
  document.addEventListener("visibilitychange", tick);
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", tick);
  };
}

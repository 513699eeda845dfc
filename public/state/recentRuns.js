import { signal } from "../vendor/preact.js";
import { pages } from "./api.js";
import { later } from "./clock.js";
import { takeRecentRuns } from "./store.js";

/** The strands are drawn first, milliseconds. */
const AFTER_STRANDS = 150;
/** The gateway may be away for a moment. */
const AGAIN = 2000;
/** How many strands' newest runs are read at a time: a portion is drawn within a frame. */
const PORTION = 100;

/** Whether everything that the first view shows has come. */
export const isWhole = signal(false);

let reading = null;

/** Fills in the newest runs, which the lists leave out; tried again until they are there or newer lists have come. */
export async function readRecentRuns() {
  const mine = (reading = {});
  isWhole.value = false;
  for (let wait = AFTER_STRANDS; !isWhole.peek(); wait = AGAIN) {
    await new Promise((resolve) => later(wait, resolve));
    try {
      for await (const { items } of pages("/recent-runs", PORTION)) {
        if (reading !== mine) return;
        takeRecentRuns(items);
      }
      isWhole.value = reading === mine;
    } catch (problem) {
      if (problem.status === 401) return;
    }
    if (reading !== mine) return;
  }
}

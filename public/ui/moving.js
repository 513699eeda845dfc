import { signal } from "../vendor/preact.js";
import { later, wall } from "../state/clock.js";

/** Whether the view moves under somebody's hand: what can wait waits until it rests. */
export const moving = signal(false);

/** So long after the last move, in milliseconds, the view is at rest. */
const RESTS_AFTER = 140;
let stirred = 0;

/** Says that the view was moved just now. */
export function stir() {
  stirred = wall();
  if (moving.peek()) return;
  moving.value = true;
  later(RESTS_AFTER, settle);
}

function settle() {
  const left = stirred + RESTS_AFTER - wall();
  if (left > 0) later(left, settle);
  else moving.value = false;
}

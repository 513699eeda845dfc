import { effect, signal } from "../vendor/preact.js";
import { now } from "../state/clock.js";
import { strandOf } from "../state/store.js";
import { openStrand } from "../state/view.js";
import { drawnOf, eachDrawn } from "./drawn.js";

/** The strand that the keyboard is at: the one that Tab comes to and that Enter opens. */
export const cursor = signal(null);
/** The strand under the pointer, or the one with the focus. */
export const hovered = signal(null);

/**
 * Marks the strands that keyboard and pointer are at, the open one and those about to fire, on the elements themselves: the
 * strands need not be drawn anew for it. The answer ends it.
 */
export function markPlaces() {
  const ends = [
    mark(cursor, (entry, on) => entry.hit?.setAttribute("tabindex", on ? "0" : "-1")),
    mark(hovered, (entry, on) => flag(entry.element, "data-hover", on)),
    mark(openStrand, (entry, on) => {
      flag(entry.element, "data-open", on);
      entry.hit?.setAttribute("aria-expanded", String(on));
    }),
    effect(() => {
      const at = now.value;
      for (const entry of eachDrawn()) arm(entry, at);
    }),
  ];
  return () => ends.forEach((end) => end());
}

function mark(place, write) {
  let before = null;
  return effect(() => {
    const [left, id] = [drawnOf(before), place.value];
    if (left) write(left, false);
    if (drawnOf(id)) write(drawnOf(id), true);
    before = id;
  });
}

/** Lights the ring of a strand that fires within a minute. */
function arm(entry, at) {
  const strand = strandOf(entry.id).peek();
  const left = strand?.enabled && strand.schedulerOn && strand.nextRunAt !== null ? strand.nextRunAt - at : 0;
  const armed = left > 0 && left < 60_000;
  if (armed === entry.armed) return;
  entry.armed = armed;
  flag(entry.element, "data-armed", armed);
}

function flag(element, name, on) {
  if (on) element?.setAttribute(name, "true");
  else element?.removeAttribute(name);
}

import { effect, signal } from "../vendor/signals.js";
import { openStrand } from "../state/view.js";
import { drawnOf } from "./drawn.js";

/** The strand that the keyboard is at: the one that Tab comes to and that Enter opens. */
export const cursor = signal(null);
/** The strand under the pointer, or the one with the focus. */
export const hovered = signal(null);

/**
 * Marks the strands that keyboard and pointer are at, and the open one, on the elements themselves: the strands need not
 * be drawn anew for it. The answer ends it.
 */
export function markPlaces() {
  const ends = [
    mark(cursor, (entry, on) => entry.hit?.setAttribute("tabindex", on ? "0" : "-1")),
    mark(hovered, (entry, on) => flag(entry.element, "data-hover", on)),
    mark(openStrand, (entry, on) => {
      flag(entry.element, "data-open", on);
      entry.hit?.setAttribute("aria-expanded", String(on));
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

function flag(element, name, on) {
  if (on) element?.setAttribute(name, "true");
  else element?.removeAttribute(name);
}

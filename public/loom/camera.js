import { computed, signal } from "../vendor/preact.js";
import { groups } from "../state/visible.js";
import { openStrand, sidePanel } from "../state/view.js";
import { still } from "../ui/motion.js";
import { stir } from "../ui/moving.js";
import { carried, layOut, MAX_PITCH, rows, TOUCH_PITCH } from "./layout.js";
import { levelAt } from "./levels.js";

/**
 * What part of the loom is looked at, and from how near. Strands spread sideways only: near or far, beam and knots stay
 * where they are.
 */

export const NARROW = 700;
/** Part of a wide window that the panel covers. */
const PANEL = 480;

/** Of the frame, in pixels; null until it is measured. */
export const size = signal(null);
/** How far the loom is moved to the left. */
export const scroll = signal(0);
/** Distance of strands that somebody chose; null: as wide as fits. */
const chosen = signal(null);

export const room = computed(() => (size.value ? rows(size.value.height) : null));
export const layout = computed(() => (size.value ? layAt(chosen.value) : null));
export const level = computed(() => (layout.value ? levelAt(layout.value.pitch) : null));
/** How much of the right side lies under the panel. */
export const covered = computed(() => (size.value && size.value.width > NARROW && (openStrand.value !== null || sidePanel.value !== null) ? PANEL : 0));

function layAt(pitch) {
  const { width } = size.value;
  const fitted = layOut({ groups: groups.value, width, pitch });
  // A narrow screen cannot show all strands and let a finger hit one of them: it scrolls.
  return width < NARROW && pitch === null && fitted.pitch < TOUCH_PITCH ? layOut({ groups: groups.value, width, pitch: TOUCH_PITCH }) : fitted;
}

/** Moves the loom so that `to` is at the left edge; never beyond its ends. */
export function panTo(to) {
  if (!size.peek()) return;
  const end = Math.max(0, layout.peek().width + covered.peek() - size.peek().width);
  stir();
  scroll.value = Math.round(Math.min(end, Math.max(0, to)));
}

export const panBy = (way) => panTo(scroll.peek() + way);

/** Comes nearer by a factor; what is at `at` in the frame stays there. */
export function zoomAt(factor, at) {
  const before = layout.peek();
  if (!before) return;
  const pitch = Math.min(MAX_PITCH, before.pitch * factor);
  const place = scroll.peek() + at;
  chosen.value = pitch <= before.fitPitch ? null : pitch;
  panTo(carried(before, layout.peek(), place) - at);
}

let gliding = 0;
/** What is left of the glide, as a logarithm: presses in quick succession add up. */
let left = 0;

/** The same in a short glide, for keys; at once for who asked for stillness. */
export function glide(factor, at = (size.peek()?.width ?? 0) / 2) {
  if (still()) return zoomAt(factor, at);
  cancelAnimationFrame(gliding);
  left += Math.log(factor);
  const step = () => {
    const part = Math.abs(left) < 0.01 ? left : left * 0.3;
    left -= part;
    zoomAt(Math.exp(part), at);
    if (left !== 0) gliding = requestAnimationFrame(step);
  };
  step();
}

/** Everything in view again. */
export function fitLoom() {
  cancelAnimationFrame(gliding);
  left = 0;
  chosen.value = null;
  panTo(0);
}

/** Moves just so far that a strand is in view with its words, clear of the panel. */
export function reveal(id) {
  const x = layout.peek()?.x.get(id);
  if (x === undefined) return;
  const words = level.peek().how === "roomy" ? layout.peek().pitch : 60;
  const right = Math.max(40, size.peek().width - covered.peek() - words);
  if (x < scroll.peek() + 40) panTo(x - 40);
  else if (x > scroll.peek() + right) panTo(x - right);
}

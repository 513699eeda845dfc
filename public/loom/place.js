import { effect, useLayoutEffect } from "../vendor/preact.js";
import { layout, level, scroll, size } from "./camera.js";
import { cursor } from "./cursor.js";
import { bundles, draw } from "./drawn.js";

/**
 * Where things hang. Panning moves layers, which the compositor does alone. Zooming stretches them at once, and hangs the
 * strands of a few bundles in every frame anew where the stretch has them: what is drawn is never far from its true shape,
 * and no frame draws everything.
 */

/** Strands that one frame hangs anew. */
const REHUNG = 120;
/** A frame that took longer, in milliseconds, was late: the next ones do less, down to this part of what a frame may do. */
const LATE = 22;
const LEAST = 0.25;
/** While the zoom goes on a bundle may be stretched by so much, as a logarithm: threads hide more of it than words. */
const STRETCH = { thread: 0.4, near: 0.25, named: 0.14, roomy: 0.1 };

/** Keeps what is drawn in its place, and draws and drops strands as they come into sight and leave it. */
export function usePlaced() {
  useLayoutEffect(
    () =>
      effect(() => {
        void bundles.value;
        if (layout.value) for (const bundle of bundles.peek()) move(bundle, layout.value, scroll.value);
      }),
    [],
  );
  // Before the frame is painted: the first portion is in the first of them.
  useLayoutEffect(() => {
    let frame = 0;
    let seen = null;
    let before = null;
    let pace = 1;
    const go = (at) => {
      frame = 0;
      if (!layout.peek()) return;
      pace = before !== null && at - before > LATE ? Math.max(LEAST, pace / 2) : Math.min(1, pace * 1.25);
      before = null;
      const zooming = seen !== null && layout.peek().pitch !== seen.pitch;
      seen = layout.peek();
      const view = { scroll: scroll.peek(), width: size.peek().width, level: level.peek(), keep: cursor.peek(), zooming, pace };
      const more = draw(layout.peek(), view);
      const stretched = rehang(seen, view.scroll, zooming ? STRETCH[view.level.how] : 0, REHUNG * pace);
      if (!more && !stretched && !zooming) return;
      before = at ?? null;
      ask();
    };
    const ask = () => {
      frame ||= requestAnimationFrame(go);
    };
    const stop = effect(() => {
      void [layout.value, scroll.value, cursor.value];
      ask();
    });
    go();
    return () => {
      stop();
      cancelAnimationFrame(frame);
    };
  }, []);
}

/**
 * Moves a bundle as a whole, stretched by as much as it hangs too close or too wide. It stays on whole pixels: a layer
 * between two of them is blurred, and costs the compositor several times as much.
 */
export function move(bundle, { xs, pitch }, scroll) {
  if (!bundle.element) return;
  const stretch = pitch / bundle.pitch;
  const x = Math.floor(xs[bundle.from] - scroll);
  const transform = stretch === 1 ? `translate3d(${x}px,0,0)` : `translate3d(${x}px,0,0) scaleX(${stretch})`;
  if (bundle.transform !== transform) bundle.element.style.transform = bundle.transform = transform;
}

/** Hangs the most stretched bundles anew, but for those within what is borne, `most` strands of them. Answers whether some are left. */
function rehang(layout, scroll, borne, most) {
  const away = ({ pitch }) => Math.abs(Math.log(pitch / layout.pitch));
  const stretched = bundles.peek().filter((bundle) => bundle.pitch !== layout.pitch);
  stretched.sort((a, b) => away(b) - away(a));
  let left = most;
  for (const bundle of stretched) {
    if (left <= 0 || away(bundle) < borne) return true;
    bundle.pitch = layout.pitch;
    for (const entry of bundle.strands.peek()) entry.element?.setAttribute("transform", `translate(${placeIn(bundle, entry.id)},0)`);
    left -= bundle.strands.peek().length;
    move(bundle, layout, scroll);
  }
  return false;
}

/** Where a strand hangs within its bundle, which itself begins on a whole pixel. */
export function placeIn(bundle, id) {
  const { ids, xs } = layout.peek();
  let at = bundle.from;
  while (at < ids.length && ids[at] !== id) at++;
  return Math.round(((at - bundle.from) * bundle.pitch + (xs[bundle.from] % 1)) * 100) / 100;
}

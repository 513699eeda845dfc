import { html } from "../html.js";
import { effect, useLayoutEffect, useRef, useSignalEffect } from "../vendor/preact.js";
import { visibleIds } from "../state/visible.js";
import { open, openStrand } from "../state/view.js";
import { Guard } from "../ui/guard.js";
import { still } from "../ui/motion.js";
import { afterStrands } from "../ui/whenNeeded.js";
import { fitLoom, glide, layout, level, panBy, reveal, room, scroll, size, zoomAt } from "./camera.js";
import { Cloth } from "./cloth.js";
import { cursor, hovered, markPlaces } from "./cursor.js";
import { Defs } from "./defs.js";
import { bundles, drawnOf, forgetDrawn } from "./drawn.js";
import { Heads } from "./beam.js";
import { nearest } from "./layout.js";
import { makePannable } from "./pan.js";
import { move, usePlaced } from "./place.js";
import { Strand } from "./strand.js";

const [Braids, Card, Edges, Overview, UrgentNames] = ["Braids", "Card", "Edges", "Overview", "UrgentNames"].map((name) => afterStrands(() => import("./adornments.js"), name));

export { fitLoom };
export const zoomLoom = (factor) => glide(factor);

/** The Loom view: beams, and the strands that hang from them. */
export function Loom() {
  const frame = useRef(null);
  const hand = useRef(null);

  useLayoutEffect(() => {
    const measure = () => {
      const { clientWidth: width, clientHeight: height } = frame.current;
      const before = size.peek();
      if (before?.width !== width || before.height !== height) size.value = { width, height };
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(frame.current);
    return () => observer.disconnect();
  }, []);

  useLayoutEffect(() => {
    const strandAt = (x) => layout.peek().ids[within(x)] ?? null;
    return makePannable(hand.current, {
      panBy,
      zoomAt,
      still,
      hover: (x) => {
        hovered.value = x === null ? null : strandAt(x);
        hand.current.classList.toggle("on-strand", hovered.peek() !== null);
      },
      click: (x) => strandAt(x) !== null && open(strandAt(x)),
    });
  }, []);
  useLayoutEffect(markPlaces, []);
  useLayoutEffect(() => forgetDrawn, []);

  // The opened strand must not lie under the panel that tells of it.
  useSignalEffect(() => {
    const id = openStrand.value;
    if (id !== null && layout.value) queueMicrotask(() => reveal(id));
  });
  useSignalEffect(() => {
    if (!visibleIds.value.includes(cursor.value)) cursor.value = visibleIds.value[0] ?? null;
  });

  return html`<div class="loom-view">
    <div class="loom" ref=${frame} onKeyDown=${walk}>
      ${room.value && html`<${Heads} />`}
      ${room.value && html`<${Cloth} />`}
      ${room.value && html`<${World} room=${room.value} />`}
      <div class="foot-fade"></div>
      <div class="hand" ref=${hand} style=${{ height: `${room.value?.height ?? 0}px` }}></div>
    </div>
    ${room.value && html`<${Overview} />`}
    ${room.value && html`<${Edges} show=${focusStrand} />`}
    ${room.value && html`<${Card} room=${room.value} />`}
  </div>`;
}

/** Index of the strand at a place of the frame; -1 beside them all. */
function within(x) {
  const place = scroll.peek() + x;
  const { xs, pitch } = layout.peek();
  const at = nearest(layout.peek(), place);
  // The words of a roomy strand are at its right.
  const reach = level.peek().how === "roomy" ? pitch : Math.max(pitch / 2, 3) + 1;
  return at !== -1 && Math.abs(xs[at] - place) <= reach ? (level.peek().how === "roomy" ? lastBefore(xs, place) : at) : -1;
}

const lastBefore = (xs, place) => Math.max(0, xs.findLastIndex((x) => x - 14 <= place));

/** Everything that moves with the camera: the strands in bundles, and on top what goes from one to another. */
function World({ room }) {
  usePlaced();
  return html`<div class="world drawing" role="group" aria-label="Loom">
    <svg class="layer" width="0" height="0" aria-hidden="true"><${Defs} /></svg>
    ${bundles.value.map((bundle) => html`<${Bundle} key=${bundle.key} bundle=${bundle} room=${room} />`)}
    <${Weft} room=${room} />
  </div>`;
}

function Bundle({ bundle, room }) {
  const take = (element) => {
    bundle.element = element;
    bundle.transform = null;
    move(bundle, layout.peek(), scroll.peek());
  };
  return html`<div class="layer" ref=${take}>
    <svg width="1" height=${room.height}>
      ${bundle.strands.value.map((entry) => html`<${Guard} key=${entry.id} about=${entry}>${() => html`<${Strand} entry=${entry} bundle=${bundle} room=${room} />`}<//>`)}
    </svg>
  </div>`;
}

function Weft({ room }) {
  const layer = useRef(null);
  useLayoutEffect(
    () =>
      effect(() => {
        layer.current.style.transform = `translate3d(${-scroll.value}px,0,0)`;
      }),
    [],
  );
  return html`<div class="layer weft" ref=${layer}>
    <svg width="1" height=${room.height} aria-hidden="true"><${Braids} room=${room} /><${UrgentNames} room=${room} /></svg>
  </div>`;
}

let wantsFocus = null;

/** Gives the focus to a strand, as soon as it is drawn; answers whether there is such a strand. */
export function focusStrand(id) {
  if (!layout.peek()?.x.has(id)) return false;
  cursor.value = id;
  reveal(id);
  wantsFocus = id;
  const settle = () => {
    if (wantsFocus !== id) return;
    const hit = drawnOf(id)?.hit;
    if (!hit) return void requestAnimationFrame(settle);
    wantsFocus = null;
    hit.focus({ preventScroll: true });
  };
  settle();
  return true;
}

const strides = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };

function walk(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || !layout.peek()) return;
  if (event.shiftKey && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
    event.preventDefault();
    return panBy(strides[event.key] * 240);
  }
  if ((event.key === "Enter" || event.key === " ") && cursor.peek() !== null) {
    event.preventDefault();
    return open(cursor.peek());
  }
  const stride = strides[event.key];
  if (stride === undefined) return;
  event.preventDefault();
  const { ids } = layout.peek();
  const at = ids.indexOf(cursor.peek());
  focusStrand(ids[Math.min(ids.length - 1, Math.max(0, at + stride))]);
}

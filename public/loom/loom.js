import { html } from "../html.js";
import { signal, useComputed, useSignal, useSignalEffect } from "../vendor/signals.js";
import { useEffect, useLayoutEffect, useRef } from "../vendor/hooks.js";
import { groups, visibleIds } from "../state/visible.js";
import { open, openStrand } from "../state/view.js";
import { Guard } from "../ui/guard.js";
import { Beam, NodeHeading } from "./beam.js";
import { Card } from "./card.js";
import { cursor, elements } from "./cursor.js";
import { Defs } from "./defs.js";
import { Edges } from "./edges.js";
import { density, layOut, MAX_PITCH, rows, TOUCH_PITCH } from "./layout.js";
import { UrgentNames } from "./names.js";
import { makePannable } from "./pan.js";
import { Strand } from "./strand.js";

/** Distance of strands that somebody chose by zooming; null: as wide as fits. */
const chosenPitch = signal(null);
const NARROW = 700;
/** Part of a wide window that the strand panel covers. */
const PANEL = 480;
/** Strands that are drawn in one frame at the beginning: the first are seen before the last are made. */
const PORTION = 120;

/** Everything in view again. */
export function fitLoom() {
  chosenPitch.value = null;
}

/** The Loom view: beams, and the strands that hang from them. */
export function Loom() {
  const frame = useRef(null);
  const size = useSignal(null);
  const scroll = useSignal(0);
  const room = useComputed(() => (size.value ? rows(size.value.height) : null));
  const layout = useComputed(() => {
    if (!size.value) return null;
    const { width } = size.value;
    const fitted = layOut({ groups: groups.value, width, pitch: chosenPitch.value });
    // A narrow screen cannot show all strands and let a finger hit one of them: it scrolls.
    return width < NARROW && chosenPitch.value === null && fitted.pitch < TOUCH_PITCH ? layOut({ groups: groups.value, width, pitch: TOUCH_PITCH }) : fitted;
  });

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

  useLayoutEffect(() => makePannable(frame.current, (factor, at) => zoomBy(factor, at, frame.current, layout)), []);

  // The opened strand must not lie under the panel that tells of it.
  useSignalEffect(() => {
    const id = openStrand.value;
    const x = id === null ? undefined : layout.value?.x.get(id);
    if (x !== undefined) queueMicrotask(() => reveal(frame.current, x, true));
  });
  useSignalEffect(() => {
    if (!visibleIds.value.includes(cursor.value)) cursor.value = visibleIds.value[0] ?? null;
  });

  const width = size.value?.width ?? 0;
  return html`<div class="loom-view">
    <div class="loom" ref=${frame} onScroll=${() => (scroll.value = frame.current.scrollLeft)} onKeyDown=${(event) => walk(event, frame.current, layout.value)}>
      ${layout.value && html`<${Drawing} layout=${layout.value} room=${room.value} scroll=${scroll} />`}
    </div>
    ${layout.value && html`<${Edges} layout=${layout} top=${room.value.beam - 11} scroll=${scroll} width=${width} panel=${width > NARROW ? PANEL : 0} show=${focusStrand} />`}
    ${layout.value && html`<${Card} layout=${layout.value} room=${room.value} scroll=${scroll} width=${width} />`}
  </div>`;
}

function Drawing({ layout, room, scroll }) {
  const covered = openStrand.value !== null && layout.width > NARROW ? PANEL : 0;
  const strands = usePortion([...layout.x]);
  return html`<svg class="drawing" width=${layout.width + covered} height=${room.height} role="group" aria-label=${`Loom: ${layout.x.size} strands`}>
    <${Defs} />
    ${layout.nodes.map((node) => html`<${NodeHeading} key=${node.node.id} node=${node.node} x=${node.x} width=${node.width} scroll=${scroll} />`)}
    ${layout.beams.map((beam) => html`<${Beam} key=${beam.key} beam=${beam} y=${room.beam} scroll=${scroll} />`)}
    ${strands.map(([id, x]) => html`<${Guard} key=${id} about=${x}><${Strand} id=${id} x=${x} room=${room} pitch=${layout.pitch} /><//>`)}
    <rect class="fade" y=${room.fringeTop - 4} width=${layout.width} height=${room.height - room.fringeTop + 4} fill="url(#fade)" />
    ${density(layout.pitch) === "thread" && html`<${UrgentNames} layout=${layout} room=${room} />`}
  </svg>`;
}

/** The beginning of a list, more of it in every frame until it is whole; from then on all of it at once. */
function usePortion(items) {
  const size = useSignal(PORTION);
  const whole = size.value >= items.length;
  useEffect(() => {
    if (whole) return void (size.value = Infinity);
    const frame = requestAnimationFrame(() => (size.value += 2 * PORTION));
    return () => cancelAnimationFrame(frame);
  }, [size.value, whole]);
  return whole ? items : items.slice(0, size.value);
}

function zoomBy(factor, at, frame, layout) {
  const before = layout.peek();
  if (!before) return;
  const pitch = Math.min(MAX_PITCH, before.pitch * factor);
  const share = (frame.scrollLeft + at) / before.width;
  chosenPitch.value = pitch <= before.fitPitch ? null : pitch;
  queueMicrotask(() => {
    frame.scrollLeft = share * layout.peek().width - at;
  });
}

/** Zooms by the keyboard, around the middle of what is in view. */
export function zoomLoom(factor) {
  const frame = document.querySelector(".loom");
  const pitch = frame && Number(frame.querySelector(".hit")?.getAttribute("width"));
  if (pitch) chosenPitch.value = Math.min(MAX_PITCH, pitch * factor);
}

/** Scrolls just so far that a strand is in view, clear of the panel when it is open. */
function reveal(frame, x, beside) {
  if (!frame) return;
  const right = frame.clientWidth - (beside && frame.clientWidth > NARROW ? PANEL : 0) - 60;
  if (x < frame.scrollLeft + 40) frame.scrollLeft = x - 40;
  else if (x > frame.scrollLeft + right) frame.scrollLeft = x - right;
}

/** Gives the focus to a strand; answers whether it is drawn. */
export function focusStrand(id) {
  const element = elements.get(id);
  if (!element) return false;
  element.focus({ preventScroll: true });
  const frame = element.closest(".loom");
  const x = Number(/translate\(([-\d.]+)/.exec(element.parentNode.getAttribute("transform"))?.[1] ?? 0);
  reveal(frame, x, openStrand.peek() !== null);
  return true;
}

const strides = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };

function walk(event, frame, layout) {
  if (event.ctrlKey || event.metaKey || event.altKey || !layout) return;
  if (event.shiftKey && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
    frame.scrollLeft += strides[event.key] * 240;
    event.preventDefault();
    return;
  }
  if ((event.key === "Enter" || event.key === " ") && cursor.peek() !== null) {
    event.preventDefault();
    open(cursor.peek());
    return;
  }
  const stride = strides[event.key];
  if (stride === undefined) return;
  event.preventDefault();
  const ids = [...layout.x.keys()];
  const at = ids.indexOf(cursor.peek());
  focusStrand(ids[Math.min(ids.length - 1, Math.max(0, at + stride))]);
}

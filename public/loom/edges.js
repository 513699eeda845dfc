import { html } from "../html.js";
import { useComputed } from "../vendor/preact.js";
import { covered, layout, panTo, scroll, size } from "./camera.js";
import { asking, wanted } from "./wanted.js";

/**
 * What wants somebody beyond the edges of what is in sight, and the way there: a red strand must not hide by hanging
 * far away.
 */
export function Edges({ show }) {
  const placed = useComputed(() => wanted.value.filter(({ tone }) => asking.includes(tone)).map((each) => ({ ...each, x: layout.value.x.get(each.id) ?? 0 })));
  const left = useComputed(() => placed.value.filter(({ x }) => x < scroll.value).length);
  const right = useComputed(() => placed.value.filter(({ x }) => x > scroll.value + size.value.width - covered.value).length);
  const before = placed.value.slice(0, left.value);
  const after = right.value === 0 ? [] : placed.value.slice(-right.value);
  return html`
    ${before.length > 0 && html`<${Edge} side="left" at=${12} found=${before} go=${() => show(before.at(-1).id)} />`}
    ${after.length > 0 && html`<${Edge} side="right" at=${covered.value + 12} found=${after} go=${() => show(after[0].id)} />`}
  `;
}

function Edge({ side, at, found, go }) {
  const words = asking.map((tone) => ({ tone, count: found.filter((each) => each.tone === tone).length })).filter(({ count }) => count > 0);
  return html`<button type="button" class=${`edge ${side}`} style=${{ [side]: `${at}px` }} title=${`Further ${side}`} onClick=${go}>
    ${words.map(({ tone, count }) => html`<span class=${`state tone-${tone}`} key=${tone}>${count} ${tone}</span>`)}
  </button>`;
}

/** The most urgent is drawn last, over the others. */
const shown = ["running", ...asking.toReversed()];

/**
 * The whole loom in one line at the foot, when it is wider than the frame: its beams, whatever wants somebody, and the
 * part that is in sight. It takes the place of a scroll bar; the keyboard has arrows and `n`.
 */
export function Overview() {
  const marks = useComputed(() => {
    const paths = Object.fromEntries(shown.map((tone) => [tone, ""]));
    for (const { id, tone } of wanted.value) paths[tone] += `M${layout.value.x.get(id) ?? 0},1V11`;
    return paths;
  });
  const whole = layout.value.width + covered.value;
  const { width } = size.value;
  if (whole <= width + 1) return null;
  const go = (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    panTo(((event.clientX - box.left) / box.width) * whole - width / 2);
  };
  return html`<div
    class="overview"
    aria-hidden="true"
    onPointerDown=${(event) => {
      event.currentTarget.setPointerCapture(event.pointerId);
      go(event);
    }}
    onPointerMove=${(event) => event.currentTarget.hasPointerCapture(event.pointerId) && go(event)}
  >
    <svg viewBox=${`0 0 ${whole} 12`} preserveAspectRatio="none">
      ${layout.value.beams.map((beam) => html`<path key=${beam.key} class="overview-beam" d=${`M${beam.x},6h${beam.width}`} />`)}
      ${shown.map((tone) => marks.value[tone] && html`<path key=${tone} class=${`overview-mark tone-${tone}`} d=${marks.value[tone]} />`)}
    </svg>
    <div class="overview-view" style=${{ width: `${(width / whole) * 100}%`, transform: `translateX(${(scroll.value / width) * 100}%)` }}></div>
  </div>`;
}

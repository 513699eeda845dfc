import { html } from "../html.js";
import { useComputed } from "../vendor/preact.js";
import { covered, layout, panTo, scroll, size } from "./camera.js";
import { asking, wanted } from "./wanted.js";

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

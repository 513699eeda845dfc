import { html } from "../html.js";

/** A state as a small shape of its own, so that colour is never the only sign of it. */
export function Mark({ tone }) {
  return html`<svg class=${`mark tone-${tone}`} viewBox="-8 -8 16 16" width="16" height="16" aria-hidden="true">${shapes[tone] ?? shapes.idle}</svg>`;
}

const diamond = "M0,-6L6,0L0,6L-6,0Z";
const shapes = {
  running: html`<path class="solid" d=${diamond} /><circle class="halo-ring" r="7" />`,
  failed: html`<path class="solid" d=${diamond} /><path class="cut" d="M0,-3.4V0.8M0,2.8V3" />`,
  acknowledged: html`<path class="line" d=${diamond} /><path class="line" d="M-2.4,0L-0.6,2L2.6,-2" />`,
  missed: html`<circle class="line dashed" r="5.4" />`,
  overdue: html`<circle class="line" r="5.4" /><path class="line" d="M0,-3V0H2.4" />`,
  waiting: html`<path class="solid" d=${diamond} /><path class="cut" d="M-1.5,-2.4V2.4M1.5,-2.4V2.4" />`,
  ok: html`<path class="line" d=${diamond} />`,
  stuck: html`<path class="solid" d="M-5,-6H5L-5,6H5Z" />`,
  changed: html`<path class="line" d="M-6,0H-2L0,-5L2,5L4,0H6" />`,
  gone: html`<path class="line" d="M-4,-4L4,4M4,-4L-4,4" />`,
  idle: html`<circle class="line" r="3" />`,
  paused: html`<path class="line" d="M-2.5,-5V5M2.5,-5V5" />`,
  broken: html`<path class="line" d="M-6,-5L0,3L-1,-3L6,5" />`,
  disabled: html`<path class="line dotted" d="M0,-7V7" />`,
  stale: html`<path class="line dashed" d="M-4,-6V6M0,-6V6M4,-6V6" />`,
};

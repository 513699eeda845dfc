import { html } from "../html.js";

/** Gradients that strands share. Their colours come from the style sheet, so they follow the theme. */
export function Defs() {
  const glow = (name) => html`<radialGradient id=${`glow-${name}`}>
    <stop class=${`stop-${name} strong`} offset="0" />
    <stop class=${`stop-${name} weak`} offset=".45" />
    <stop class=${`stop-${name} none`} offset="1" />
  </radialGradient>`;
  return html`<defs>
    ${glow("running")} ${glow("failed")} ${glow("missed")}
    <linearGradient id="tail" gradientUnits="userSpaceOnUse" x1="0" y1="-58" x2="0" y2="0">
      <stop class="stop-running none" offset="0" />
      <stop class="stop-running full" offset="1" />
    </linearGradient>
    <linearGradient id="brass" x1="0" y1="0" x2="0" y2="1">
      <stop class="stop-brass-light" offset="0" />
      <stop class="stop-brass" offset=".5" />
      <stop class="stop-brass-dark" offset="1" />
    </linearGradient>
  </defs>`;
}

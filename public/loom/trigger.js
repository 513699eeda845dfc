import { html } from "../html.js";
import { NAMED_PITCH } from "./layout.js";

/** What is inside the ring on the beam: how a strand is started. */
const signs = {
  cron: "M0,-2.9V0.2H2.3",
  every: "M2.4,-1.4A2.8,2.8 0 1 0 2.8,0.6M2.6,-3.2V-1.2H0.7",
  at: "M-0.1,0H0.1",
  manual: "M0,-2.4V1.2M-1.9,-0.4L0,1.7L1.9,-0.4",
  event: "M0.8,-3L-1.6,0.5H1.3L-0.7,3",
  unknown: "M-1.4,-1.1A1.5,1.5 0 1 1 0,0.6M0,2.3V2.5",
};

/** The ring by which a strand hangs from its beam. `armed`: it fires within a minute. */
export function Trigger({ kind, y, pitch, armed }) {
  if (pitch < NAMED_PITCH) return html`<circle class=${armed ? "ring armed" : "ring"} cy=${y} r=${Math.min(4, pitch * (armed ? 0.5 : 0.24))} />`;
  return html`<g class=${armed ? "trigger armed" : "trigger"} transform=${`translate(0,${y})`}>
    <circle class="ring" r="5.4" />
    <path class=${`sign sign-${kind}`} d=${signs[kind] ?? signs.unknown} />
  </g>`;
}

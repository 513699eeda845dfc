import { html } from "../html.js";
import { triggers } from "./glyphs.js";

/** The ring by which a strand hangs from its beam: how it starts. A job that the scheduler made for itself has a square one. */
export function drawTrigger(strand, y, level) {
  if (level.how === "thread") return level.knot > 1 && html`<circle class="ring" cy=${y} r=${level.knot} />`;
  if (level.how === "near" && !strand.system) return html`<circle class="ring" cy=${y} r=${level.knot} />`;
  const r = level.how === "near" ? level.knot : 5.4;
  return html`<g class="trigger" transform=${`translate(0,${y})`}>
    ${strand.system ? html`<rect class="ring" x=${-r * 0.9} y=${-r * 0.9} width=${r * 1.8} height=${r * 1.8} rx="1" />` : html`<circle class="ring" r=${r} />`}
    ${level.how !== "near" && html`<path class=${`sign sign-${strand.trigger.kind}`} d=${triggers[signOf(strand)] ?? triggers.unknown} />`}
  </g>`;
}

/** A workflow without a schedule shows what else starts it. */
function signOf({ paused, done, trigger, woven }) {
  if (paused) return "paused";
  if (done) return "done";
  return trigger.kind === "event" ? (woven?.startedBy[0] ?? "event") : trigger.kind;
}

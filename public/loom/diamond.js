import { html } from "../html.js";
import { clip } from "../ui/format.js";
import { bang, broken, diamond, hourglass, pause, slash } from "./glyphs.js";

const loud = ["failed", "broken", "running"];
/** Nothing but a diamond. Most are, and without a transform of their own the browser has a fifth as much to sort in each frame. */
const plain = ["ok", "done", "idle"];

/** One step as a diamond. From afar only those are drawn that something happens at. */
export function Step({ step, look, x, y, level, stuck, seen, waits }) {
  const small = level.how === "thread";
  const red = look === "failed" || look === "broken";
  if (small && (!loud.includes(look) || (red && seen))) return null;
  if (level.how !== "roomy" && plain.includes(look)) return html`<g class=${`step t-${look}`}><path class="diamond" d=${diamond(level.diamond, x, y)} /></g>`;
  const r = level.diamond + (loud.includes(look) ? 1.2 : 0);
  const held = stuck && look === "running";
  return html`<g class=${`step t-${look}`} transform=${`translate(${x},${y})`}>
    ${red && !seen && html`<circle r=${small ? 12 : 20} fill="url(#glow-failed)" />`}
    ${held && html`<circle r=${small ? 12 : 19} fill="url(#glow-missed)" />`}
    <path class="diamond" d=${held ? hourglass(r) : look === "broken" ? broken(r) : diamond(r)} />
    ${look === "failed" && r > 5 && html`<path class="bang" d=${bang} />`}
    ${waits && !held && r > 4 && html`<path class="bang" d=${pause} />`}
    ${look === "skipped" && !small && html`<path class="slash" d=${slash(r)} />`}
    ${level.how === "roomy" && html`<text class="step-name" x="17" y="4" aria-hidden="true">${clip(step.label, 14)}${note(step, look, held, level.cells - step.label.length - 1)}</text>`}
  </g>`;
}

/** Why a step was passed over, in fewer words than the panel has. */
const reasons = { when: "not needed", dependency: "not reached", cancelled: "cancelled", not_requested: "not asked for", passed_over: "passed over", nothing_to_say: "silent", delivery_unknown: "unknown" };

/** What there is to say of a step beside its name. */
function note(step, look, held, cells) {
  const words = held ? "stuck" : look === "skipped" ? (reasons[step.reason] ?? "skipped") : { running: "running", failed: "failed", broken: "interrupted" }[look];
  return words && cells > 3 && html`<tspan class="note" dx="7">${clip(words, cells)}</tspan>`;
}

import { html } from "../html.js";
import { useComputed } from "../vendor/preact.js";
import { progressOf } from "../state/watch.js";
import { clip } from "../ui/format.js";
import { stepTone } from "../ui/words.js";
import { bang, broken, diamond, hourglass, pause, slash } from "./glyphs.js";

const loud = ["failed", "broken", "running"];
/** Nothing but a diamond. */
const plain = ["ok", "done", "idle"];
/** Height of a label beside a step, and distance of the beads of its phases, in pixels. */
const LINE = 13;
const BEAD = 5;

/** Whether a step is drawn: from afar only those that something happens at. */
export const isDrawn = (look, level, seen) => level.how !== "thread" || (loud.includes(look) && !(seen && (look === "failed" || look === "broken")));

/** Whether a step is a diamond without a word or a sign, where hundreds of strands are in sight. */
export const isQuiet = (look, step, level) => level.how === "near" && plain.includes(look) && step.phases.length === 0;

/** The quiet steps of a strand as one path for each look: most strands have one element where they would have ten. */
export function drawQuiet(steps, looks, places, bendAt, level) {
  if (level.how !== "near") return null;
  return plain.map((look) => {
    const drawn = places.filter((_, at) => looks[at] === look && isQuiet(look, steps[at], level));
    return drawn.length > 0 && html`<g class=${`step t-${look}`} key=${look}><path class="diamond" d=${drawn.map(({ x, y }) => diamond(level.diamond, bendAt(y) + x, y)).join("")} /></g>`;
  });
}

/**
 * One step as a diamond.
 * @param {{ place: { x: number, place: number, of: number, gap: number } }} props as `stepPlaces` has it; `runId` is of the run under way
 */
export function Step({ step, look, x, y, place, runId, level, stuck, seen, waits }) {
  const small = level.how === "thread";
  const red = look === "failed" || look === "broken";
  const r = level.diamond + (loud.includes(look) ? 1.2 : 0);
  const held = stuck && look === "running";
  return html`<g class=${`step t-${look}`} transform=${`translate(${x},${y})`}>
    ${red && !seen && html`<circle r=${small ? 12 : 20} fill="url(#glow-failed)" />`}
    ${held && html`<circle r=${small ? 12 : 19} fill="url(#glow-missed)" />`}
    <path class="diamond" d=${held ? hourglass(r) : look === "broken" ? broken(r) : diamond(r)} />
    ${look === "failed" && r > 5 && html`<path class="bang" d=${bang} />`}
    ${waits && !held && r > 4 && html`<path class="bang" d=${pause} />`}
    ${look === "skipped" && !small && html`<path class="slash" d=${slash(r)} />`}
    ${look === "running" && !small && html`<${Share} step=${step} runId=${runId} r=${r + 3} />`}
    ${["named", "roomy"].includes(level.how) && html`<${Phases} phases=${step.phases} r=${r} gap=${place.gap} />`}
    ${level.how === "roomy" && html`<${Label} step=${step} look=${look} held=${held} place=${place} cells=${level.cells} />`}
  </g>`;
}

/** How much of its list a step has done, or how far it says it is, as a part of a ring. */
function Share({ step, runId, r }) {
  const told = useComputed(() => progressOf(runId, step.id));
  const share = step.items?.all > 0 ? step.items.done / step.items.all : told.value;
  return share !== null && html`<circle class="share" r=${r} pathLength="1" stroke-dasharray=${`${Math.min(1, share)} 1`} transform="rotate(-90)" />`;
}

/** The phases of a step, strung on the thread below it as far as there is room. */
function Phases({ phases, r, gap }) {
  const most = Math.max(0, Math.floor((gap - 2 * r - 6) / BEAD));
  return phases.slice(0, most).map((phase, at) => html`<circle class=${`bead b-${stepTone(phase.status)}`} key=${at} cy=${r + 5 + at * BEAD} r="1.9" />`);
}

/** Labels of steps that lie side by side stand one below the other, clear of the rightmost, as many as there is room for. */
function Label({ step, look, held, place: { x, place, of, gap, right }, cells }) {
  const lines = Math.min(of, Math.max(1, Math.floor(gap / LINE)));
  if (place >= lines) return null;
  const rest = place === lines - 1 && of > lines ? `+${of - lines}` : "";
  return html`<text class="step-name" x=${17 + right - x} y=${4 + (place - (lines - 1) / 2) * LINE} aria-hidden="true">${clip(step.label, 14)}${note(step, look, held, cells - step.label.length - 1 - Math.ceil(right / 7))}${rest && html`<tspan class="note" dx="7">${rest}</tspan>`}</text>`;
}

/** Why a step was passed over, in fewer words than the panel has. */
const reasons = { when: "not needed", dependency: "not reached", cancelled: "cancelled", not_requested: "not asked for", passed_over: "passed over", nothing_to_say: "silent", delivery_unknown: "unknown" };

/** What there is to say of a step beside its name: of a list how much is done, while it runs its phase. */
function note(step, look, held, cells) {
  const { items, phases } = step;
  const phase = look === "running" ? phases.findLast(({ status }) => stepTone(status) === "running")?.name : null;
  const done = items === null ? "" : items.failed > 0 && look === "failed" ? `${items.failed} of ${items.all} failed` : `${items.done}/${items.all}`;
  const words = held ? "stuck" : look === "skipped" ? (reasons[step.reason] ?? "skipped") : done || phase || (step.status === "retrying" ? "retries" : { running: "running", waiting: "waits its turn", failed: "failed", broken: "interrupted" }[look]);
  return words && cells > 3 && html`<tspan class="note" dx="7">${clip(words, cells)}</tspan>`;
}

import { html } from "../html.js";
import { useComputed } from "../vendor/signals.js";
import { useMemo } from "../vendor/hooks.js";
import { now } from "../state/clock.js";
import { commandOf, strandOf } from "../state/store.js";
import { isPending } from "../state/actions.js";
import { open, openStrand } from "../state/view.js";
import { cellsOf, clip } from "../ui/format.js";
import { looks, nextLine, nextWord, runTone, spoken, statusLine, stepTone } from "../ui/words.js";
import { cursor, elements, hovered } from "./cursor.js";
import { bend, density, fringePaths, labelRoom, missedY, share, stepYs, threadPath } from "./layout.js";
import { Pulse } from "./pulse.js";
import { Trigger } from "./trigger.js";

const DIAMOND = { roomy: 6.6, named: 5.4, thread: 4 };
/** Width of a character beside its font size, in every monospace font worth the name. */
const CELL = 0.61;
/** Cells that the time after a name takes, with the gap before it. */
const WHEN = 9;

/** One strand, from its ring on the beam to its fringe. Re-rendered only by its own signal and by a change of place. */
export function Strand({ id, x, room, pitch }) {
  const strand = strandOf(id).value;
  const how = density(pitch);
  const bendAt = useMemo(() => bend(id, pitch, room), [id, pitch, room]);
  const paths = useMemo(() => ({ whole: threadPath(bendAt, room.beam, room.knot) }), [bendAt, room]);
  const label = useComputed(() => {
    const self = strandOf(id).value;
    // Only the strand that is being read to somebody keeps up with the clock.
    return self ? spoken(self, cursor.value === id ? now.value : now.peek()) : "";
  });
  const stop = useComputed(() => (cursor.value === id ? 0 : -1));
  const expanded = useComputed(() => (openStrand.value === id ? "true" : "false"));
  const armed = useComputed(() => {
    const self = strandOf(id).value;
    return Boolean(self?.enabled && self.nextRunAt !== null && self.nextRunAt > now.value && self.nextRunAt - now.value < 60_000);
  });
  if (!strand) return null;

  const ys = stepYs(strand.steps.length, room);
  const active = activeStep(strand);
  const missed = strand.status === "missed" || strand.status === "overdue";
  const asked = isPending(commandOf(id).value);
  const restY = active === null ? room.beam + (room.knot - room.beam) * 0.6 : ys[active];
  return html`<g
    class=${`strand d-${how} ${looks(strand)}${asked ? " asked" : ""}`}
    transform=${`translate(${x},0)`}
    data-strand=${id}
    data-open=${expanded}
    onClick=${() => open(id)}
    onPointerEnter=${(event) => event.pointerType === "mouse" && (hovered.value = id)}
    onPointerLeave=${() => hovered.peek() === id && (hovered.value = null)}
  >
    <rect
      class="hit"
      x=${-pitch * share(pitch)}
      y=${room.beam - 12}
      width=${pitch}
      height=${room.height - room.beam}
      role="button"
      tabindex=${stop}
      aria-label=${label}
      aria-expanded=${expanded}
      ref=${(element) => (element ? elements.set(id, element) : elements.delete(id))}
      onFocus=${() => {
        cursor.value = id;
        hovered.value = id;
      }}
      onBlur=${() => (hovered.value = null)}
    />
    <path class="thread" d=${paths.whole} />
    ${strand.activeRun && html`<path class="lit" d=${threadPath(bendAt, room.beam, restY)} />`}
    <${Trigger} kind=${strand.trigger.kind} y=${room.beam} pitch=${pitch} armed=${armed.value} />
    ${how === "named" && html`<${Name} strand=${strand} top=${room.labelTop} length=${labelRoom(ys, missed, room)} />`}
    ${how === "roomy" && html`<${Legend} strand=${strand} room=${room} pitch=${pitch} />`}
    ${missed && html`<${MissedRing} bendAt=${bendAt} room=${room} small=${how === "thread"} />`}
    ${strand.steps.map((step, at) => html`<${Step} key=${at} tone=${toneOfStep(strand, step, at, active)} label=${step.label} x=${bendAt(ys[at])} y=${ys[at]} how=${how} waits=${strand.status === "waiting" && at === active} />`)}
    <${Knot} strand=${strand} room=${room} how=${how} pitch=${pitch} />
    <${Pulse} runId=${strand.activeRun?.id ?? null} finishedId=${strand.lastRun?.id ?? null} y=${restY} bendAt=${bendAt} top=${room.beam} bottom=${room.knot} />
  </g>`;
}

/** Index of the step that the run under way is at, or null where there is none. */
function activeStep(strand) {
  if (!strand.activeRun || strand.steps.length === 0) return null;
  const named = strand.steps.findIndex((step) => step.id === strand.activeRun.stepId);
  const running = strand.steps.findIndex((step) => stepTone(step.status) === "running");
  return Math.max(0, named === -1 ? running : named);
}

/** While a run is under way its place tells of the steps; what the steps said before is about an older run. */
function toneOfStep(strand, step, at, active) {
  if (active === null) return stepTone(step.status);
  if (at === active) return "running";
  return at < active ? "done" : "idle";
}

function Step({ tone, label, x, y, how, waits }) {
  const loud = tone === "failed" || tone === "running";
  if (how === "thread" && !loud) return null;
  const r = DIAMOND[how] + (loud ? 1.2 : 0);
  return html`<g class=${`step t-${tone}`} transform=${`translate(${x},${y})`}>
    ${tone === "failed" && html`<circle r=${how === "thread" ? 13 : 20} fill="url(#glow-failed)" />`}
    <path class="diamond" d=${`M0,${-r}L${r},0L0,${r}L${-r},0Z`} />
    ${tone === "failed" && how !== "thread" && html`<path class="bang" d="M0,-3.4V0.7M0,2.9V3.1" />`}
    ${waits && html`<path class="bang" d="M-1.5,-2.4V2.4M1.5,-2.4V2.4" />`}
    ${how === "roomy" && html`<text class="step-name" x="16" y="4" aria-hidden="true">${clip(label, 14)}</text>`}
  </g>`;
}

/** The name along the thread, and after it the time of the next firing where there is room: the name goes first. */
function Name({ strand, top, length }) {
  const cells = Math.floor(length / (12 * CELL));
  const name = clip(strand.name, Math.max(6, cells));
  const used = cellsOf(name);
  return html`<g transform=${`translate(7,${top}) rotate(90)`} aria-hidden="true">
    <text class="name">${name}</text>
    ${used + WHEN <= cells && html`<text class="when" x=${(used + 1.4) * 12 * CELL}><${Countdown} id=${strand.id} /></text>`}
  </g>`;
}

/** Characters of a font size that fit between a thread and the next. */
const cellsBeside = (pitch, size) => Math.floor((pitch - 26) / (size * CELL));

/** Where there is room: name, schedule and next firing as lines. */
function Legend({ strand, room, pitch }) {
  return html`<g class="legend" aria-hidden="true" transform=${`translate(14,${room.beam + 34})`}>
    <text class="name">${clip(strand.name, cellsBeside(pitch, 13))}</text>
    <text class="schedule" y="18">${clip(strand.trigger.text, cellsBeside(pitch, 11))}</text>
    <text class="when" y="36"><${Countdown} id=${strand.id} full=${true} /></text>
  </g>`;
}

/** Ticks by itself: nothing else of the strand is touched when a second passes. */
function Countdown({ id, full = false }) {
  const words = useComputed(() => {
    const strand = strandOf(id).value;
    return strand ? (full ? nextLine : nextWord)(strand, now.value) : "";
  });
  return html`${words}`;
}

/** The hollow ring of a firing that did not happen. */
function MissedRing({ bendAt, room, small }) {
  const y = missedY(room);
  return html`<g class="missed-ring" transform=${`translate(${bendAt(y)},${y})`}>
    <circle r="20" fill="url(#glow-missed)" />
    <circle class="hoop" r=${small ? 4 : 6.2} />
  </g>`;
}

/** Where the thread ends: the last result, and below it the fringe of the runs before. */
function Knot({ strand, room, how, pitch }) {
  const fringe = useMemo(() => fringePaths(strand.recent, runTone, pitch, room), [strand.recent, pitch, room]);
  const silent = strand.status === "failed" && !strand.steps.some((step) => stepTone(step.status) === "failed");
  return html`<g>
    ${silent && html`<circle cy=${room.knot} r="16" fill="url(#glow-failed)" />`}
    <circle class="knot" cy=${room.knot} r=${how === "thread" ? Math.min(3, pitch * 0.42) : 3.8} />
    ${fringe.map((path) => html`<path class=${`tick k-${path.tone}`} key=${path.tone} d=${path.d} />`)}
    ${how === "roomy" && html`<text class="result" aria-hidden="true" x="14" y=${room.knot + 4}><${Result} id=${strand.id} cells=${cellsBeside(pitch, 11)} /></text>`}
  </g>`;
}

function Result({ id, cells }) {
  const words = useComputed(() => {
    const strand = strandOf(id).value;
    return strand ? clip(statusLine(strand, now.value), cells) : "";
  });
  return html`${words}`;
}

import { html } from "../html.js";
import { useComputed, useMemo } from "../vendor/preact.js";
import { now } from "../state/clock.js";
import { commandOf, isPending, strandOf } from "../state/store.js";
import { open, openStrand } from "../state/view.js";
import { cellsOf, clip } from "../ui/format.js";
import { nextWord, runTone, spoken, stepTone } from "../ui/words.js";
import { afterStrands } from "../ui/whenNeeded.js";
import { cursor, hovered } from "./cursor.js";
import { bend, fringePaths, labelRoom, threadPath } from "./layout.js";
import { placeIn } from "./place.js";
import { branchPath, stepPlaces } from "./ranks.js";
import { drawSigns } from "./signs.js";
import { activeStep, heldWord, standing, stepLook } from "./standing.js";
import { drawQuiet, isDrawn, isQuiet, Step } from "./diamond.js";
import { drawTrigger } from "./trigger.js";

const [Beside, Pulse] = ["Beside", "Pulse"].map((name) => afterStrands(() => import("./adornments.js"), name));

/** Width of a character beside its font size, in every monospace font worth the name. */
export const CELL = 0.61;
/** Cells that the time after a name takes, with the gap before it. */
const WHEN = 9;

/**
 * One strand, from its ring on the beam to its fringe. Drawn anew only by its own signal and by a change of its level;
 * where it hangs, and whether keyboard and pointer are at it, is written on its elements by `place.js` and `cursor.js` and
 * only read here, never followed.
 * @param {{ entry: { id: string, level: { value: object }, element: Element, hit: Element } }} props `element` and `hit` are filled in
 */
export function Strand({ entry, bundle, room }) {
  const { id } = entry;
  const strand = strandOf(id).value;
  const level = entry.level.value;
  const asked = isPending(commandOf(id).value);
  const bendAt = useMemo(() => bend(id, level.sway, room), [level.sway, room]);
  const whole = useMemo(() => threadPath(bendAt, room.beam, room.knot, level.sway === 0), [bendAt]);
  const fringe = useMemo(() => (strand ? fringePaths(strand.recent, runTone, level.tick, room) : []), [strand?.recent, level.tick, room]);
  if (!strand) return null;

  const how = standing(strand);
  const places = stepPlaces(strand, room, level);
  const active = activeStep(strand);
  const looks = strand.steps.map((_, at) => stepLook(strand, at, active));
  const restY = active === null ? room.beam + (room.knot - room.beam) * 0.62 : places[active].y;
  return html`<g
    class=${`strand d-${level.how} ${how.classes}${asked ? " asked" : ""}`}
    transform=${`translate(${placeIn(bundle, id)},0)`}
    data-strand=${id}
    data-open=${openStrand.peek() === id ? "true" : null}
    data-hover=${hovered.peek() === id ? "true" : null}
    ref=${(element) => (entry.element = element)}
  >
    <rect
      class="hit"
      x=${level.how === "roomy" ? -14 : -level.hit / 2}
      y=${room.beam - 12}
      width=${level.hit}
      height=${room.height - room.beam - 8}
      role="button"
      tabindex=${cursor.peek() === id ? 0 : -1}
      aria-label=${spoken(strand, now.peek())}
      aria-expanded=${openStrand.peek() === id ? "true" : "false"}
      ref=${(element) => (entry.hit = element)}
      onFocus=${(event) => {
        // What is read to somebody is told as of now.
        event.currentTarget.setAttribute("aria-label", spoken(strandOf(id).peek() ?? strand, now.peek()));
        cursor.value = id;
        hovered.value = id;
      }}
      onBlur=${() => (hovered.value = null)}
      onClick=${() => open(id)}
    />
    <path class="thread" d=${whole} stroke-dashoffset=${slant(bundle, id)} />
    ${places.map((place, at) => place.x !== 0 && html`<path class="thread branch" key=${at} d=${branchPath(place, bendAt)} />`)}
    ${strand.activeRun && html`<path class="lit" d=${threadPath(bendAt, room.beam, restY)} />`}
    ${drawTrigger(strand, room.beam, level)}
    ${level.how === "named" && html`<${Name} strand=${strand} held=${how.held} top=${room.labelTop} length=${labelRoom(places.map(({ y }) => y).toSorted((a, b) => a - b), how.sign, room)} />`}
    ${drawSigns(how, room, bendAt, level)}
    ${drawQuiet(strand.steps, looks, places, bendAt, level)}
    ${looks.map((look, at) => isDrawn(look, level, how.seen) && !isQuiet(look, strand.steps[at], level) && html`<${Step} key=${at} step=${strand.steps[at]} look=${look} x=${bendAt(places[at].y) + places[at].x} y=${places[at].y} place=${places[at]} runId=${strand.activeRun?.id ?? null} level=${level} stuck=${how.stuck} seen=${how.seen} waits=${strand.status === "waiting" && at === active} />`)}
    ${drawKnot(strand, how.end, room, level, fringe)}
    ${level.how === "roomy" && html`<${Beside} strand=${strand} room=${room} signed=${how.sign} />`}
    <${Pulse} runId=${strand.activeRun?.id ?? null} finishedId=${strand.lastRun?.id ?? null} stuck=${how.stuck || looks[active] === "waiting"} small=${level.how === "thread"} x=${active === null ? 0 : places[active].x} y=${restY} bendAt=${bendAt} top=${room.beam} bottom=${room.knot} />
  </g>`;
}

/** Dashes that begin a little higher on each thread than on the one before: side by side they read as a hatching. */
const slant = (bundle, id) => Math.round((placeIn(bundle, id) / bundle.pitch) * 2.2) % 11;

/** The name along the thread, and after it the time of the next firing where there is room: the name goes first. */
function Name({ strand, held, top, length }) {
  const cells = Math.floor(length / (12 * CELL));
  const name = clip(strand.name, Math.max(6, cells));
  const used = cellsOf(name);
  return html`<g transform=${`translate(${held ? 9 : 7},${top}) rotate(90)`} aria-hidden="true">
    <text class="name">${name}</text>
    ${used + WHEN <= cells && html`<text class="when" x=${(used + 1.4) * 12 * CELL}><${Countdown} id=${strand.id} /></text>`}
  </g>`;
}

function Countdown({ id }) {
  const words = useComputed(() => {
    const strand = strandOf(id).value;
    return strand ? heldWord(strand, now.value) || nextWord(strand, now.value) : "";
  });
  return html`${words}`;
}

/** Where the thread ends: the last result, and below it the fringe of the runs before. */
function drawKnot(strand, end, room, level, fringe) {
  const silent = strand.status === "failed" && !strand.steps.some((step) => stepTone(step.status) === "failed");
  const r = level.knot;
  return html`
    ${silent && html`<circle cy=${room.knot} r=${level.how === "thread" ? 11 : 16} fill="url(#glow-failed)" />`}
    ${r > 0 && (end === "tied" ? html`<path class="knot-tied" d=${`M${-r * 1.3},${room.knot}H${r * 1.3}M${-r * 0.8},${room.knot + 3}H${r * 0.8}`} />` : html`<circle class=${`knot k-end-${end}`} cy=${room.knot} r=${r} />`)}
    ${end === "skipped" && r > 2.5 && html`<path class="slash" d=${`M${-r},${room.knot + r}L${r},${room.knot - r}`} />`}
    ${fringe.map((path) => html`<path class=${`tick k-${path.tone}`} key=${path.tone} d=${path.d} />`)}
  `;
}

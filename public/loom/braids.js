import { html } from "../html.js";
import { useComputed } from "../vendor/preact.js";
import { revision, strandOf } from "../state/store.js";
import { visibleIds } from "../state/visible.js";
import { openStrand } from "../state/view.js";
import { cellsOf, clip, plural } from "../ui/format.js";
import { covered, layout, level, scroll, size } from "./camera.js";
import { hovered } from "./cursor.js";
import { inSight } from "./inSight.js";
import { bend } from "./layout.js";
import { stepPlaces } from "./ranks.js";
import { causes, gather, labelOf, threadsOf } from "./shared.js";

/** Faint braids are drawn for what few strands share; what half the loom shares is lit on demand only. */
const FEW = 9;
const MOST_FAINT = 6;
const LABEL = 44;

/**
 * The weft: curves from step to step that share something. Red at all times where a shared thing fails on several strands,
 * lit for the strand that pointer or keyboard is at, and faint where they are few.
 */
export function Braids({ room }) {
  const shared = useComputed(sharedNow);
  const at = hovered.value ?? openStrand.value;
  const { braids, causes: red } = shared.value;
  const told = new Set(red.map(({ key }) => key));
  const lit = at === null ? [] : [...braids].filter(([key, threads]) => !told.has(key) && threads.some(({ id }) => id === at));
  const faint = ["named", "roomy"].includes(level.value.how) ? [...braids].filter(([key, threads]) => threads.length <= FEW && !told.has(key) && !lit.some(([other]) => other === key)).slice(0, MOST_FAINT) : [];
  const sight = { from: scroll.value, to: scroll.value + size.value.width, keep: at };
  const shown = [
    ...red.map(({ key, threads, label }, lower) => ({ key, look: "red", threads, lower, label })),
    ...lit.map(([key, threads], lower) => ({ key, look: "bright", threads, lower, near: at, label: `${labelOf(key)} · ${plural(new Set(threads.map(({ id }) => id)).size, "strand")}` })),
    ...faint.map(([key, threads]) => ({ key, look: "faint", threads, lower: 0, label: null })),
  ]
    .map((braid) => ({ ...braid, points: inSight(braid.threads, layout.value.x, sight).map(({ id, at: step }) => pointOf(id, step, room)).filter(Boolean) }))
    .filter(({ points }) => points.length > 1);
  return html`<g class="braids" aria-hidden="true">
    ${shown.toReversed().map((braid) => html`<${Braid} key=${braid.key} look=${braid.look} points=${braid.points} lower=${braid.lower} />`)}
    ${labels(shown).map((label) => html`<${Label} key=${label.key} label=${label} />`)}
  </g>`;
}

let last = { threads: [], braids: new Map(), causes: [] };

/** What the strands share now; the very same as before while none of them shares anything else. */
function sharedNow() {
  revision.value;
  const threads = visibleIds.value.map((id) => strandOf(id).peek()).filter(Boolean).map(threadsOf);
  if (threads.length === last.threads.length && threads.every((one, at) => one === last.threads[at])) return last;
  const braids = gather(threads);
  return (last = { threads, braids, causes: causes(braids) });
}

function Braid({ look, points, lower }) {
  const path = garland(points, lower);
  return html`<g class=${`braid ${look}`}>
    <path class="yarn-glow" d=${path} />
    <path class="yarn" d=${path} />
    ${look !== "faint" && points.map(({ x, y }, at) => html`<circle key=${at} class="crossing" cx=${x} cy=${y} r="1.8" />`)}
  </g>`;
}

function Label({ label: { look, x, y, words, wide } }) {
  return html`<g class=${`braid-label ${look}`} transform=${`translate(${x},${y})`}><rect x=${-wide / 2} y="-9" width=${wide} height="18" rx="9" /><text text-anchor="middle" y="3.8">${words}</text></g>`;
}

/** Where the labels go: each on its own braid, moved down where another is there already. */
function labels(braids) {
  const placed = [];
  for (const { key, look, points, lower, near = null, label } of braids) {
    const place = label === null ? null : labelPlace(points, lower, near);
    if (!place) continue;
    const words = clip(label, LABEL);
    const wide = cellsOf(words) * 6.75 + 14;
    // Wider than its bow, it would hide the steps beside it.
    if (wide > place.bow) place.y += 34;
    const hits = (other) => Math.abs(other.y - place.y) < 21 && Math.abs(other.x - place.x) < (other.wide + wide) / 2 + 4;
    while (placed.some(hits)) place.y += 4;
    placed.push({ key, look, words, wide, ...place });
  }
  return placed;
}

function pointOf(id, at, room) {
  const strand = strandOf(id).peek();
  const x = layout.value.x.get(id);
  if (!strand || x === undefined) return null;
  const place = stepPlaces(strand, room, level.value)[at];
  return { id, x: x + bend(id, level.value.sway, room)(place.y) + place.x, y: place.y };
}

const sag = (from, to, lower) => Math.min(46, 5 + (to.x - from.x) * 0.14) + lower * 24;

/** Hangs from point to point as a cord does: the wider the way, the deeper. */
function garland(points, lower) {
  return points.slice(1).reduce((path, to, at) => {
    const from = points[at];
    return `${path}Q${(from.x + to.x) / 2},${Math.max(from.y, to.y) + 2 * sag(from, to, lower)} ${to.x},${to.y}`;
  }, `M${points[0].x},${points[0].y}`);
}

/** In the middle of the widest bow that is in sight, beside the strand that is looked at where there is one. */
function labelPlace(points, lower, near) {
  const left = scroll.value + 60;
  const right = scroll.value + size.value.width - covered.value - 60;
  let best = null;
  for (let at = 1; at < points.length; at++) {
    const [from, to] = [points[at - 1], points[at]];
    const middle = (Math.max(from.x, left) + Math.min(to.x, right)) / 2;
    if (to.x < left || from.x > right) continue;
    const worth = to.x - from.x + (near !== null && (from.id === near || to.id === near) ? 1e6 : 0);
    if (best === null || worth > best.worth) best = { worth, bow: to.x - from.x, x: (from.x + to.x) / 2 < left || (from.x + to.x) / 2 > right ? middle : (from.x + to.x) / 2, y: Math.max(from.y, to.y) + sag(from, to, lower) + (Math.abs(to.y - from.y) > 20 ? -12 : 0) };
  }
  return best;
}

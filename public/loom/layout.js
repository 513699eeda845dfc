import { levelAt } from "./levels.js";

/**
 * From data to geometry, in pixels: where beams, strands, steps and knots are. Pure; the drawing modules hold no
 * numbers of their own about place.
 */

const EDGE = 46;
const NODE_GAP = 20;
const BEAM_GAP = 34;
/** Room for a beam's heading, however few strands hang below it. */
const HEADING = 128;
/** Thousands of strands still fit in one viewport; below this they would be finer than any screen. */
export const MIN_PITCH = 0.2;
export const MAX_PITCH = 260;
/** So many strands of a beam lie on one layer: enough to be few layers, few enough to be drawn anew within a frame. */
const BUNDLE = 40;
/** The pitch that a narrow screen begins with, where a finger must hit a single strand. */
export const TOUCH_PITCH = 40;

/** Where in its room a strand hangs: in the middle, or at the left where words stand beside it. */
const share = (pitch) => (levelAt(pitch).how === "roomy" ? 0.1 : 0.5);

/**
 * @param {object} input
 * @param {{ node: object, beams: { key: string, ids: string[] }[] }[]} input.groups
 * @param {number} input.width of the viewport
 * @param {number | null} input.pitch distance of strands, or null: as wide as fits
 * @returns {{ pitch: number, fitPitch: number, width: number, nodes: object[], beams: object[], bundles: object[], ids: string[], xs: number[], x: Map<string, number> }}
 *   `ids` and `xs` go together, from left to right; a bundle is `{ key, from, to }`, indexes into them
 */
export function layOut({ groups, width, pitch }) {
  const edge = width < 700 ? 22 : EDGE;
  const fitPitch = fit(groups, width, edge);
  const used = pitch === null ? fitPitch : Math.min(MAX_PITCH, Math.max(MIN_PITCH, pitch));
  const total = widthAt(groups, used, edge);
  // Few strands hang in the middle, not huddled at one side.
  let x = edge + Math.max(0, (width - total) / 2);
  const nodes = [];
  const beams = [];
  const ids = [];
  const xs = [];
  const bundles = [];
  groups.forEach((group, at) => {
    if (at > 0) x += NODE_GAP;
    const start = x;
    group.beams.forEach((beam, index) => {
      if (index > 0) x += BEAM_GAP;
      const wide = beamWidth(beam.ids.length, used);
      const first = x + (wide - beam.ids.length * used) / 2 + share(used) * used;
      beam.ids.forEach((id, place) => {
        if (place % BUNDLE === 0) bundles.push({ key: `${beam.key} ${place / BUNDLE}`, from: ids.length, to: ids.length + Math.min(BUNDLE, beam.ids.length - place) });
        ids.push(id);
        xs.push(round(first + place * used));
      });
      beams.push({ key: beam.key, label: beam.label, sourceId: beam.sourceId, ids: beam.ids, x: round(x), width: round(wide) });
      x += wide;
    });
    nodes.push({ node: group.node, x: round(start), width: round(x - start) });
    x += BEAM_GAP;
  });
  return { pitch: used, fitPitch, width: Math.max(width, Math.ceil(total)), nodes, beams, bundles, ids, xs, x: new Map(ids.map((id, at) => [id, xs[at]])) };
}

const beamWidth = (count, pitch) => Math.max(HEADING, count * pitch);
const round = (value) => Math.round(value * 10) / 10;

function widthAt(groups, pitch, edge) {
  let total = 2 * edge + Math.max(0, groups.length - 1) * (NODE_GAP + BEAM_GAP);
  for (const group of groups) {
    total += Math.max(0, group.beams.length - 1) * BEAM_GAP;
    for (const beam of group.beams) total += beamWidth(beam.ids.length, pitch);
  }
  return total;
}

/** The widest pitch at which everything is in view. Width grows with pitch, so halving finds it. */
function fit(groups, width, edge) {
  let low = MIN_PITCH;
  let high = MAX_PITCH;
  if (widthAt(groups, high, edge) <= width) return high;
  for (let turn = 0; turn < 24; turn++) {
    const middle = (low + high) / 2;
    if (widthAt(groups, middle, edge) <= width) low = middle;
    else high = middle;
  }
  return Math.floor(low * 100) / 100;
}

/** Index of the strand nearest to a place, or -1 where there is none. */
export function nearest({ xs }, x) {
  const after = firstFrom(xs, x);
  if (after === 0) return xs.length - 1 < 0 ? -1 : 0;
  if (after === xs.length) return xs.length - 1;
  return x - xs[after - 1] <= xs[after] - x ? after - 1 : after;
}

/** Index of the first value that is not below `x`, in a rising list; its length where all are below. */
export function firstFrom(xs, x) {
  let low = 0;
  let high = xs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (xs[middle] < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where a place of one layout is in another of the same strands: it keeps its distance, in strands, to the nearest one. */
export function carried(before, after, x) {
  const at = nearest(before, x);
  if (at === -1 || at >= after.xs.length) return x;
  const away = Math.max(-1, Math.min(1, (x - before.xs[at]) / before.pitch));
  return after.xs[at] + away * after.pitch;
}

/**
 * The heights of everything that all strands share.
 * @param {number} height of the viewport
 */
export function rows(height) {
  const beam = 84;
  const tick = Math.min(5.6, Math.max(3, height * 0.0075));
  const fringe = Math.round(20 * tick);
  const knot = Math.max(beam + 190, height - fringe - 40);
  return { height: Math.max(height, knot + fringe + 26), beam, knot, fringeTop: knot + 11, tick, labelTop: beam + 17 };
}

/** How long a name along the thread may be, in pixels: down to the first step, or to the sign above it. */
export function labelRoom(ys, signed, { beam, knot, labelTop }) {
  const end = signed ? signY({ beam, knot }) - 4 : (ys[0] ?? beam + (knot - beam) * 0.6);
  return end - labelTop - 14;
}

/** Where the sign of what became of the firings is: the hollow ring of a missed one, the cut of a strand switched off. */
export function signY({ beam, knot }) {
  return round(beam + (knot - beam) * 0.4);
}

const knownYs = new WeakMap();

/** Heights of a strand's steps, spread around the same middle whatever their number. The same array for the same room. */
export function stepYs(count, room) {
  if (!knownYs.has(room)) knownYs.set(room, []);
  return (knownYs.get(room)[count] ??= spread(count, room));
}

function spread(count, { beam, knot }) {
  const length = knot - beam;
  const gap = count > 1 ? Math.min(0.25, 0.44 / (count - 1)) : 0;
  return Array.from({ length: count }, (_, at) => round(beam + length * (0.62 + (at - (count - 1) / 2) * gap)));
}

/** A strand's own slight bend, always the same one: how far it leaves its line at a height. */
export function bend(id, sway, { beam, knot }) {
  if (sway === 0) return () => 0;
  let hash = 2166136261;
  for (let at = 0; at < Math.min(id.length, 400); at++) hash = Math.imul(hash ^ id.charCodeAt(id.length - 1 - at), 16777619);
  const first = ((hash >>> 8) & 255) / 255 - 0.5;
  const second = ((hash >>> 16) & 255) / 255 - 0.5;
  return (y) => {
    const t = Math.min(1, Math.max(0, (y - beam) / (knot - beam)));
    return round(sway * (first * 1.5 * Math.sin(Math.PI * t) + second * Math.sin(2 * Math.PI * t)));
  };
}

/** The path of a thread between two heights. */
export function threadPath(bendAt, from, to, straight = false) {
  if (straight) return `M0,${from}V${to}`;
  const parts = Math.max(2, Math.round((to - from) / 28));
  const points = Array.from({ length: parts + 1 }, (_, at) => {
    const y = round(from + ((to - from) * at) / parts);
    return `${bendAt(y)},${y}`;
  });
  return `M${points.join("L")}`;
}

/**
 * The fringe: one tick for each run, newest nearest the knot, as long as the run lasted beside its fellows. One path for
 * each tone keeps twenty ticks from being twenty elements.
 * @param {number} reach half the length of the longest tick
 * @returns {{ tone: string, d: string }[]}
 */
export function fringePaths(ticks, toneOf, reach, { fringeTop, tick }) {
  const longest = Math.max(1, ...ticks.map(lasted));
  const paths = new Map();
  ticks.forEach((run, at) => {
    // From afar a tick is too short to tell lengths apart.
    const half = reach < 2 ? reach : round(reach * (0.3 + 0.7 * (lasted(run) / longest) ** 0.6));
    const tone = toneOf(run);
    if (!paths.has(tone)) paths.set(tone, []);
    paths.get(tone).push(`M${-half},${round(fringeTop + at * tick)}h${2 * half}`);
  });
  // Joined, it is one string. Added up, it would be kept as the hundred pieces that it was made of, a tenth of the heap.
  return [...paths].map(([tone, parts]) => ({ tone, d: parts.join("") }));
}

const lasted = (run) => (run.finishedAt === null ? 0 : Math.max(0, run.finishedAt - run.startedAt));

/**
 * Which names to write where threads are too close for all of them: the most urgent first, none over another.
 * @param {{ id: string, x: number, rank: number }[]} wishes lower rank first
 * @param {number} room pixels that one name needs
 */
export function chooseNames(wishes, room) {
  const chosen = [];
  for (const wish of [...wishes].sort((a, b) => a.rank - b.rank || a.x - b.x)) if (chosen.every((other) => Math.abs(other.x - wish.x) >= room)) chosen.push(wish);
  return chosen;
}

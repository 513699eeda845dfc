import { signal } from "../vendor/preact.js";
import { firstFrom } from "./layout.js";
import { bare } from "./levels.js";

/**
 * Which strands are in the document, and at which level each is drawn: those in view and a little beyond. Whatever has to
 * be made, redrawn or taken away is spread over frames, so that no frame has much to do. Strands lie in bundles, each on a
 * layer of its own.
 */

/** How far beyond the frame strands are drawn, in frames. */
const MARGIN = 0.3;
/** Strands that one frame makes or redraws, by what they cost. */
const portions = { thread: 44, near: 16, named: 5, roomy: 2 };
const REMOVED = 40;

/** The bundles of which something is drawn, from left to right: `{ key, from, strands, pitch, element }`. */
export const bundles = signal([]);
const known = new Map();
/** Drawn strands by id: `{ id, level, element, hit }`, where `level` is a signal of its own. */
const entries = new Map();
/** Indexes into the layout: from, and the one after the last. */
let from = 0;
let to = 0;

/** Every drawn strand. */
export const eachDrawn = () => entries.values();

/** The drawn strand of an id, or undefined. */
export const drawnOf = (id) => entries.get(id);

/**
 * Brings what is drawn one portion nearer to what should be.
 * @param {{ ids: string[], xs: number[], bundles: object[], pitch: number }} layout
 * @param {{ scroll: number, width: number, level: object, keep: string | null, zooming: boolean, pace: number }} view `keep`: drawn wherever it is · `pace`: what part of a portion a frame may draw
 * @returns {boolean} whether there is more to do in the next frame
 */
export function draw(layout, { scroll, width, level, keep, zooming, pace }) {
  const portion = portions[level.how];
  const wanted = inPortions(portion, firstFrom(layout.xs, scroll - width * MARGIN), firstFrom(layout.xs, scroll + width * (1 + MARGIN)), layout.ids.length);
  const middle = Math.min(Math.max(firstFrom(layout.xs, scroll + width / 2), wanted[0]), wanted[1]);
  from = Math.min(from, layout.ids.length);
  to = Math.min(to, layout.ids.length);
  // Elsewhere altogether: begin anew in the middle.
  if (to <= wanted[0] || from >= wanted[1] || to === from) from = to = middle;
  // The very first frame has the rest of the page to draw too; and there may be two sides to draw at.
  const share = entries.size === 0 ? 1 / 4 : from > wanted[0] && to < wanted[1] ? pace / 2 : pace;
  const more = Math.ceil(portion * share);
  from = from > wanted[0] ? Math.max(wanted[0], from - more) : Math.min(wanted[0], from + REMOVED);
  to = to < wanted[1] ? Math.min(wanted[1], to + more) : Math.max(wanted[1], to - REMOVED);
  show(layout, zooming && level.how !== "thread" ? bare : level, keep);
  return raise(layout.ids, level, middle, Math.ceil(portion * pace), zooming) || from !== wanted[0] || to !== wanted[1];
}

/** A little more than what is asked for: while it slides along, most frames then have nothing to draw. */
const inPortions = (portion, from, to, all) => [Math.floor(from / portion) * portion, Math.min(all, Math.ceil(to / portion) * portion)];

/** Makes the bundles hold what lies between `from` and `to`, and `keep`; whatever stays the same is not touched. */
function show(layout, level, keep) {
  const kept = keep === null ? -1 : layout.ids.indexOf(keep);
  const shown = [];
  const left = new Set(entries.keys());
  for (const part of layout.bundles) {
    const ids = layout.ids.slice(Math.max(from, part.from), Math.max(from, part.from, Math.min(to, part.to)));
    if (kept >= part.from && kept < part.to && (kept < from || kept >= to)) ids.push(keep);
    if (ids.length === 0) continue;
    shown.push(fill(part, ids, layout.pitch, level));
    for (const id of ids) left.delete(id);
  }
  for (const id of left) entries.delete(id);
  const before = bundles.peek();
  if (before.length === shown.length && before.every((bundle, at) => bundle === shown[at])) return;
  const there = new Set(shown);
  for (const [key, bundle] of known) if (!there.has(bundle)) known.delete(key);
  bundles.value = shown;
}

function fill(part, ids, pitch, level) {
  if (!known.has(part.key)) known.set(part.key, { key: part.key, from: part.from, strands: signal([]), pitch, element: null, transform: null });
  const bundle = known.get(part.key);
  bundle.from = part.from;
  const before = bundle.strands.peek();
  if (before.length !== ids.length || before.some((entry, at) => entry.id !== ids[at])) {
    bundle.strands.value = ids.map((id) => {
      if (!entries.has(id)) entries.set(id, { id, level: signal(level), element: null, hit: null });
      return entries.get(id);
    });
  }
  return bundle;
}

/** The view has gone: when it is back, what is in sight is drawn in portions again, as at first, and not all in one frame. */
export function forgetDrawn() {
  bundles.value = [];
  known.clear();
  entries.clear();
  from = to = 0;
}

const hows = ["thread", "near", "named", "roomy"];
const shows = (level) => hows.indexOf(level.how);

/**
 * Gives the next portion the level of the view, from the middle outwards. While a zoom goes on, it may have passed the level
 * before they are drawn: then words and diamonds only go, where there is no more room for them, and come when it rests.
 */
function raise(ids, level, middle, portion, zooming) {
  let left = portion;
  for (let away = 0; away <= to - from; away++) {
    for (const at of away === 0 ? [middle] : [middle - away, middle + away]) {
      const entry = entries.get(ids[at]);
      if (!entry || entry.level.peek() === level) continue;
      if (zooming && shows(entry.level.peek()) <= shows(level)) continue;
      if (left-- === 0) return true;
      entry.level.value = level;
    }
  }
  return false;
}

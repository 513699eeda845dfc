import { stepYs } from "./layout.js";

/** Where the steps of a strand lie: one below the other, or side by side where a workflow lets them run so. Pure. */

/** Room that the diamonds of one rank share, in pixels. */
const REACH = 40;

/**
 * The rank of each step: below everything that it depends on. Steps of a mirrored strand follow one another.
 * @returns {{ rank: number, place: number, of: number }[]} `place` among the `of` steps of its rank
 */
export function ranksOf({ kind, steps }) {
  const ranks = steps.map((_, at) => at);
  if (kind === "woven") {
    const at = new Map(steps.map(({ id }, index) => [id, index]));
    ranks.fill(0);
    // An author may write them in any order; a circle, which is none of a workflow's, ends it too.
    for (let turn = 0, moved = true; moved && turn < steps.length; turn++) {
      moved = false;
      for (const [index, { dependsOn }] of steps.entries()) {
        const rank = Math.max(0, ...dependsOn.map((id) => (at.has(id) ? ranks[at.get(id)] + 1 : 0)));
        if (rank > ranks[index]) [ranks[index], moved] = [rank, true];
      }
    }
  }
  const counts = [];
  const places = ranks.map((rank) => (counts[rank] = (counts[rank] ?? 0) + 1) - 1);
  return ranks.map((rank, index) => ({ rank, place: places[index], of: counts[rank] }));
}

const known = new WeakMap();

/**
 * Where the diamonds of a strand are, beside its thread and below its beam.
 * @param {{ how: string, diamond: number, hit: number }} level
 * @returns {{ x: number, y: number, place: number, of: number, gap: number, right: number }[]} `gap`: to the rank below · `right`: how far its rank reaches
 */
export function stepPlaces(strand, room, level) {
  if (!known.has(strand.steps)) known.set(strand.steps, ranksOf(strand));
  const ranks = known.get(strand.steps);
  const ys = stepYs(Math.max(0, ...ranks.map(({ rank }) => rank + 1)), room);
  const gap = ys.length > 1 ? ys[1] - ys[0] : (room.knot - room.beam) * 0.25;
  return ranks.map(({ rank, place, of }) => {
    const apart = level.how === "thread" || of === 1 ? 0 : Math.min(level.diamond * 2.6, Math.min(REACH, level.hit) / (of - 1));
    const right = (apart * (of - 1)) / 2;
    return { x: Math.round((place * apart - right) * 10) / 10, y: ys[rank], place, of, gap, right };
  });
}

/** The way of a thread that leaves its line for a diamond beside it, and comes back. */
export function branchPath({ x, y, gap }, bendAt) {
  const reach = Math.min(34, gap / 2);
  const [above, below] = [y - reach, y + reach];
  return `M${bendAt(above)},${above}Q${bendAt(y) + x},${above + reach * 0.3} ${bendAt(y) + x},${y}Q${bendAt(y) + x},${below - reach * 0.3} ${bendAt(below)},${below}`;
}

/**
 * How much of a strand is drawn, by the distance of strands in pixels: from a bare thread to all its words. Pure data; a
 * strand is drawn anew only where it passes from one level to the next, and merely moved in between.
 *
 * - `how`: `thread`, `near` (diamonds), `named` (names along the thread) or `roomy` (all words beside it)
 * - `diamond`: half its width · `tick`: half the length of the longest tick of the fringe · `sway`: how far a thread may
 *   leave its line · `hit`: width of what takes the focus · `cells`: characters that fit beside a step
 */
export const levels = [
  { from: 0, how: "thread", diamond: 3.4, knot: 0, tick: 0.6, sway: 0, hit: 1 },
  { from: 2.4, how: "thread", diamond: 3.4, knot: 1, tick: 1, sway: 0, hit: 2.4 },
  { from: 4.6, how: "thread", diamond: 3.8, knot: 1.8, tick: 1.9, sway: 0.3, hit: 4.6 },
  { from: 8, how: "near", diamond: 3, knot: 2.6, tick: 3.2, sway: 0.7, hit: 8 },
  { from: 13, how: "near", diamond: 4, knot: 3, tick: 5, sway: 1.2, hit: 13 },
  { from: 22, how: "named", diamond: 5, knot: 3.6, tick: 7, sway: 2.2, hit: 22 },
  { from: 34, how: "named", diamond: 5.8, knot: 4, tick: 9, sway: 3.4, hit: 34 },
  { from: 140, how: "roomy", diamond: 6.6, knot: 4.2, tick: 11, sway: 4.4, hit: 120, cells: 14 },
  { from: 190, how: "roomy", diamond: 6.6, knot: 4.2, tick: 11, sway: 4.4, hit: 170, cells: 22 },
  { from: 240, how: "roomy", diamond: 6.6, knot: 4.2, tick: 11, sway: 4.4, hit: 220, cells: 30 },
];

/** The nearest at which a strand is but a thread: what a zoom draws of the strands that it brings into sight. */
export const bare = levels.findLast(({ how }) => how === "thread");

/** The level of a distance of strands. */
export function levelAt(pitch) {
  return levels.findLast((level) => pitch >= level.from) ?? levels[0];
}

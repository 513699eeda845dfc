/** Closer together than this, in pixels, crossings cannot be told apart. */
const APART = 8;

/**
 * What has to be drawn of a braid: its threads in sight and the next on either side; of those that lie too close together to be
 * told apart the first strand's, and the last of all: where two hang side by side there is still something to tell. Pure.
 * @param {{ id: string }[]} threads in the order in which they hang
 * @param {Map<string, number>} xs where each strand is, in pixels
 * @param {{ from: number, to: number, keep: string | null }} sight `keep`: a strand that is drawn however close others are
 */
export function inSight(threads, xs, { from, to, keep }) {
  const drawn = [];
  let outside = null;
  let last = { id: null, x: -Infinity };
  let near = null;
  for (const thread of threads) {
    const x = xs.get(thread.id);
    if (x === undefined) continue;
    if (x < from) {
      outside = thread;
      continue;
    }
    if (outside) drawn.push(outside);
    outside = null;
    if (x > to || x - last.x >= APART || thread.id === last.id || thread.id === keep) {
      drawn.push(thread);
      last = { id: thread.id, x };
      near = null;
    } else near = thread;
    if (x > to) break;
  }
  return near ? [...drawn, near] : drawn;
}

/** Which rows of a long list have to be drawn. Pure. */

/** Rows beyond each edge that are drawn too, so that a scroll does not run into emptiness. */
const BEYOND = 12;

/**
 * @param {{ count: number, row: number, top: number, height: number }} frame rows in all; height of one, scroll and height of the frame in pixels
 * @returns {{ from: number, to: number }} `to` is the first that is not drawn
 */
export function rowsInView({ count, row, top, height }) {
  const size = Math.max(1, row);
  const from = Math.max(0, Math.floor(top / size) - BEYOND);
  return { from: Math.min(from, Math.max(0, count - 1)), to: Math.min(count, Math.ceil((top + height) / size) + BEYOND) };
}

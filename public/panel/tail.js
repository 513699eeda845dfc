/**
 * The end of an output that goes on: whole lines in blocks of which the oldest are let go, and the line that is still being
 * written. Each block is laid out by itself, so that what comes costs the same however much stands above it. Knows no document.
 */

/** Lines that are kept, of one block, and characters that are kept. */
const LINES = 2000;
const BLOCK = 100;
const MOST = 400_000;
/** A line without an end is cut here. */
const LINE = 20_000;

/** @returns {{ blocks: { id: number, text: string, lines: number }[], open: string, cut: boolean }} `cut`: something was let go */
export const noTail = () => ({ blocks: [], open: "", cut: false, made: 0 });

/**
 * Takes in more text. Changes the tail, so that unchanged blocks stay the very same.
 * @returns {object} the tail
 */
export function addTo(tail, text) {
  // Of a flood only its end would be left.
  if (text.length > MOST) [text, tail.cut] = [text.slice(-MOST), true];
  const whole = tail.open + text;
  const end = whole.length - (whole.lastIndexOf("\n") + 1) > LINE ? whole.length : whole.lastIndexOf("\n") + 1;
  tail.open = whole.slice(end);
  let from = 0;
  while (from < end) {
    let block = tail.blocks.at(-1);
    if (!block || block.lines >= BLOCK || block.text.length > MOST / 10) tail.blocks.push((block = { id: tail.made++, text: "", lines: 0 }));
    const start = from;
    while (from < end && block.lines < BLOCK && from - start < MOST / 10) {
      const next = whole.indexOf("\n", from);
      from = next === -1 || next >= end ? end : next + 1;
      block.lines++;
    }
    block.text += whole.slice(start, from);
  }
  const size = () => tail.blocks.reduce((sum, { text: { length } }) => sum + length, 0);
  const lines = () => tail.blocks.reduce((sum, { lines: count }) => sum + count, 0);
  while (tail.blocks.length > 1 && (lines() > LINES || size() > MOST)) {
    tail.blocks.shift();
    tail.cut = true;
  }
  return tail;
}

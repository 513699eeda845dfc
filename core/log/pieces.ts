import type { Range } from "./cuts.ts";
import { boundaryBefore, readingsOf } from "./readings.ts";
import type { Values } from "./values.ts";

/** Takes the next piece, and answers what may be shown by now. After the last one nothing is held back. */
export type Pieces = (text: string, isLast: boolean) => string;

/** Hides values in a text, however they are escaped in it: all that any reading of it covers. */
export function hiddenIn(text: string, values: Values, mark: string): string {
  const { ranges } = foundIn(text, values, true);
  return ranges.length === 0 ? text : covered(text, ranges, mark, 0, text.length).shown;
}

/**
 * Hides values in a text that comes in pieces, also those that stand in two of them: the end of a piece is held back as long as it
 * may be the beginning of one.
 * @param known asked for each piece; undefined: there is nothing to hide
 */
export function createPieces(known: () => Values | undefined, mark: string): Pieces {
  let rest = "";
  // So much of the beginning of the rest is hidden by a mark that is shown already.
  let hidden = 0;
  return (piece, isLast) => {
    const text = rest + piece;
    const values = known();
    if (!values) return text;
    const { ranges, open } = foundIn(text, values, isLast);
    const { shown, until } = covered(text, ranges, mark, hidden, open);
    [rest, hidden] = [text.slice(open), Math.max(0, until - open)];
    return shown;
  };
}

/** What values cover of a text, in order, and from where on it may go on as one of them. */
function foundIn(text: string, values: Values, isLast: boolean): { readonly ranges: readonly Range[]; readonly open: number } {
  const ranges: Range[] = [];
  let open = text.length;
  let innermost: Uint32Array | undefined;
  for (const { text: read, places } of readingsOf(text, isLast)) {
    for (const [start, end] of values.in(read)) ranges.push(places ? [places[start]!, places[end]!] : [start, end]);
    if (isLast) continue;
    const end = values.openEnd(read);
    open = Math.min(open, places ? places[end]! : end);
    innermost = places;
  }
  // Not in the middle of an escape, which would be read as another one.
  return { ranges: ranges.sort(([a], [b]) => a - b), open: innermost && open < text.length ? boundaryBefore(open, innermost) : open };
}

/** The text between two places with a mark for what is covered, and how far that is: beyond the end where what is covered goes on behind it. */
function covered(text: string, ranges: readonly Range[], mark: string, from: number, end: number): { readonly shown: string; readonly until: number } {
  let shown = "";
  let until = from;
  for (const [start, stop] of ranges) {
    if (start >= end) break;
    if (stop <= until) continue;
    if (start >= until) shown += text.slice(until, start) + mark;
    until = stop;
  }
  return { shown: shown + text.slice(until, end), until };
}

/** What is hidden in texts that come in pieces. */
export interface Hidden {
  /** Finds each whole value. */
  readonly pattern: RegExp;
  /** The values, by their first character: what a piece ends with may be the beginning of one. */
  readonly byStart: ReadonlyMap<string, readonly string[]>;
  readonly longest: number;
}

/** Takes the next piece, and answers what may be shown by now. After the last one nothing is held back. */
export type Pieces = (text: string, isLast: boolean) => string;

/**
 * Hides values in a text that comes in pieces, also those that stand in two of them: the end of a piece is held back as long as it
 * may be the beginning of one.
 * @param hidden asked for each piece; undefined: there is nothing to hide
 */
export function createPieces(hidden: () => Hidden | undefined, mark: string): Pieces {
  let rest = "";
  return (piece, isLast) => {
    const text = rest + piece;
    const known = hidden();
    rest = "";
    if (!known) return text;
    let shown = "";
    let from = 0;
    let open = isLast ? text.length : openEnd(text, from, known);
    for (const { 0: match, index } of text.matchAll(known.pattern)) {
      // It may go on as a longer one.
      if (index >= open) break;
      shown += text.slice(from, index) + mark;
      from = index + match.length;
      if (from > open) open = isLast ? text.length : openEnd(text, from, known);
    }
    rest = text.slice(open);
    return shown + text.slice(from, open);
  };
}

/** From where on the text, behind `from`, is the beginning of a value and no more; its length where it is not. */
function openEnd(text: string, from: number, { byStart, longest }: Hidden): number {
  for (let at = Math.max(from, text.length - longest + 1); at < text.length; at += 1) {
    const length = text.length - at;
    if (byStart.get(text[at]!)?.some((value) => value.length > length && text.endsWith(value.slice(0, length)))) return at;
  }
  return text.length;
}

/** What is hidden in texts that come in pieces. */
export interface Hidden {
  /** Finds each whole value. */
  readonly pattern: RegExp;
  /** The values, by their first character: what a piece ends with may be the beginning of one. */
  readonly byStart: ReadonlyMap<string, readonly string[]>;
  readonly longest: number;
  readonly shortest: number;
  /** Each few characters in a row at the beginning of one of them, as far as the shortest one goes. */
  readonly grams: ReadonlySet<string>;
  /** Beginnings of secrets, by the first few characters of each. */
  readonly beginnings: ReadonlyMap<string, readonly string[]>;
  readonly longestBeginning: number;
}

const GRAM = 4;
/** What stands for what was left out of a text. */
const CUT = "…";

/**
 * What finds these values. None may be shorter than four characters.
 * @param beginnings what is hidden of them, however little of it there is, where a text was cut
 */
export function hiddenOf(values: readonly string[], pattern: RegExp, beginnings: readonly string[]): Hidden {
  const lengths = values.map(({ length }) => length);
  const [shortest, longest] = [Math.min(...lengths), Math.max(...lengths)];
  const grams = values.flatMap((value) => Array.from({ length: shortest - GRAM + 1 }, (_, at) => value.slice(at, at + GRAM)));
  return { pattern, byStart: Map.groupBy(new Set(values), (value) => value[0]!), longest, shortest, grams: new Set(grams), beginnings: Map.groupBy(beginnings, (start) => start.slice(0, GRAM)), longestBeginning: Math.max(0, ...beginnings.map(({ length }) => length)) };
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
    for (const { 0: match, index } of mayHold(text, known) ? matchesIn(text, known.pattern) : []) {
      // It may go on as a longer one.
      if (index >= open) break;
      shown += text.slice(from, index) + mark;
      from = index + match.length;
      if (from > open) open = isLast ? text.length : openEnd(text, from, known);
    }
    rest = text.slice(open);
    return withoutCut(shown + text.slice(from, open), known, mark);
  };
}

/** As `matchAll`, which copies the pattern and has it compiled anew: with a key of many lines that takes milliseconds, for each piece. */
function* matchesIn(text: string, pattern: RegExp): Generator<RegExpExecArray> {
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) yield match;
}

/** Hides the beginning of a value before each `…`: who cuts a text may cut it there, before anything is hidden in it. */
export function withoutCut(text: string, { beginnings, longestBeginning }: Hidden, mark: string): string {
  let shown = "";
  let from = 0;
  // Each place is looked at for the next `…` alone, so that many of them take no longer.
  for (let last = 0, end = text.indexOf(CUT); end >= 0; last = end + 1, end = text.indexOf(CUT, last)) {
    for (let at = Math.max(last, end - longestBeginning); at + GRAM <= end; at++) {
      if (!beginnings.get(text.slice(at, at + GRAM))?.some((start) => start.startsWith(text.slice(at, end)))) continue;
      shown += text.slice(from, at) + mark;
      from = end;
      break;
    }
  }
  return shown + text.slice(from);
}

/** Whether it is worth the while to look closely: where a value stands, one of its grams is at one of these places. */
function mayHold(text: string, { shortest, grams }: Hidden): boolean {
  for (let at = 0; at + GRAM <= text.length; at += shortest - GRAM + 1) if (grams.has(text.slice(at, at + GRAM))) return true;
  return false;
}

/** From where on the text, behind `from`, is the beginning of a value and no more; its length where it is not. */
function openEnd(text: string, from: number, { byStart, longest }: Hidden): number {
  for (let at = Math.max(from, text.length - longest + 1); at < text.length; at += 1) {
    const length = text.length - at;
    if (byStart.get(text[at]!)?.some((value) => value.length > length && text.endsWith(value.slice(0, length)))) return at;
  }
  return text.length;
}

/** From here to there. */
export type Range = readonly [start: number, end: number];

/** What stands for what was left out of a text. */
export const CUT = "…";
/** So little of a value gives nothing away. */
const SHORTEST = 4;
/** What a cut leaves of an escape, or of a character that takes several bytes. */
const BROKEN = /(?:[%\\&][#\w{]{0,9}|[\u0080-\u00ff])+$/;
const LONGEST_BROKEN = 16;

/**
 * Finds the beginning of a value before each `…`: who cuts a text may cut it there, before anything is hidden in it.
 * @param beginnings of the values
 */
export function cutsIn(beginnings: ReadonlySet<string>): (text: string) => Range[] {
  const byStart = Map.groupBy(beginnings, (beginning) => beginning.slice(0, SHORTEST));
  const longest = Math.max(0, ...[...beginnings].map(({ length }) => length));
  const beginningBefore = (text: string, from: number, end: number): number => {
    for (let at = Math.max(from, end - longest); at + SHORTEST <= end; at++) {
      if (byStart.get(text.slice(at, at + SHORTEST))?.some((beginning) => beginning.startsWith(text.slice(at, end)))) return at;
    }
    return -1;
  };
  return (text) => {
    const ranges: Range[] = [];
    // Each place is looked at for the next `…` alone, so that many of them take no longer.
    for (let from = 0, end = text.indexOf(CUT); end >= 0; from = end + 1, end = text.indexOf(CUT, from)) {
      if (end - from < SHORTEST) continue;
      let at = beginningBefore(text, from, end);
      if (at < 0) {
        const broken = BROKEN.exec(text.slice(Math.max(from, end - LONGEST_BROKEN), end));
        if (broken) at = beginningBefore(text, from, end - broken[0].length);
      }
      if (at >= 0) ranges.push([at, end]);
    }
    return ranges;
  };
}

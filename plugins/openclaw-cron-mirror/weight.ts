/** What JSON takes once it is parsed: memory, which may be fifty times its length, and time, in which nothing else goes on. Pure. */

/** Most of what is taken in at once: some ten thousand jobs have less. */
export const HEAVIEST = 64 * 1024 * 1024;
/** An object with nothing in it takes so much, and is three characters. */
const VALUE_BYTES = 48;
/** A page of 200 jobs has some 10,000. */
const MOST_VALUES = 100_000;
/** Each name that an object had not before costs far more than its value; a file of states has one for each job. */
const MOST_NAMES = 20_000;
/** Names that are very long are told apart letter by letter, each from all others. */
const LONGEST_NAME = 1_000;
/** What goes through a value level by level must not run out of stack. */
const DEEPEST = 1_000;
/** So many letters are looked at one by one behind an escaped one. */
const NEAR = 8;
const [QUOTE, ESCAPE, COMMA, COLON, LIST, LIST_END, OBJECT, OBJECT_END] = [0x22, 0x5c, 0x2c, 0x3a, 0x5b, 0x5d, 0x7b, 0x7d] as const;

/** About how many bytes a text of JSON takes once it is parsed, what is beyond Latin-1 included; infinitely many where that would take too long. */
export function weigh(json: string, mostValues = MOST_VALUES): number {
  const names = new Set<string>();
  let values = 0;
  let depth = 0;
  /** The string that came last, until a colon makes it a name: another colon names nothing. */
  let [begin, end] = [0, 0];
  for (let i = 0; i < json.length && values <= mostValues; i++) {
    const mark = json.charCodeAt(i);
    if (mark === QUOTE) {
      begin = i;
      i = end = endOfString(json, i);
    } else if (mark === COMMA) values++;
    else if (mark === COLON && end > begin) {
      if (end - begin > LONGEST_NAME || names.add(json.slice(begin, end)).size > MOST_NAMES) return Infinity;
      begin = end;
    } else if (mark === LIST || mark === OBJECT) {
      values++;
      if (++depth > DEEPEST) return Infinity;
    } else if (mark === LIST_END || mark === OBJECT_END) depth--;
  }
  return values > mostValues ? Infinity : Buffer.byteLength(json) + values * VALUE_BYTES;
}

/** Where the string that begins here ends; the end of the text where it does not. */
function endOfString(json: string, begin: number): number {
  for (let from = begin + 1; ; ) {
    const end = json.indexOf('"', from);
    if (end === -1) return json.length;
    let escapes = 0;
    while (json.charCodeAt(end - 1 - escapes) === ESCAPE) escapes++;
    if (escapes % 2 === 0) return end;
    // Letter by letter, since others may follow at once: to look for each of millions anew takes a second.
    from = end + 1;
    for (let until = from + NEAR; from < until; from++) {
      const mark = json.charCodeAt(from);
      if (mark === QUOTE) return from;
      if (mark === ESCAPE) until = ++from + NEAR;
    }
  }
}

import { codeOf, escapeAt, lengthOf, mayBeginEscape, mayHoldEscapes, PLAIN, UNFINISHED } from "./escapes.ts";

/** JSON within JSON within an address. */
const MOST_LAYERS = 3;

/** A text as one who undoes its escapes reads it. */
export interface Reading {
  readonly text: string;
  /** Where in the original each of its characters begins, and where the last one ends; undefined: it is the original. */
  readonly places?: Uint32Array;
}

/**
 * The text as it stands, and then with its escapes undone, again and again as long as there are any. Each of these ends before an
 * escape that is not finished, unless the text does not go on.
 */
export function* readingsOf(text: string, isLast: boolean): Generator<Reading> {
  let reading: Reading = { text };
  yield reading;
  for (let layer = 0; layer < MOST_LAYERS && mayHoldEscapes(reading.text); layer++) {
    const inner = undone(reading, isLast);
    yield inner;
    if (inner.text.length === reading.text.length) return;
    reading = inner;
  }
}

/** A text without any escapes: what is left in the last reading of a text of a value that holds what looks like some itself. */
export function undoneWholly(text: string): string {
  let shortest = text;
  for (let n = 0; n < text.length && mayHoldEscapes(shortest); n++) {
    const { text: inner } = undone({ text: shortest }, true);
    if (inner.length === shortest.length) break;
    shortest = inner;
  }
  return shortest;
}

function undone({ text, places: outer }: Reading, isLast: boolean): Reading {
  const bytes = Buffer.from(text, "utf16le");
  // Overwritten as far as it is read.
  const letters = new Uint16Array(bytes.buffer, bytes.byteOffset, text.length);
  const places = new Uint32Array(text.length + 1);
  let [at, length] = [0, 0];
  for (; at < text.length; length++) {
    const letter = letters[at]!;
    places[length] = outer ? outer[at]! : at;
    letters[length] = letter;
    const escape = mayBeginEscape(letter) ? escapeAt(text, at) : PLAIN;
    if (escape === PLAIN || (escape === UNFINISHED && isLast)) {
      at++;
      continue;
    }
    if (escape === UNFINISHED) break;
    const code = codeOf(escape);
    if (code > 0xffff) {
      letters[length++] = 0xd7c0 + (code >> 10);
      places[length] = places[length - 1]!;
    }
    letters[length] = code > 0xffff ? 0xdc00 + (code & 0x3ff) : code;
    at += lengthOf(escape);
  }
  places[length] = outer ? outer[at]! : at;
  return { text: bytes.toString("utf16le", 0, length * 2), places: places.subarray(0, length + 1) };
}

/** The last place at or before this one at which a character of the innermost reading begins: what is read from there on is read alike. */
export function boundaryBefore(place: number, places: Uint32Array): number {
  let [low, high] = [0, places.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (places[middle]! <= place) low = middle;
    else high = middle - 1;
  }
  return Math.min(place, places[low] ?? place);
}

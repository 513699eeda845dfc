import { CUT, cutsIn, type Range } from "./cuts.ts";

/** So many characters in a row are looked up at once; no value is shorter. */
const GRAM = 4;
/** Looking at every twentieth place is quick enough, and keeps few grams of each value. */
const LONGEST_STEP = 20;
const SLOTS = 1 << 16;

interface Value {
  readonly text: string;
  /** How far apart it may stand within itself; made as it is needed. */
  periods?: ReadonlySet<number>;
}

/** A value, and how far behind its beginning one of its grams is. */
interface Place {
  readonly value: Value;
  readonly offset: number;
}

/** Finds many values in a text at once. */
export interface Values {
  /** Where one of them stands, or the beginning of one before a `…`; in no order, and they may overlap. */
  in(text: string): Range[];
  /** From where on the text is the beginning of a value and no more; its length where it is not. */
  openEnd(text: string): number;
}

/**
 * What finds these values, in the manner of Wu and Manber: of each stand so many grams in an index that one of them is met by who looks
 * at every so-manieth place alone.
 * @param values none shorter than four characters
 * @param beginnings what is hidden of them, however little of it there is, where a text was cut
 */
export function valuesOf(values: ReadonlySet<string>, beginnings: ReadonlySet<string>): Values {
  let [shortest, longest] = [LONGEST_STEP + GRAM - 1, 0];
  for (const { length } of values) [shortest, longest] = [Math.min(shortest, length), Math.max(longest, length)];
  const step = shortest - GRAM + 1;
  const known = new Map<number, Place[]>();
  const starts = new Map<number, string[]>();
  const isKnown = new Uint8Array(SLOTS);
  const isStart = new Uint8Array(SLOTS);
  const shortStarts = new Set<string>();
  for (const value of values) {
    const one: Value = { text: value };
    // The farthest first: so each is looked for from left to right.
    for (let offset = step - 1; offset >= 0; offset--) {
      const slot = slotOf(value, offset);
      isKnown[slot] = 1;
      push(known, slot, { value: one, offset });
    }
    isStart[slotOf(value, 0)] = 1;
    push(starts, slotOf(value, 0), value);
    for (let length = 1; length < GRAM; length++) shortStarts.add(value.slice(0, length));
  }

  const found = (text: string): Range[] => {
    const ranges: Range[] = [];
    const last = new Map<Value, [start: number, end: number]>();
    for (let at = 0; at + GRAM <= text.length; at += step) {
      const slot = slotOf(text, at);
      if (isKnown[slot] === 0) continue;
      for (const { value, offset } of known.get(slot)!) {
        const [start, before] = [at - offset, last.get(value)];
        if (start < 0 || !standsAt(text, value, start, before?.[1])) continue;
        const end = start + value.text.length;
        if (before && start < before[1]) before[1] = end;
        else {
          const range: [number, number] = [start, end];
          last.set(value, range);
          ranges.push(range);
        }
      }
    }
    return ranges;
  };

  const openEnd = (text: string): number => {
    const from = Math.max(0, text.length - longest + 1);
    let [a, b, c] = [text.charCodeAt(from), text.charCodeAt(from + 1), text.charCodeAt(from + 2)];
    for (let at = from; at + GRAM <= text.length; at++) {
      const d = text.charCodeAt(at + 3);
      const slot = slot4(a, b, c, d);
      [a, b, c] = [b, c, d];
      if (isStart[slot] === 0) continue;
      const end = text.slice(at);
      if (starts.get(slot)!.some((value) => value.length > end.length && value.startsWith(end))) return at;
    }
    for (let at = Math.max(0, text.length - GRAM + 1); at < text.length; at++) if (shortStarts.has(text.slice(at))) return at;
    return text.length;
  };

  const cuts = cutsIn(beginnings);
  return { in: (text) => (text.includes(CUT) ? [...found(text), ...cuts(text)] : found(text)), openEnd };
}

/**
 * Whether a value stands there. One that repeats itself may stand at each place of a text that does: so only what is not known is compared.
 * @param end of where it stood last, at or before this place
 */
function standsAt(text: string, value: Value, start: number, end = 0): boolean {
  const { length } = value.text;
  const apart = start + length - end;
  if (end === 0 || apart >= length) return text.startsWith(value.text, start);
  value.periods ??= periodsOf(value.text);
  return value.periods.has(apart) && text.startsWith(value.text.slice(length - apart), end);
}

/** By the failure function of Knuth, Morris and Pratt: how far it is from each of its ends that are a beginning of it, too. */
function periodsOf(text: string): Set<number> {
  const border = [0, 0];
  for (let at = 1; at < text.length; at++) {
    let length = border[at]!;
    while (length > 0 && text[at] !== text[length]) length = border[length]!;
    border.push(text[at] === text[length] ? length + 1 : 0);
  }
  const periods = new Set<number>();
  for (let length = border[text.length]!; length > 0; length = border[length]!) periods.add(text.length - length);
  return periods;
}

function slotOf(text: string, at: number): number {
  return slot4(text.charCodeAt(at), text.charCodeAt(at + 1), text.charCodeAt(at + 2), text.charCodeAt(at + 3));
}

function slot4(a: number, b: number, c: number, d: number): number {
  return (a + b * 31 + c * 961 + d * 29_791) & (SLOTS - 1);
}

function push<Item>(lists: Map<number, Item[]>, key: number, item: Item): void {
  const list = lists.get(key);
  if (list) list.push(item);
  else lists.set(key, [item]);
}

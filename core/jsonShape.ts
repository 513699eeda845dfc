/** Objects and lists within each other. */
const MAX_DEPTH = 32;
/** Each takes up to some hundred bytes of memory, and two to send. */
const MOST_VALUES = 50_000;
/** Keys that reach an object's prototype when they are copied carelessly. */
const PROTOTYPE_KEYS = ["__proto__", "constructor", "prototype"];

/**
 * Reads JSON from outside, or tells why it is not taken: it is too deep, holds too many values, or has a key such as `__proto__`. What its
 * text shows is seen before it is read, since a MiB of brackets or of keys takes a quarter of a second then. Pure.
 * @throws SyntaxError where it is no JSON
 */
export function readOutside(json: string): { readonly value: unknown } | { readonly unfit: string } {
  const unfit = whyUnfit(json);
  if (unfit !== null) return { unfit };
  const value: unknown = JSON.parse(json);
  const key = prototypeKeyIn(value);
  return key === undefined ? { value } : { unfit: `The body has the key ${key}, which is not taken.` };
}

function whyUnfit(json: string): string | null {
  let depth = 0;
  let values = 0;
  let isBegun = false;
  for (let at = 0; at < json.length; at++) {
    const char = json[at];
    if (char === " " || char === "\n" || char === "\r" || char === "\t") continue;
    const isEnd = char === "]" || char === "}";
    // Before each but the first stands a comma.
    if (char === "," || (isBegun && !isEnd)) values++;
    isBegun = char === "[" || char === "{";
    if (isBegun) depth++;
    if (isEnd) depth--;
    if (depth > MAX_DEPTH) return `The body is more than ${MAX_DEPTH} levels deep.`;
    if (values > MOST_VALUES) return `The body holds more than ${MOST_VALUES} values.`;
    if (char === '"') at = endOfText(json, at);
  }
  return null;
}

function prototypeKeyIn(root: unknown): string | undefined {
  const left = [root].filter(holdsOthers);
  for (let one = left.pop(); one !== undefined; one = left.pop()) {
    const found = Array.isArray(one) ? undefined : PROTOTYPE_KEYS.find((name) => Object.hasOwn(one!, name));
    if (found !== undefined) return found;
    for (const value of Object.values(one)) if (holdsOthers(value)) left.push(value);
  }
  return undefined;
}

/** What workflows and plugins make may be this deep: what reads it goes down level by level, with less of the stack left in some places than in others, and is written out with each level further in. */
export const DEEPEST = 100;

/** Whether JSON holds more levels of objects and lists than `DEEPEST`. Pure. */
export function isTooDeep(json: string): boolean {
  let depth = 0;
  for (let at = 0; at < json.length; at++) {
    const char = json[at];
    if (char === '"') at = endOfText(json, at);
    else if ((char === "[" || char === "{") && ++depth > DEEPEST) return true;
    else if (char === "]" || char === "}") depth--;
  }
  return false;
}

/** Where the text ends that begins there. */
function endOfText(json: string, start: number): number {
  let at = start + 1;
  while (at < json.length && json[at] !== '"') at += json[at] === "\\" ? 2 : 1;
  return at;
}

/** How many values lie in a value of JSON, at any depth. Pure. */
export function valuesIn(root: unknown): number {
  let values = 0;
  const left = [root].filter(holdsOthers);
  for (let one = left.pop(); one !== undefined; one = left.pop()) {
    const held: readonly unknown[] = Array.isArray(one) ? one : Object.values(one);
    values += held.length;
    for (const value of held) if (holdsOthers(value)) left.push(value);
  }
  return values;
}

function holdsOthers(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

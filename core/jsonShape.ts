/** Objects and lists within each other. */
const MAX_DEPTH = 32;
/** Each takes up to some hundred bytes of memory, and two to send. */
const MOST_VALUES = 50_000;
/** Keys that reach an object's prototype when they are copied carelessly. */
const PROTOTYPE_KEYS = new Set(["__proto__", "constructor", "prototype"]);

/**
 * Why JSON from outside is not taken: it is too deep, holds too many values, or has a key such as `__proto__`; null when it is fit. Goes
 * down level by level: brackets alone must not exhaust the stack. Pure.
 */
export function whyUnfit(root: unknown): string | null {
  let values = 0;
  let level = [root].filter(holdsOthers);
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return `The body is more than ${MAX_DEPTH} levels deep.`;
    const below: object[] = [];
    for (const one of level) {
      const key = Array.isArray(one) ? undefined : Object.keys(one).find((name) => PROTOTYPE_KEYS.has(name));
      if (key !== undefined) return `The body has the key ${key}, which is not taken.`;
      const held: readonly unknown[] = Array.isArray(one) ? one : Object.values(one);
      values += held.length;
      if (values > MOST_VALUES) return `The body holds more than ${MOST_VALUES} values.`;
      for (const value of held) if (holdsOthers(value)) below.push(value);
    }
    level = below;
  }
  return null;
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

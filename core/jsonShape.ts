/** Objects and lists within each other. */
const MAX_DEPTH = 32;
/** Keys that reach an object's prototype when they are copied carelessly. */
const PROTOTYPE_KEYS = new Set(["__proto__", "constructor", "prototype"]);

/**
 * Why JSON from outside is not taken: it is too deep, or has a key such as `__proto__`; null when it is neither. Goes down with a
 * stack of its own: brackets alone must not exhaust the real one. Pure.
 */
export function whyUnfit(root: unknown): string | null {
  const waiting: { value: unknown; depth: number }[] = [{ value: root, depth: 1 }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { value, depth } = next;
    if (typeof value !== "object" || value === null) continue;
    if (depth > MAX_DEPTH) return `The body is more than ${MAX_DEPTH} levels deep.`;
    for (const [key, child] of Object.entries(value)) {
      if (PROTOTYPE_KEYS.has(key)) return `The body has the key ${key}, which is not taken.`;
      waiting.push({ value: child, depth: depth + 1 });
    }
  }
  return null;
}

/** How well what was typed fits a name. Pure. */

/**
 * Letters in order, the more so the closer together and the nearer to where words begin.
 * @param {string} typed
 * @param {string} name
 * @returns {{ score: number, at: number[] } | null} `at`: which letters of the name matched; null: it does not fit
 */
export function fit(typed, name) {
  const want = Array.from(typed.toLowerCase()).filter((letter) => letter.trim());
  if (want.length === 0) return { score: 0, at: [] };
  const text = name.slice(0, 300).toLowerCase();
  const whole = text.indexOf(typed.toLowerCase().trim());
  if (whole !== -1) return { score: 1000 - whole - text.length / 10 + (startsWord(text, whole) ? 200 : 0), at: Array.from({ length: typed.trim().length }, (_, step) => whole + step) };
  const at = [];
  let score = 0;
  let from = 0;
  for (const letter of want) {
    const found = next(text, letter, from, at.at(-1));
    if (found === -1) return null;
    score += found === (at.at(-1) ?? -2) + 1 ? 12 : startsWord(text, found) ? 10 : 1;
    at.push(found);
    from = found + 1;
  }
  return { score: score - (at.at(-1) - at[0]) / 4 - text.length / 20, at };
}

/** Where a letter comes next: right after the last one, else where a word begins, else anywhere. */
function next(text, letter, from, last) {
  const first = text.indexOf(letter, from);
  if (first === -1 || first === last + 1) return first;
  for (let at = first; at !== -1; at = text.indexOf(letter, at + 1)) if (startsWord(text, at)) return at;
  return first;
}

const startsWord = (text, at) => at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1]);

/**
 * The entries that fit, best first; equals keep their order.
 * @param {string} typed
 * @param {{ title: string, also?: string }[]} entries `also` is looked in when the title does not fit
 * @param {number} most
 */
export function best(typed, entries, most = 50) {
  const found = [];
  for (const entry of entries) {
    const hit = fit(typed, entry.title) ?? (entry.also && typed.length > 1 && entry.also.toLowerCase().includes(typed.toLowerCase().trim()) ? { score: -50, at: [] } : null);
    if (hit) found.push({ entry, ...hit, score: hit.score + (entry.weight ?? 0) });
  }
  return found.sort((a, b) => b.score - a.score).slice(0, most);
}

/** The known word that was probably meant; undefined when none is near enough. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  let found: { readonly name: string; readonly letters: number } | undefined;
  for (const name of known) {
    const most = Math.ceil(name.length / 3);
    if (distance(word.toLowerCase(), name.toLowerCase(), most) > most) continue;
    const letters = distance(word, name, found?.letters ?? Infinity);
    if (!found || letters < found.letters) found = { name, letters };
  }
  return found?.name;
}

/** For more words than these it is not guessed what was meant, until there are other names. */
const MOST_GUESSED = 100;

/** `nearest` for those who ask for the same words again and again, of names that seldom change: to compare a word with all takes long. */
export class Guesses {
  readonly #found = new Map<string, string | undefined>();
  #known = "";

  nearest(word: string, known: readonly string[]): string | undefined {
    const all = known.join("\n");
    if (all !== this.#known) this.#found.clear();
    this.#known = all;
    if (!this.#found.has(word) && this.#found.size < MOST_GUESSED) this.#found.set(word, nearest(word, known));
    return this.#found.get(word);
  }
}

/** How many letters have to be added, dropped, changed or swapped with their neighbour; Infinity where that is more than `most`. */
function distance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return Infinity;
  let [before, row]: [number[], number[]] = [[], Array.from({ length: b.length + 1 }, (_, i) => i)];
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? before[j - 2]! + 1 : Infinity;
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1), swapped));
    }
    // A swap looks back two rows.
    if (Math.min(...row) > most && Math.min(...next) > most) return Infinity;
    [before, row] = [row, next];
  }
  return row[b.length]!;
}

/** The known word that was probably meant; undefined when none is near enough. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  return known
    .filter((name) => distance(word.toLowerCase(), name.toLowerCase()) <= Math.ceil(name.length / 3))
    .toSorted((a, b) => distance(word, a) - distance(word, b))[0];
}

/** How many letters have to be added, dropped, changed or swapped with their neighbour. */
function distance(a: string, b: string): number {
  let [before, row]: [number[], number[]] = [[], Array.from({ length: b.length + 1 }, (_, i) => i)];
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? before[j - 2]! + 1 : Infinity;
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1), swapped));
    }
    [before, row] = [row, next];
  }
  return row[b.length]!;
}

/** Who waits for whom, by ids. */
export type Graph = ReadonlyMap<string, readonly string[]>;

const MOST_NAMED = 10;
/** Rings of more nodes in all are not told at once: those that are left are found when these are mended. */
const MOST_IN_RINGS = 100_000;

/**
 * Rings in which each waits for the next, from the one that comes first in the map: `["a", "b", "a"]`. One for each
 * way that closes a ring; none when all can be put in an order. Names that are no nodes are passed over.
 */
export function ringsIn(graph: Graph): string[][] {
  const rings: string[][] = [];
  let told = 0;
  const done = new Set<string>();
  /** From where the walk began to where it is, and what is still to be followed from each. */
  const trail: { readonly id: string; readonly rest: Iterator<string> }[] = [];
  const places = new Map<string, number>();
  const enter = (id: string): void => {
    places.set(id, trail.length);
    trail.push({ id, rest: graph.get(id)!.values() });
  };
  for (const start of graph.keys()) {
    if (!done.has(start)) enter(start);
    for (let here = trail.at(-1); here; here = trail.at(-1)) {
      const next = here.rest.next();
      if (next.done) {
        trail.pop();
        places.delete(here.id);
        done.add(here.id);
        continue;
      }
      const place = places.get(next.value);
      if (place === undefined) {
        if (graph.has(next.value) && !done.has(next.value)) enter(next.value);
      } else if (told < MOST_IN_RINGS) {
        rings.push([...trail.slice(place).map(({ id }) => id), next.value]);
        told += trail.length - place;
      }
    }
  }
  return rings;
}

/** A ring in words, however long it is, from one of its places on. */
export function ringWords(ring: readonly string[], place = 0): string {
  const around = ring.length - 1;
  const shown = Array.from({ length: Math.min(around, MOST_NAMED) }, (_, n) => ring[(place + n) % around]!);
  return [...shown, ...(around > MOST_NAMED ? ["…"] : []), shown[0]!].join(" → ");
}

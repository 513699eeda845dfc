/** Who waits for whom, by ids. */
export type Graph = ReadonlyMap<string, readonly string[]>;

/**
 * Rings in which each waits for the next, from the one that comes first in the map: `["a", "b", "a"]`. One for each
 * node that closes a ring; none when all can be put in an order. Names that are no nodes are passed over.
 */
export function ringsIn(graph: Graph): string[][] {
  const rings: string[][] = [];
  const done = new Set<string>();
  const follow = (id: string, trail: readonly string[]): void => {
    if (trail.includes(id)) rings.push([...trail.slice(trail.indexOf(id)), id]);
    if (done.has(id) || trail.includes(id)) return;
    for (const next of graph.get(id) ?? []) if (graph.has(next)) follow(next, [...trail, id]);
    done.add(id);
  };
  for (const id of graph.keys()) follow(id, []);
  return rings;
}

/** Where strands stand. Pure. */

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** Everything that decides a strand's place: while it stays the same, nothing has to be laid out anew. */
export function placeKey(strand) {
  return [strand.node.name, strand.node.id, strand.source?.label ?? "", strand.source?.id ?? "", isLast(strand), strand.name.slice(0, 200), strand.id].join("\u0000");
}

const isLast = ({ system, woven }) => Number(system || woven?.shipped === true);

/** Ids by node, source and name; the scheduler's own jobs, and Loom's, come last within their source. */
export function sortStrands(strands) {
  const compare = (a, b) =>
    byWords(a.node.name, b.node.name) ||
    byWords(a.source?.label ?? "", b.source?.label ?? "") ||
    byWords(a.source?.id ?? "", b.source?.id ?? "") ||
    isLast(a) - isLast(b) ||
    byWords(a.name.slice(0, 200), b.name.slice(0, 200)) ||
    (a.id < b.id ? -1 : 1);
  return [...strands].sort(compare).map((strand) => strand.id);
}

/** Most strands share their node and source with their neighbours: a collator would look at each letter of those. */
const byWords = (a, b) => (a === b ? 0 : collator.compare(a, b));

/**
 * Strands gathered under their node and source, in the order given. Sources without a strand are kept: an empty beam
 * tells that a scheduler was found and is empty.
 * @returns {{ node: {id, name}, beams: { key, label, sourceId, ids }[] }[]}
 */
export function group(strands, sources = []) {
  const nodes = new Map();
  const beamOf = (node, key, label, sourceId) => {
    if (!nodes.has(node.id)) nodes.set(node.id, { node, beams: new Map() });
    const beams = nodes.get(node.id).beams;
    if (!beams.has(key)) beams.set(key, { key, label, sourceId, ids: [] });
    return beams.get(key);
  };
  for (const strand of strands) {
    const sourceId = strand.source?.id ?? null;
    beamOf(strand.node, `${strand.node.id} ${sourceId ?? ""}`, strand.source?.label ?? "workflows", sourceId).ids.push(strand.id);
  }
  for (const source of sources) beamOf(source.node, `${source.node.id} ${source.id}`, source.label, source.id);
  return [...nodes.values()].map((entry) => ({ node: entry.node, beams: [...entry.beams.values()] }));
}

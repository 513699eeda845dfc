/** The columns of the list and what each sorts by. Pure. */

const urgency = ["failed", "waiting", "stuck", "missed", "overdue", "running", "skipped", "ok", "idle"];
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

const stateOf = (strand) => (strand.redRuns > 0 ? "failed" : strand.activeRun?.stuckAt ? "stuck" : strand.missed ? "missed" : strand.status);

/** `value` is what a column sorts by; null comes last whichever way it is turned. */
export const columns = [
  { key: "name", title: "name", value: (strand) => strand.name.slice(0, 200) },
  { key: "state", title: "state", value: (strand) => urgency.indexOf(stateOf(strand)) },
  { key: "schedule", title: "schedule", value: (strand) => strand.trigger.text },
  { key: "next", title: "next", value: (strand) => (strand.enabled ? strand.nextRunAt : null) },
  { key: "last", title: "last", value: (strand) => strand.lastRun?.startedAt ?? null },
  { key: "lasted", title: "lasted", value: (strand) => (strand.lastRun?.finishedAt ? strand.lastRun.finishedAt - strand.lastRun.startedAt : null) },
  { key: "source", title: "source", value: (strand) => `${strand.source?.label ?? "workflows"} ${strand.node.name}` },
  { key: "runs", title: "runs", value: (strand) => (strand.recent.length > 0 ? strand.recent.filter((run) => run.red).length / strand.recent.length : null) },
];

/**
 * Ids in the order of a column; equals keep the order they had.
 * @param {{ key: string, down: boolean }} order
 */
export function sortIds(ids, strandOf, order) {
  const column = columns.find((known) => known.key === order.key);
  if (!column) return ids;
  const rows = ids.map((id) => ({ id, strand: strandOf(id) })).filter((row) => row.strand).map((row) => ({ id: row.id, value: column.value(row.strand) }));
  const sign = order.down ? -1 : 1;
  const compare = (a, b) => (typeof a === "string" ? collator.compare(a, b) : a - b);
  rows.sort((a, b) => (a.value === null || b.value === null ? Number(a.value === null) - Number(b.value === null) : sign * compare(a.value, b.value)));
  return rows.map((row) => row.id);
}

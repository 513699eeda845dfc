/** The columns of the list and what each sorts by. Pure. */

const urgency = ["failed", "waiting", "missed", "overdue", "running", "skipped", "ok", "idle"];
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

export const columns = [
  { key: "name", title: "name", value: (strand) => strand.name.slice(0, 200) },
  { key: "state", title: "state", value: (strand) => urgency.indexOf(strand.redRuns > 0 ? "failed" : strand.status) },
  { key: "schedule", title: "schedule", value: (strand) => strand.trigger.text },
  { key: "next", title: "next", value: (strand) => (strand.enabled && strand.nextRunAt !== null ? strand.nextRunAt : Infinity) },
  { key: "lasted", title: "lasted", value: (strand) => (strand.lastRun?.finishedAt ? strand.lastRun.finishedAt - strand.lastRun.startedAt : Infinity) },
  { key: "source", title: "source", value: (strand) => `${strand.source?.label ?? "workflows"} ${strand.node.name}` },
];

/**
 * Ids in the order of a column; equals keep the order they had.
 * @param {{ key: string, down: boolean }} order
 */
export function sortIds(ids, strandOf, order) {
  const column = columns.find((known) => known.key === order.key);
  if (!column) return ids;
  const rows = ids.map((id) => ({ id, value: strandOf(id) })).filter((row) => row.value).map((row) => ({ id: row.id, value: column.value(row.value) }));
  const sign = order.down ? -1 : 1;
  rows.sort((a, b) => sign * (typeof a.value === "string" ? collator.compare(a.value, b.value) : a.value === b.value ? 0 : a.value - b.value));
  return rows.map((row) => row.id);
}

/** A strand's runs with the firings that did not become one, as one list. Pure. */

/** What the history can be narrowed to. */
export const filters = ["all", "red", "missed", "by hand"];

const told = new Set(["missed", "unknown", "excused"]);

/**
 * @param {object[]} runs newest first
 * @param {object[]} occurrences in any order
 * @param {{ filter?: string, whole?: boolean }} how `whole`: no older run is left to be read, so older firings are shown too
 * @returns {({ run: object, late: number | null } | { firings: object[] })[]} newest first; firings in a row with one cause are one row
 */
export function chronicle(runs, occurrences, { filter = "all", whole = true } = {}) {
  const end = whole ? -Infinity : (runs.at(-1)?.startedAt ?? 0);
  const due = new Map(occurrences.filter((one) => one.runId).map((one) => [one.runId, one]));
  const rows = [];
  if (filter !== "missed") {
    for (const run of runs) {
      if (filter === "red" && !run.red) continue;
      if (filter === "by hand" && run.trigger !== "manual") continue;
      const met = due.get(run.id);
      rows.push({ at: run.startedAt, row: { run, late: met?.status === "late" ? run.startedAt - met.dueAt : null } });
    }
  }
  if (filter === "all" || filter === "missed") {
    for (const one of occurrences) if (told.has(one.status) && one.dueAt >= end && (filter === "all" || one.status === "missed")) rows.push({ at: one.dueAt, row: { firings: [one] } });
  }
  rows.sort((a, b) => b.at - a.at);
  return gather(rows.map(({ row }) => row));
}

/** Firings one after another that ended alike, for the same cause, become one row. */
function gather(rows) {
  const gathered = [];
  for (const row of rows) {
    const before = gathered.at(-1)?.firings?.[0];
    const one = row.firings?.[0];
    if (one && before && before.status === one.status && before.causeText === one.causeText && Boolean(before.seen) === Boolean(one.seen)) gathered.at(-1).firings.push(one);
    else gathered.push(row);
  }
  return gathered;
}

/** Key of a row that stays the same while it is shown. */
export const rowKey = (row) => (row.run ? row.run.id : `due ${row.firings.at(-1).dueAt}`);

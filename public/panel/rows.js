import { stepTone } from "../ui/words.js";

/** The rows of a run as a person reads them: steps, and under each its phases and the items of its list. Pure. */

/**
 * @param {object[]} rows as `readRun` gives them, in their order
 * @returns {object[]} the steps, each with `phases` and `items`, its items with `phases`
 */
export function nest(rows) {
  const made = new Map(rows.map((row) => [row.id, { ...row, items: [], phases: [] }]));
  const steps = [];
  for (const row of made.values()) {
    const parent = row.parent === null ? null : made.get(row.parent);
    if (!parent) steps.push(row);
    else if (row.id.startsWith(`${row.parent}/`)) parent.phases.push(row);
    else parent.items.push(row);
  }
  return steps;
}

/** How many items of a step are done, failed, and at work; a step's own share of its work by them. */
export function sumOf(items) {
  const sum = { all: items.length, done: 0, failed: 0, running: 0 };
  for (const { status } of items) {
    const tone = stepTone(status);
    if (status === "completed" || status === "skipped") sum.done++;
    else if (tone === "failed") sum.failed++;
    else if (tone === "running") sum.running++;
  }
  return sum;
}

/** `3 of 8 done, 2 running, 1 failed`. */
export function sumWords({ all, done, failed, running }) {
  return [`${done} of ${all} done`, running > 0 && `${running} running`, failed > 0 && `${failed} failed`].filter(Boolean).join(", ");
}

/** The items that are shown while not all are: what failed and what is at work before what waits or is done. */
export function firstItems(items, most) {
  if (items.length <= most) return items;
  const rank = { failed: 0, running: 1 };
  const chosen = new Set(items.toSorted((a, b) => (rank[stepTone(a.status)] ?? 2) - (rank[stepTone(b.status)] ?? 2)).slice(0, most));
  return items.filter((item) => chosen.has(item));
}

/** The attempts at a row, where there is more to tell than that there was one. */
export function attemptsOf(row, attempts) {
  const own = attempts.filter(({ step }) => step === row.id);
  return own.length > 1 || row.status === "retrying" ? own : [];
}

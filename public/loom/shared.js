/** What steps of different strands share (an operation, a model, an agent), and where that is the likely cause of trouble. Pure. */

/** Fewer than two is no pattern; and where most that use it are well, it is not what fails. */
const LEAST_FAILED = 2;
const LEAST_SHARE = 1 / 3;
/** More garlands than these nobody could tell apart. */
const MOST_TOLD = 12;

const known = new WeakMap();
const latest = new Map();
/** Strands that went are among them. */
const MOST_LATEST = 20_000;
const none = [];

/**
 * What one strand shares: `{ key, id, at, failed }` for each of its steps. The same array as before as long as that stays
 * the same, whatever else becomes of the strand: most events change nothing here.
 */
export function threadsOf(strand) {
  if (!known.has(strand)) {
    const found = strand.steps.flatMap((step, at) => {
      const failed = strand.redRuns > 0 && (step.status === "failed" || step.status === "failed_crash");
      const keys = step.operationId === null ? step.shares : [...step.shares, `operation:${step.operationId}`];
      return [...new Set(keys)].map((key) => ({ key, id: strand.id, at, failed }));
    });
    const before = latest.get(strand.id) ?? none;
    const isSame = found.length === before.length && found.every(({ key, at, failed }, i) => key === before[i].key && at === before[i].at && failed === before[i].failed);
    if (latest.size >= MOST_LATEST) latest.clear();
    if (!isSame) latest.set(strand.id, found);
    known.set(strand, isSame ? before : found);
  }
  return known.get(strand);
}

/**
 * Everything that at least two strands share.
 * @param {object[][]} shared what each strand shares, in the order in which they hang
 * @returns {Map<string, { id: string, at: number, failed: boolean }[]>} by key, such as `model:gpt-5`
 */
export function gather(shared) {
  const braids = new Map();
  for (const thread of shared.flat()) {
    if (!braids.has(thread.key)) braids.set(thread.key, []);
    braids.get(thread.key).push(thread);
  }
  for (const [key, threads] of braids) if (new Set(threads.map(({ id }) => id)).size < 2) braids.delete(key);
  return braids;
}

/**
 * Shared things that fail on several strands, the surest first, and no more than a dozen. Of two that fail on the same strands
 * only the one that few others use is told: it explains more.
 * @returns {{ key: string, label: string, threads: object[] }[]}
 */
export function causes(braids) {
  const found = [];
  for (const [key, threads] of braids) {
    const failed = threads.filter((thread) => thread.failed);
    const ids = new Set(failed.map(({ id }) => id));
    const share = ids.size / new Set(threads.map(({ id }) => id)).size;
    if (ids.size >= LEAST_FAILED && share >= LEAST_SHARE) found.push({ key, ids, share, threads: failed });
  }
  found.sort((a, b) => b.share - a.share || b.ids.size - a.ids.size || (a.key < b.key ? -1 : 1));
  const told = [];
  for (const cause of found) {
    if (told.length === MOST_TOLD) break;
    if (told.every((other) => ![...cause.ids].every((id) => other.ids.has(id)))) told.push(cause);
  }
  return told.map(({ key, ids, threads }) => ({ key, label: `${labelOf(key)} · ${ids.size} failed`, threads }));
}

/** The key as people say it: `model gpt-5`. */
export function labelOf(key) {
  return key.replace(":", " ");
}

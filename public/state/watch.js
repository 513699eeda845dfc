import { signal } from "../vendor/preact.js";

/**
 * What happens in the steps of the one run that is looked at: what they print and how far they are. It is told as it
 * happens and by no event, so whoever comes later asks for what there is.
 */

/** Id of the run that is watched, or null. */
export const watched = signal(null);
/** How far its rows say they are, 0 to 1, by row. */
const progress = signal(new Map());
const listeners = new Set();

/**
 * Watches a run from now on, and none with null.
 * @param {[string, number][]} [known] how far its rows were when it was read
 */
export function watchRun(runId, known = []) {
  if (watched.peek() === runId) return;
  progress.value = new Map(known);
  watched.value = runId;
}

/** How far a row of a run is, 0 to 1; null where it is not told. Follows when read in a signal. */
export const progressOf = (runId, row) => (runId === null || watched.value !== runId ? null : (progress.value.get(row) ?? null));

/** The run whose news come, `{ runId }`, new each time that they begin: whatever was before is read after this. */
export const newsOf = signal(null);

/** The gateway has said that the news of a run come from now on. */
export const beginNews = (runId) => (newsOf.value = { runId });

/** Calls `listener` with `{ step, text, bytes }` of every output of the watched run; the answer ends it. */
export function onOutput(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Takes in what the feed tells of the watched run. */
export function takeNews(news) {
  if (news?.runId !== watched.peek() || typeof news.step !== "string") return;
  if (news.is === "output") for (const listener of listeners) listener(news);
  else if (typeof news.fraction === "number") progress.value = new Map(progress.peek()).set(news.step, Math.min(1, Math.max(0, news.fraction)));
}

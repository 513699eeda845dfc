import { computed } from "../vendor/preact.js";
import { matches } from "./filter.js";
import { group } from "./order.js";
import { allStrands, revision, sources, strandIds } from "./store.js";
import { query } from "./view.js";

let lastIds = [];

/** Ids that the filter leaves. The array stays the same one while it holds the same ids, so nothing re-renders for nothing. */
export const visibleIds = computed(() => {
  const ids = strandIds.value;
  const text = query.value.trim();
  if (!text) return (lastIds = ids);
  revision.value;
  const next = allStrands().filter((strand) => matches(strand, text)).map((strand) => strand.id);
  if (next.length === lastIds.length && next.every((id, at) => id === lastIds[at])) return lastIds;
  return (lastIds = next);
});

/** The visible strands under their nodes and sources. */
export const groups = computed(() => {
  const wanted = new Set(visibleIds.value);
  const shown = allStrands().filter((strand) => wanted.has(strand.id));
  return group(shown, query.value.trim() ? [] : [...sources.value.values()]);
});

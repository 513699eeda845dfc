import { computed } from "../vendor/preact.js";
import { revision, strandOf } from "../state/store.js";
import { visibleIds } from "../state/visible.js";
import { toneOf } from "../ui/words.js";

const ranks = { failed: 0, waiting: 1, stuck: 2, missed: 3, overdue: 4, running: 5 };

/** The tones that ask for somebody, the most urgent first. */
export const asking = ["failed", "waiting", "stuck", "missed", "overdue"];

/** The strands that want somebody or are at work: what must be seen from however far. `{ id, tone, rank, name }`, in their order. */
export const wanted = computed(() => {
  revision.value;
  const found = [];
  for (const id of visibleIds.value) {
    const strand = strandOf(id).peek();
    const tone = strand ? toneOf(strand) : "idle";
    if (tone in ranks) found.push({ id, tone, rank: ranks[tone], name: strand.name });
  }
  return found;
});

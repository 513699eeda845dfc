import { computed, signal } from "../vendor/preact.js";
import { visibleIds } from "../state/visible.js";

/** Which strands are chosen for what is done to many at once. */

const chosen = signal(new Set());
let anchor = null;

/** The chosen ones that the filter leaves, in their order: what cannot be seen is not acted on. */
export const selection = computed(() => (chosen.value.size === 0 ? [] : visibleIds.value.filter((id) => chosen.value.has(id))));
/** Whether a strand is chosen. */
export const isChosen = (id) => chosen.value.has(id);

/** Chooses a strand, or no more; with `through` all from the last one to it, in the order of `ids`. */
export function choose(id, ids, through = false) {
  const next = new Set(chosen.peek());
  const [from, to] = [ids.indexOf(anchor), ids.indexOf(id)];
  if (through && from !== -1 && to !== -1) for (const between of ids.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(between);
  else if (!next.delete(id)) next.add(id);
  anchor = id;
  chosen.value = next;
}

/** Chooses all of these, or none when all of them are chosen. */
export function chooseAll(ids) {
  chosen.value = ids.length > 0 && ids.every((id) => chosen.peek().has(id)) ? new Set() : new Set(ids);
}

export function chooseNone() {
  chosen.value = new Set();
}

import { effect, signal } from "../vendor/preact.js";
import { pages } from "../state/api.js";
import { readRun } from "../state/detailShape.js";

/** What the strands themselves do not tell of what happened to them: why a run is red. */

/** Red runs that nobody has acknowledged, by id. */
export const redRuns = signal(new Map());
let asked = false;

/** So many of them are read. */
const MOST = 500;

/** Keeps the reasons at hand of whatever red runs `ids` names, while somebody looks; the answer ends it. */
export function followReds(ids) {
  return effect(() => {
    if (asked || ids.value.every((id) => redRuns.peek().has(id))) return;
    asked = true;
    newestReds()
      .then((found) => {
        // What is asked for and not among the newest is not asked for again and again.
        redRuns.value = new Map([...ids.peek().map((id) => [id, null]), ...found.map((run) => [run.id, run])]);
      })
      .catch(() => {})
      .finally(() => (asked = false));
  });
}

/** A page ends early where what runs say is long. */
async function newestReds() {
  const found = [];
  for await (const { items } of pages("/runs?red=true", MOST)) {
    found.push(...items.map(readRun));
    if (found.length >= MOST) break;
  }
  return found;
}

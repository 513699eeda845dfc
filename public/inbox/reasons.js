import { effect, signal } from "../vendor/preact.js";
import { get } from "../state/api.js";
import { readRun } from "../state/detailShape.js";

/** What the strands themselves do not tell of what happened to them: why a run is red. */

/** Red runs that nobody has acknowledged, by id. */
export const redRuns = signal(new Map());
let asked = false;

/** Keeps the reasons at hand of whatever red runs `ids` names, while somebody looks; the answer ends it. */
export function followReds(ids) {
  return effect(() => {
    if (asked || ids.value.every((id) => redRuns.peek().has(id))) return;
    asked = true;
    get("/runs?red=true&limit=500")
      .then((page) => {
        const found = (page?.items ?? []).map(readRun);
        // What is asked for and not among the newest is not asked for again and again.
        redRuns.value = new Map([...ids.peek().map((id) => [id, null]), ...found.map((run) => [run.id, run])]);
      })
      .catch(() => {})
      .finally(() => (asked = false));
  });
}

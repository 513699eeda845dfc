import { effect, signal } from "../vendor/preact.js";
import { get, strandPath } from "../state/api.js";
import { readRun, readVersion } from "../state/detailShape.js";

/** What the strands themselves do not tell of what happened to them: why a run is red, and how a definition was before. */

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

const MOST = 200;
const versions = new Map();

/** Two kept definitions of a strand: `{ before, after }`, either of them null when it is not kept. */
export function readVersions(strandId, from, to) {
  const key = `${strandId} ${to}`;
  if (!versions.has(key)) {
    if (versions.size >= MOST) versions.delete(versions.keys().next().value);
    const reading = get(`${strandPath(strandId)}/versions`).then((page) => (page?.items ?? []).map(readVersion));
    reading.catch(() => versions.delete(key));
    versions.set(key, reading);
  }
  const find = (all, number) => all.find((one) => one.version === number) ?? null;
  return versions.get(key).then((all) => ({ before: find(all, from), after: find(all, to) }));
}

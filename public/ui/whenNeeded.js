import { h, signal } from "../vendor/preact.js";
import { later } from "../state/clock.js";

/**
 * What the first strands need not wait for: modules that are fetched when they are first wanted, or soon after the strands
 * are drawn.
 */

const waiting = [];

/**
 * @param {() => Promise<object>} load such as `() => import("../bindings.js")`
 * @param {(module: object) => void} use called with the module, once it is there
 * @returns {() => Promise<void>} fetches it now
 */
export function onDemand(load, use) {
  // The gateway may be away for a moment.
  const patiently = () => load().catch(() => new Promise((resolve) => later(2000, () => resolve(patiently()))));
  let asked = null;
  const fetchIt = () => (asked ??= patiently().then(use));
  waiting.push(fetchIt);
  return fetchIt;
}

/**
 * A component of such a module. It draws nothing until the module is there.
 * @param {() => Promise<object>} load such as `() => import("../panel/panel.js")`
 * @param {string} name of the component in that module
 */
export function whenNeeded(load, name) {
  const found = signal(null);
  const fetchIt = onDemand(load, (module) => (found.value = { component: module[name] }));
  return function Later(props) {
    if (found.value === null) return void fetchIt();
    return h(found.value.component, props);
  };
}

/** The same for what stands beside the first strands or upon them: it waits for its turn, and is not asked for by being drawn. */
export function afterStrands(load, name) {
  const found = signal(null);
  onDemand(load, (module) => (found.value = { component: module[name] }));
  return function Later(props) {
    return found.value && h(found.value.component, props);
  };
}

/** Fetches what is left, so that it is there when it is wanted, whatever becomes of the gateway. Settles when it is. */
export async function fetchTheRest() {
  await new Promise((resolve) => later(100, resolve));
  await Promise.all(waiting.splice(0).map((fetchIt) => fetchIt()));
}

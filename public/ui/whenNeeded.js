import { html } from "../html.js";
import { h, signal } from "../vendor/preact.js";
import { later } from "../state/clock.js";

/**
 * What the first strands need not wait for: modules that are fetched when they are first wanted, or soon after the strands
 * are drawn.
 */

/** Nobody is told of what comes within this time. */
const SOON = 300;
const AGAIN = 2000;
/** A gateway that is away for a moment is not worth a word. */
const PATIENCE = 3;

const waiting = [];

/**
 * @param {() => Promise<object>} load such as `() => import("../rooms.js")`
 * @param {(module: object) => void} use called with the module, once it is there
 * @param {(times: number) => void} [failed] called each time that it could not be had; it is tried again
 * @returns {() => Promise<void>} fetches it now
 */
export function onDemand(load, use, failed = () => {}) {
  const patiently = (times = 1) =>
    load().catch(() => {
      failed(times);
      return new Promise((resolve) => later(AGAIN, () => resolve(patiently(times + 1))));
    });
  let asked = null;
  const fetchIt = () => (asked ??= patiently().then(use));
  waiting.push(fetchIt);
  return fetchIt;
}

/**
 * A component of such a module. Until the module is there it says so, if that takes long.
 * @param {() => Promise<object>} load such as `() => import("../rooms.js")`
 * @param {string} name of the component in that module
 */
export function whenNeeded(load, name) {
  const component = signal(null);
  const words = signal("");
  const fetchIt = onDemand(
    load,
    (module) => (component.value = { is: module[name] }),
    (times) => times >= PATIENCE && (words.value = "This part of the page could not be fetched. Trying again…"),
  );
  let told = null;
  return function Later(props) {
    if (component.value !== null) return h(component.value.is, props);
    void fetchIt();
    told ??= later(SOON, () => (words.value ||= "Fetching this part of the page…"));
    return words.value && html`<p class="words" role="status">${words.value}</p>`;
  };
}

/** The same for what stands beside the first strands or upon them: it waits for its turn, and says nothing meanwhile. */
export function afterStrands(load, name) {
  const component = signal(null);
  onDemand(load, (module) => (component.value = { is: module[name] }));
  return function Later(props) {
    return component.value && h(component.value.is, props);
  };
}

/** Fetches what is left, so that it is there when it is wanted, whatever becomes of the gateway. Settles when it is. */
export async function fetchTheRest() {
  await new Promise((resolve) => later(100, resolve));
  await Promise.all(waiting.splice(0).map((fetchIt) => fetchIt()));
}

import { h } from "../vendor/preact.js";
import { signal } from "../vendor/signals.js";
import { later } from "../state/clock.js";

/**
 * A component whose module is fetched when it is first wanted, so that the first strands need not wait for it. It draws
 * nothing until then.
 * @param {() => Promise<object>} load such as `() => import("../panel/panel.js")`
 * @param {string} name of the component in that module
 */
export function whenNeeded(load, name) {
  const found = signal(null);
  let asked = null;
  const fetchIt = () => (asked ??= load().then((module) => (found.value = { component: module[name] }), again));
  // The gateway may be away for a moment.
  const again = () => {
    asked = null;
    later(2000, fetchIt);
  };
  waiting.push(fetchIt);
  return function Later(props) {
    if (found.value === null) return void fetchIt();
    return h(found.value.component, props);
  };
}

const waiting = [];

/** Fetches what is left, so that it is there when it is wanted, whatever becomes of the gateway. */
export function fetchTheRest() {
  later(100, () => waiting.splice(0).forEach((fetchIt) => fetchIt()));
}

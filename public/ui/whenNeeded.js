import { html } from "../html.js";
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
  const fetchIt = () => (asked ??= load().then((module) => (found.value = { component: module[name] }), () => (asked = null)));
  waiting.push(fetchIt);
  return function Later(props) {
    if (found.value === null) return void fetchIt();
    return html`<${found.value.component} ...${props} />`;
  };
}

const waiting = [];

/** Fetches what is left, one after the other, so that it is there when it is wanted. */
export function fetchTheRest() {
  later(500, async () => {
    for (const fetchIt of waiting.splice(0)) await fetchIt();
  });
}

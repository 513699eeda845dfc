import { html } from "../html.js";
import { signal } from "../vendor/preact.js";
import { later } from "../state/clock.js";

/** Tells those who hear the page what happened, never faster than one can listen. */

const GAP = 2500;
const said = signal("");
let queue = [];
let busy = false;

/** Says it politely, soon; when much happens at once, the newest and how much more. */
export function announce(words) {
  queue.push(words);
  if (!busy) speak();
}

function speak() {
  const words = queue.at(-1);
  busy = words !== undefined;
  if (!busy) return;
  said.value = queue.length > 1 ? `${words}, and ${queue.length - 1} more` : words;
  queue = [];
  later(GAP, speak);
}

/** The place where it is said. */
export function Announcer() {
  return html`<div class="unseen" aria-live="polite" aria-atomic="true" id="announcer">${said.value}</div>`;
}

import { html } from "../html.js";
import { now } from "../state/clock.js";
import { connection, loadProblem, retry, storeTrouble } from "../state/connection.js";
import { phase } from "../state/store.js";
import { absolute, span } from "./format.js";

/** What is told while the gateway is away: with the first modules, since it could not be fetched then. */

/** A loom with bare threads: the ground on which all these words stand. */
export function BareLoom({ label, children, moving = false }) {
  return html`<section class=${moving ? "bare moving" : "bare"} aria-label=${label}>
    <svg class="bare-loom" aria-hidden="true" viewBox="0 0 720 190" preserveAspectRatio="xMidYMin meet">
      <rect class="bare-beam" x="0" y="20" width="720" height="3" rx="1.5" />
      ${Array.from({ length: 24 }, (_, at) => html`<path class="bare-thread" key=${at} d=${`M${15 + at * 30},22q${(at % 3) - 1},80 0,${110 + ((at * 37) % 50)}`} />`)}
    </svg>
    <div class="words">${children}</div>
  </section>`;
}

export function Loading() {
  const offline = connection.value.kind === "offline";
  return html`<${BareLoom} label="Loading" moving=${true}><p role="status">${offline ? "The gateway does not answer. Trying again…" : "Reading your schedulers…"}</p><//>`;
}

/** The gateway is away: since when, and that what is shown is what was known then. */
export function Offline() {
  const state = connection.value;
  if (state.kind !== "offline" || phase.value === "loading") return null;
  return html`<p class="offline-line" role="status"><strong>The gateway has not answered for <span title=${absolute(state.since)}>${span(Math.max(0, now.value - state.since))}</span>.</strong> <span>What you see is what was known then.</span> <button type="button" class="link" onClick=${retry}>Try now</button></p>`;
}

/** What happens cannot be stored, such as on a full disk: what to do, and that it goes on by itself. */
export function StoreTrouble() {
  const trouble = storeTrouble.value;
  if (trouble === null || connection.value.kind === "offline") return null;
  return html`<p class="offline-line" role="alert"><strong class="tone-failed">Loom cannot store what happens: <bdi>${trouble.message}</bdi></strong> <span>${trouble.help} It goes on by itself then; since <span title=${absolute(Date.parse(trouble.since))}>${span(Math.max(0, now.value - Date.parse(trouble.since)))}</span>.</span></p>`;
}

export function LoadFailed() {
  const problem = loadProblem.value;
  return html`<${BareLoom} label="Error">
    <h2 class="tone-failed">Loom could not be read</h2>
    <p role="alert">${String(problem.message)}</p>
    ${problem.help && html`<p class="dim">${problem.help}</p>`}
    <button type="button" class="button" onClick=${retry}>Try again</button>
  <//>`;
}

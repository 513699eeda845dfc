import { html } from "../html.js";
import { connection } from "../state/connection.js";

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

import { html } from "../html.js";
import { signal, useSignal } from "../vendor/preact.js";
import { resumeAll } from "../state/pauseActions.js";
import { pauses } from "../state/pauses.js";
import { open } from "../state/view.js";
import { pauseLine } from "./pauseWords.js";
import { Time } from "./time.js";
import { Act } from "./act.js";

/** A line that somebody has read and wants to see no more. */
const dismissed = signal(null);

/** While everything is paused, and as long as something of that is left to say: since when, how far, and what is otherwise. */
export function PausedLine() {
  const all = useSignal(false);
  const line = pauseLine(pauses.value);
  if (line === null || dismissed.value === line.key) return null;
  return html`<section class="offline-line paused-line" aria-label="Pause of everything">
    <p role="status"><strong>${line.title}</strong>${line.paused && html` <span>since <${Time} at=${pauses.value.everything.since} /></span>`}${line.queue && html` <span>· ${line.queue}</span>`}</p>
    ${line.groups.length > 0 && html`<button type="button" class="link" aria-expanded=${all.value ? "true" : "false"} onClick=${() => (all.value = !all.value)}>${line.groups.map(({ words }) => words).join(" · ")}</button>`}
    ${line.paused ? html`<${Act} class="button" onClick=${resumeAll}>Resume everything <kbd>P</kbd><//>` : line.key !== "resuming" && html`<button type="button" class="link" onClick=${() => (dismissed.value = line.key)}>Dismiss</button>`}
    ${all.value && line.groups.map((group) => html`<div class="paused-group" key=${group.state}><p><strong>${group.words}</strong></p><ul>${group.strands.slice(0, 100).map((strand) => html`<li key=${strand.id}><button type="button" class="link" onClick=${() => open(strand.id)}><bdi>${strand.name.slice(0, 120)}</bdi></button>${strand.reason && html` <span class="dim"><bdi>${strand.reason.slice(0, 200)}</bdi></span>`}</li>`)}</ul></div>`)}
  </section>`;
}

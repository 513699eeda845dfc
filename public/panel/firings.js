import { html } from "../html.js";
import { now } from "../state/clock.js";
import { absolute, firingTime } from "../ui/format.js";
import { Time } from "../ui/time.js";

/** The schedule in words and as written, and its next firings, ten at most. */
export function Firings({ strand, detail }) {
  const { trigger } = strand;
  const firings = detail?.firings ?? [];
  return html`<section class="section">
    <h3>Next</h3>
    <p>${trigger.text}${trigger.expression && html` <code class="expression">${trigger.expression.slice(0, 300)}</code>`}${trigger.zone && !trigger.text.includes(trigger.zone) && html` <span class="dim">${trigger.zone}</span>`}</p>
    ${strand.firingsWhileOff && !strand.goneAt && html`<p class="dim">While it is off: ${strand.firingsWhileOff}</p>`}
    ${!strand.enabled && firings.length > 0 && html`<p class="dim">It is disabled: these would be its firings.</p>`}
    ${detail && firings.length === 0 && html`<p class="dim">${strand.enabled ? "No firing is planned." : "It is disabled: no firing is planned."}</p>`}
    <ol class="firings">
      ${firings.map((firing) => html`<${Firing} key=${firing.at} firing=${firing} zone=${trigger.zone} />`)}
    </ol>
    ${firings.some((firing) => firing.by === "computed") && html`<p class="dim small">≈ reckoned by Loom from the schedule</p>`}
  </section>`;
}

function Firing({ firing, zone }) {
  const { day, time, zone: zoneName } = firingTime(firing.at, zone, now.peek());
  return html`<li title=${absolute(firing.at, zone)}>
    <span>${day}</span> <span>${time} <span class="dim">${zoneName}</span></span>
    <span class="dim"><${Time} at=${firing.at} zone=${zone} planned=${true} />${firing.by === "computed" && html` <span title="Reckoned by Loom from the schedule; its owner tells only the next one">≈</span>`}</span>
    ${firing.note && html`<span class="tag missed note">${firing.note}</span>`}
  </li>`;
}

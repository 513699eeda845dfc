import { html } from "../html.js";
import { absolute, duration } from "../ui/format.js";
import { Linked } from "../ui/link.js";
import { reasonWords, stepTone } from "../ui/words.js";

/** A step's name, how it stands, when and how long, and why it failed. */
export function StepHead({ step, run, more = [] }) {
  const facts = [
    step.startedAt !== null ? absolute(step.startedAt).replace(/^.*?(\d\d:\d\d:\d\d).*$/, "$1") : null,
    duration(step.durationMs ?? (step.startedAt !== null && step.finishedAt !== null ? step.finishedAt - step.startedAt : null)),
    step.node.id !== run.node.id ? `on ${step.node.name}` : null,
    step.exitCode !== null ? `exit ${step.exitCode}` : null,
    step.reason ? reasonWords(step.reason) : null,
    ...more,
  ].filter(Boolean);
  return html`<p class="step-head"><svg class="bead" width="15" height="15" viewBox="-7.5 -7.5 15 15" aria-hidden="true"><path class="diamond" d="M0,-6L6,0L0,6L-6,0Z" /></svg><strong><bdi>${step.label.slice(0, 80)}</bdi></strong> <span class="state">${String(step.status).replace("_", " ")}</span><span class="dim number">${["", ...facts].join(" · ")}</span></p>
    ${step.error && html`<p class=${stepTone(step.status) === "failed" ? "error" : "dim"}><bdi><${Linked} text=${step.error.slice(0, 4000)} /></bdi></p>`}`;
}

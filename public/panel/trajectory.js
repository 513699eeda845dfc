import { html } from "../html.js";
import { useEffect, useSignal } from "../vendor/preact.js";
import { get, runPath } from "../state/api.js";
import { readRun } from "../state/detailShape.js";
import { absolute, duration } from "../ui/format.js";
import { runFacts } from "../ui/facts.js";
import { Linked } from "../ui/link.js";
import { originWords, reasonWords, stepTone } from "../ui/words.js";
import { Output } from "./output.js";

/** One run's way from step to step: when, where, how long, how it ended and what it said last. */
export function Trajectory({ run }) {
  const detail = useSignal(null);
  const problem = useSignal(null);
  useEffect(() => {
    let gone = false;
    get(runPath(run.id))
      .then((raw) => !gone && (detail.value = readRun(raw)))
      .catch((error) => !gone && (problem.value = error));
    return () => (gone = true);
  }, [run.id, run.status, run.finishedAt]);

  if (problem.value) return html`<p class="tone-failed" role="alert">${String(problem.value.message)}</p>`;
  const shown = detail.value;
  if (!shown) return html`<p class="dim trajectory">reading…</p>`;
  const steps = shown.steps ?? [];
  const skipped = shown.status === "skipped";
  const saidByStep = steps.some((step) => step.error && step.error === shown.error);
  return html`<div class="trajectory">
    ${shown.error && !saidByStep && html`<p class=${skipped ? "dim" : "error"}>${skipped ? "Skipped: " : ""}<bdi><${Linked} text=${shown.error.slice(0, 4000)} /></bdi></p>`}
    <ol class="steps">
      ${steps.map((step) => html`<${StepRun} key=${step.id} step=${step} run=${shown} />`)}
    </ol>
    <p class="dim small">${[absolute(shown.startedAt), originWords(shown), shown.seen && `acknowledged by ${shown.seen.by || "somebody"}`].filter(Boolean).join(" · ")}</p>
    <${Facts} run=${shown} steps=${steps} />
  </div>`;
}

function StepRun({ step, run }) {
  const facts = [
    step.startedAt !== null ? absolute(step.startedAt).replace(/^.*?(\d\d:\d\d:\d\d).*$/, "$1") : null,
    duration(step.durationMs ?? (step.startedAt !== null && step.finishedAt !== null ? step.finishedAt - step.startedAt : null)),
    step.node.id !== run.node.id ? `on ${step.node.name}` : null,
    step.exitCode !== null ? `exit ${step.exitCode}` : null,
    step.reason ? reasonWords(step.reason) : null,
  ].filter(Boolean);
  return html`<li class=${`step-run t-${stepTone(step.status)}`}>
    <p class="step-head"><svg class="bead" width="15" height="15" viewBox="-7.5 -7.5 15 15" aria-hidden="true"><path class="diamond" d="M0,-6L6,0L0,6L-6,0Z" /></svg><strong><bdi>${step.label.slice(0, 80)}</bdi></strong> <span class="state">${String(step.status).replace("_", " ")}</span><span class="dim number">${["", ...facts].join(" · ")}</span></p>
    ${step.error && html`<p class=${stepTone(step.status) === "failed" ? "error" : "dim"}><bdi><${Linked} text=${step.error.slice(0, 4000)} /></bdi></p>`}
    ${(step.outputTail || step.outputKeptBytes > 0) && html`<${Output} runId=${run.id} step=${step} />`}
  </li>`;
}

function Facts({ run, steps }) {
  const facts = runFacts(run.summary, { code: run.code, errors: [run.error, ...steps.map((step) => step.error)] });
  if (facts.length === 0) return null;
  return html`<dl class="facts">${facts.map(({ name, value }, at) => html`<div key=${at}><dt>${name}</dt><dd><bdi>${value}</bdi></dd></div>`)}</dl>`;
}

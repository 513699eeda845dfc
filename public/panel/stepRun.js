import { html } from "../html.js";
import { useComputed, useSignal } from "../vendor/preact.js";
import { runPath } from "../state/api.js";
import { progressOf } from "../state/watch.js";
import { absolute, duration, plural, size } from "../ui/format.js";
import { Linked } from "../ui/link.js";
import { download } from "../ui/download.js";
import { Time } from "../ui/time.js";
import { reasonWords, stepTone } from "../ui/words.js";
import { Output } from "./output.js";
import { attemptsOf, firstItems, sumOf, sumWords } from "./rows.js";

/** Items that are shown before somebody asks for all, and attempts. */
const ITEMS = 8;
const ATTEMPTS = 3;
const MOST_RESULT = 40_000;

/** A step of a run: when, how long, how it ended and what it said; of a workflow's also its attempts, phases, items and files. */
export function StepRun({ step, run }) {
  return html`<li class=${`step-run t-${stepTone(step.status)}`} data-part=${step.id}><${Row} row=${step} run=${run} /></li>`;
}

function Row({ row, run }) {
  const tone = stepTone(row.status);
  return html`
    <${StepHead} step=${row} run=${run} tone=${tone} />
    ${row.retryAt !== null && row.status === "retrying" && html`<p class="dim">tries again <${Time} at=${row.retryAt} planned=${true} /></p>`}
    ${row.waitsFor && html`<p class="dim">waits: <bdi>${row.waitsFor.slice(0, 400)}</bdi></p>`}
    <${Attempts} attempts=${attemptsOf(row, run.attempts)} />
    ${(tone === "running" || tone === "waiting" || tone === "idle") && row.items.length === 0 && html`<${Progress} row=${row} runId=${run.id} />`}
    <${Phases} phases=${row.phases} />
    ${row.items.length > 0 && html`<${Items} step=${row} run=${run} />`}
    ${(tone === "running" || row.outputTail || row.outputBytes > 0) && html`<${Output} runId=${run.id} step=${row} />`}
    <${Artifacts} artifacts=${run.artifacts.filter((artifact) => artifact.step === row.id)} runId=${run.id} />
    ${row.result !== null && html`<${Json} word="result" value=${row.result} />`}`;
}

/** A step's name, how it stands, when and how long, and why it failed. */
function StepHead({ step, run, tone }) {
  const facts = [
    step.startedAt !== null ? absolute(step.startedAt).replace(/^.*?(\d\d:\d\d:\d\d).*$/, "$1") : null,
    duration(step.durationMs ?? (step.startedAt !== null && step.finishedAt !== null ? step.finishedAt - step.startedAt : null)),
    step.node.id !== run.node.id ? `on ${step.node.name}` : null,
    step.exitCode !== null ? `exit ${step.exitCode}` : null,
    step.reason ? reasonWords(step.reason) : null,
    step.attempt > 1 && `attempt ${step.attempt}`,
  ].filter(Boolean);
  return html`<p class="step-head"><svg class="bead" width="15" height="15" viewBox="-7.5 -7.5 15 15" aria-hidden="true"><path class="diamond" d="M0,-6L6,0L0,6L-6,0Z" /></svg><strong><bdi>${step.label.slice(0, 80)}</bdi></strong> <span class="state">${stateWord(step)}</span><span class="dim number">${["", ...facts].join(" · ") || null}</span></p>
    ${step.error && html`<p class=${tone === "failed" ? "error" : "dim"}><bdi><${Linked} text=${step.error.slice(0, 4000)} /></bdi></p>`}`;
}

/** `dispatched` is the word of the machine: it is in line, and none of its code has begun. */
const stateWord = ({ status }) => (status === "dispatched" ? "waiting" : String(status).replace("_", " "));

/** How far it says it is; nothing but this bar is drawn anew when it says more. */
function Progress({ row, runId }) {
  const share = useComputed(() => progressOf(runId, row.id) ?? row.progress);
  return share.value !== null && html`<${Bar} share=${share.value} label=${`Progress of ${row.label.slice(0, 80)}`} />`;
}

function Bar({ share, label }) {
  const percent = Math.round(share * 100);
  return html`<p class="progress"><span class="progress-bar" role="progressbar" aria-label=${label} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${percent}><span style=${{ width: `${percent}%` }}></span></span> <span class="dim number">${percent} %</span></p>`;
}

function Attempts({ attempts }) {
  const all = useSignal(false);
  if (attempts.length === 0) return null;
  const shown = all.value ? attempts : attempts.slice(-ATTEMPTS);
  return html`<ol class="attempts" aria-label="Attempts">
    ${shown.length < attempts.length && html`<li><button type="button" class="link" onClick=${() => (all.value = true)}>${plural(attempts.length - shown.length, "earlier attempt")}</button></li>`}
    ${shown.map((one) => html`<li key=${`${one.attempt} ${one.startedAt}`}><span class="dim number">${one.attempt}</span> <span class=${`state tone-${one.status === "completed" ? "ok" : one.finishedAt === null ? "running" : "failed"}`}>${one.finishedAt === null ? "under way" : one.status === "completed" ? "completed" : (one.code ?? "failed").toLowerCase().replaceAll("_", " ")}</span> <span class="dim number">${one.startedAt !== null && one.finishedAt !== null ? duration(one.finishedAt - one.startedAt) : null}</span> <bdi class="clip">${one.error?.slice(0, 300)}</bdi></li>`)}
  </ol>`;
}

function Phases({ phases }) {
  if (phases.length === 0) return null;
  return html`<ol class="phases" aria-label="Phases">${phases.map((phase) => html`<li key=${phase.id} class=${`phase t-${stepTone(phase.status)}`} data-part=${phase.id}><svg width="9" height="9" viewBox="-4.5 -4.5 9 9" aria-hidden="true"><circle class="phase-bead" r="3" /></svg> <bdi>${phase.label.slice(0, 80)}</bdi> <span class="state">${stateWord(phase)}</span> <span class="dim number">${duration(phase.durationMs) || null}</span>${phase.error && html` <bdi class="tone-failed">${phase.error.slice(0, 400)}</bdi>`}</li>`)}</ol>`;
}

/** The items of a list: how many are done, and each of those that matter first. */
function Items({ step, run }) {
  const all = useSignal(false);
  const sum = sumOf(step.items);
  const shown = all.value ? step.items : firstItems(step.items, ITEMS);
  return html`<div class="items-of">
    <p>${sumWords(sum)}</p>
    <${Bar} share=${sum.done / sum.all} label=${`Items of ${step.label.slice(0, 80)}`} />
    <ol class="item-rows">${shown.map((item) => html`<${Item} key=${item.id} item=${item} run=${run} />`)}</ol>
    ${shown.length < step.items.length && html`<button type="button" class="link" onClick=${() => (all.value = true)}>Show all ${step.items.length}</button>`}
  </div>`;
}

function Item({ item, run }) {
  const open = useSignal(false);
  const tone = stepTone(item.status);
  return html`<li class=${`item-row t-${tone}`} data-part=${item.id}>
    <button type="button" class="item-head-row" aria-expanded=${open.value ? "true" : "false"} onClick=${() => (open.value = !open.value)}>
      <svg width="11" height="11" viewBox="-5.5 -5.5 11 11" aria-hidden="true"><path class="diamond" d="M0,-4.5L4.5,0L0,4.5L-4.5,0Z" /></svg>
      <span class="number">${item.id.slice(item.id.lastIndexOf("["))}</span> <span class="state">${stateWord(item)}</span>
      <span class="dim number">${[item.attempt > 1 && `attempt ${item.attempt}`, duration(item.durationMs)].filter(Boolean).join(" · ") || null}</span>
    </button>
    ${!open.value && item.error && html`<p class=${tone === "failed" ? "error" : "dim"}><bdi class="clip">${item.error.slice(0, 300)}</bdi></p>`}
    ${!open.value && tone === "running" && html`<${Progress} row=${item} runId=${run.id} />`}
    ${open.value && html`<div class="item-open"><${Row} row=${item} run=${run} /></div>`}
  </li>`;
}

function Artifacts({ artifacts, runId }) {
  if (artifacts.length === 0) return null;
  const fetchIt = ({ step, id, name }) => download(`${runPath(runId)}/steps/${encodeURIComponent(step)}/artifacts/${encodeURIComponent(id)}`, name);
  return html`<p class="output-more">${artifacts.map((artifact) => html`<button type="button" class="link" key=${artifact.id} onClick=${() => fetchIt(artifact)}>Download <bdi>${artifact.name.slice(0, 120)}</bdi> <span class="dim">${size(artifact.bytes)}</span></button>`)}</p>`;
}

/** A value as JSON, unfolded when asked for. */
export function Json({ word, value }) {
  const written = JSON.stringify(value, null, 2) ?? "";
  return html`<details><summary>${word}</summary><pre class="output" tabindex="0" aria-label=${word}>${written.length > MOST_RESULT ? `${written.slice(0, MOST_RESULT)}…` : written}</pre></details>`;
}

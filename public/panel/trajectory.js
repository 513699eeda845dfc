import { html } from "../html.js";
import { useLayoutEffect, useMemo, useSignal, useSignalEffect, useRef } from "../vendor/preact.js";
import { get, runPath } from "../state/api.js";
import { later } from "../state/clock.js";
import { openRunById } from "../state/actions.js";
import { live } from "../state/connection.js";
import { readRun } from "../state/detailShape.js";
import { strandOf } from "../state/store.js";
import { rereading } from "../state/turns.js";
import { openRun } from "../state/view.js";
import { newsOf, watched, watchRun } from "../state/watch.js";
import { absolute } from "../ui/format.js";
import { Patches } from "../ui/diff.js";
import { runFacts } from "../ui/facts.js";
import { Linked } from "../ui/link.js";
import { originWords } from "../ui/words.js";
import { nest } from "./rows.js";
import { RunActions, shownRun } from "./runActions.js";
import { Json, StepRun } from "./stepRun.js";

/** One run's way from step to step: when, where, how long, how it ended and what it said last. */
export function Trajectory({ run }) {
  const { detail, problem } = useRun(run);
  if (problem.value) return html`<p class="tone-failed" role="alert">${String(problem.value.message)}</p>`;
  const shown = detail.value;
  if (!shown) return html`<p class="dim trajectory">reading…</p>`;
  const isWoven = shown.version !== null;
  const steps = shown.steps ?? [];
  const skipped = shown.status === "skipped";
  const saidByStep = steps.some((step) => step.error && step.error === shown.error);
  return html`<div class="trajectory">
    ${isWoven && html`<${RunActions} run=${shown} />`}
    ${shown.error && !saidByStep && html`<p class=${skipped ? "dim" : "error"}>${skipped ? "Skipped: " : ""}<bdi><${Linked} text=${shown.error.slice(0, 4000)} /></bdi></p>`}
    <ol class="steps">
      ${nest(steps).map((step) => html`<${StepRun} key=${step.id} step=${step} run=${shown} />`)}
    </ol>
    ${isWoven && html`<${RunOrigin} run=${shown} />`}
    <p class="dim small">${[absolute(shown.startedAt), originWords(shown), shown.seen && `acknowledged by ${shown.seen.by || "somebody"}`].filter(Boolean).join(" · ")}</p>
    <${Facts} run=${shown} steps=${steps} />
  </div>`;
}

/** Of many events in a row only the last is worth a reading, milliseconds. */
const TOGETHER = 200;

/**
 * Reads the run, and a workflow's again with whatever happens to its strand until it has ended. What it prints meanwhile is
 * watched, and read once more when that has begun: it may have printed since it was read first.
 */
function useRun(run) {
  const detail = useSignal(null);
  const problem = useSignal(null);
  const state = useRef({ gone: false, cancel: null });

  const read = useMemo(() => rereading(async () => {
    try {
      const read = readRun(await get(runPath(run.id)));
      if (state.current.gone) return;
      detail.value = read;
      problem.value = null;
      if (read.version === null) return;
      shownRun.value = read;
      if (read.finishedAt === null) watchRun(run.id, read.steps.filter((step) => step.progress !== null).map((step) => [step.id, step.progress]));
      else forget(run.id);
    } catch (error) {
      if (!state.current.gone && detail.peek() === null) problem.value = error;
    }
  }), []);
  useLayoutEffect(
    () => () => {
      state.current.gone = true;
      state.current.cancel?.();
      forget(run.id);
      if (shownRun.peek()?.id === run.id) shownRun.value = null;
    },
    [],
  );
  useSignalEffect(() => {
    const strand = strandOf(run.strandId).value;
    live.value;
    newsOf.value;
    const known = detail.peek();
    if (known === null) return void read();
    // The newest runs tell of every change of a run that has ended.
    if (strand === null || (known.finishedAt !== null && known.seen !== null)) return;
    state.current.cancel ??= later(TOGETHER, () => {
      state.current.cancel = null;
      void read();
    });
  });
  return { detail, problem };
}

const forget = (runId) => watched.peek() === runId && watchRun(null);

/** What a workflow's run began with: its input, the version of the code and what has changed since, and the run that led to it. */
function RunOrigin({ run }) {
  const { version, versionNow, rerunOf, startedBy, input } = run;
  const older = versionNow !== null && version !== versionNow;
  return html`<div class="origin">
    ${rerunOf && html`<p>does <button type="button" class="link" onClick=${() => (openRun.value = rerunOf)}>an earlier run</button> again</p>`}
    ${startedBy && html`<p>is the work of <button type="button" class="link" onClick=${() => openRunById(startedBy.runId)}>step <bdi>${startedBy.step.slice(0, 80)}</bdi> of another run</button></p>`}
    ${input !== null && html`<${Json} word="input" value=${input} />`}
    ${older ? html`<details><summary>version ${version}, now ${versionNow}: what has changed</summary><${Patches} strandId=${run.strandId} from=${version} to=${versionNow} /></details>` : html`<p class="dim small">version ${version}${versionNow === null ? "" : ", the newest"}</p>`}
  </div>`;
}

function Facts({ run, steps }) {
  const facts = runFacts(run.summary, { code: run.code, errors: [run.error, ...steps.map((step) => step.error)] });
  if (facts.length === 0) return null;
  return html`<dl class="facts">${facts.map(({ name, value }, at) => html`<div key=${at}><dt>${name}</dt><dd><bdi>${value}</bdi></dd></div>`)}</dl>`;
}

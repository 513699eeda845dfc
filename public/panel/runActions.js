import { html } from "../html.js";
import { signal, useSignal } from "../vendor/preact.js";
import { post, runPath } from "../state/api.js";
import { start } from "../state/start.js";
import { tried } from "../state/actions.js";
import { openRun } from "../state/view.js";
import { announce } from "../ui/announce.js";
import { ask } from "../ui/confirm.js";
import { tell } from "../ui/toast.js";
import { Act } from "../ui/act.js";

/** What can be asked of a workflow's run. */

/** The workflow's run whose way is shown, as `readRun` gives it, or null: what the keys act on. */
export const shownRun = signal(null);

const isOpen = (run) => run.finishedAt === null && run.status !== "skipped";
const hasFailed = (run) => (run.steps ?? []).some(({ status }) => status === "failed" || status === "failed_crash");

/** What may be asked of a run now, by name. */
export function runCan(run) {
  const ended = run !== null && run.finishedAt !== null;
  return {
    cancel: run !== null && isOpen(run) && run.status !== "cancelling",
    retry: ended,
    retryFailed: ended && run.status !== "succeeded" && run.steps?.length > 0,
    acknowledge: run !== null && run.red && !run.acknowledged,
  };
}

/** Asks for a run's end, once a person has confirmed that. */
export function offerCancel(run) {
  if (!runCan(run).cancel) return;
  ask({
    title: "Cancel this run?",
    lines: ["Steps that are at work are told to stop, and ended ten seconds later if they have not. What is done stays done; nothing else of it starts."],
    word: "Cancel the run",
    key: "c",
    act: () => tried("Could not cancel it.", () => post(`${runPath(run.id)}/cancel`)),
  });
}

/** Does a run again from its `start`, or from where it `failed` with earlier results kept; the new run is opened. */
export async function retry(run, from) {
  const can = runCan(run);
  if (!(from === "failed" ? can.retryFailed : can.retry)) return false;
  return tried("Could not do it again.", async () => {
    const answer = await start(`${runPath(run.id)}/retry`, { from });
    if (answer?.outcome === "skipped") return void tell("missed", "It was skipped.", String(answer.reason ?? ""));
    announce(from === "failed" ? "started again from the failed step" : "started again");
    if (answer?.runId) openRun.value = String(answer.runId);
  });
}

/** Acknowledges a red run, and every earlier one of its strand. */
export const acknowledgeRun = (run) => runCan(run).acknowledge && tried("Could not acknowledge it.", () => post(`${runPath(run.id)}/ack`));

export function RunActions({ run }) {
  const busy = useSignal(false);
  const can = runCan(run);
  const doing = (act) => async () => {
    busy.value = true;
    await act();
    busy.value = false;
  };
  return html`<div class="actions run-actions">
    ${can.cancel && html`<${Act} class="button" onClick=${() => offerCancel(run)}>Cancel <kbd>c</kbd><//>`}
    ${run.status === "cancelling" && html`<span class="tone-running" role="status">being cancelled…</span>`}
    ${can.retryFailed && html`<${Act} class=${hasFailed(run) ? "button main-choice" : "button"} disabled=${busy.value} onClick=${doing(() => retry(run, "failed"))}>${hasFailed(run) ? "Retry from the failed step" : "Go on where it ended"} <kbd>f</kbd><//>`}
    ${can.retry && html`<${Act} class="button" disabled=${busy.value} onClick=${doing(() => retry(run, "start"))}>Run again <kbd>e</kbd><//>`}
    ${can.acknowledge && html`<${Act} class="button" disabled=${busy.value} onClick=${doing(() => acknowledgeRun(run))}>Acknowledge run<//>`}
  </div>`;
}

import { html } from "../html.js";
import { signInProblem } from "../state/session.js";
import { plugins, sources, strandIds, strandOf } from "../state/store.js";
import { query } from "../state/view.js";
import { Linked } from "./link.js";
import { BareLoom } from "./loading.js";

/** What stands where the strands would: each of these tells what is the matter and what to do. */

export function SignedOut() {
  const problem = signInProblem.value;
  return html`<${BareLoom} label="Signed out">
    <h2>${problem ? "This sign-in link does not work any more" : "You are not signed in"}</h2>
    ${problem && html`<p role="alert">${String(problem.message)}</p>`}
    <p>Run <code>loom open</code> on this machine: it prints a link that works once and signs this browser in.</p>
  <//>`;
}

/** A fresh install: what was looked for, what was found and how to connect more, in the plugins' own words. */
export function Empty() {
  const notices = plugins.value.filter((plugin) => plugin.notice || plugin.error);
  return html`<${BareLoom} label="No strands yet">
    <h2>Nothing hangs here yet</h2>
    ${notices.length === 0 && html`<p>No plugin has found a scheduler on this machine. <code>loom plugins</code> tells which ones are looking.</p>`}
    ${notices.map((plugin) => html`<div class="found" key=${plugin.id}><${Notice} plugin=${plugin} /></div>`)}
  <//>`;
}

/** The same as long as nothing hangs but what comes with Loom: that is not yet what somebody came for. */
export function Newcomer() {
  const notices = plugins.value.filter((plugin) => plugin.notice || plugin.error);
  const own = strandIds.value.some((id) => !strandOf(id).peek()?.woven?.shipped);
  if (own || sources.value.size > 0 || notices.length === 0) return null;
  return html`<section class="newcomer" aria-label="How to begin">${notices.map((plugin) => html`<${Notice} key=${plugin.id} plugin=${plugin} />`)}</section>`;
}

/** What a plugin says of itself. */
export function Notice({ plugin }) {
  const { notice, error } = plugin;
  const tone = error || notice?.level === "error" ? "failed" : notice?.level === "warning" ? "missed" : "idle";
  return html`<div class=${`notice tone-${tone}`}>
    <h3><bdi>${error ? `${plugin.name} did not start` : notice.title}</bdi></h3>
    ${error && html`<p><bdi>${error.message}</bdi></p>`}
    ${error && error.problems.map((problem, at) => html`<p class="dim" key=${at}><code>${problem.path}</code> <bdi>${problem.message}</bdi>${problem.mend ? ` ${problem.mend}` : ""}</p>`)}
    ${notice && notice.lines.map((line, at) => html`<p key=${at}><${Linked} text=${line} /></p>`)}
  </div>`;
}

export function NothingMatches() {
  return html`<${BareLoom} label="No match">
    <h2>No strand matches “<bdi>${query.value.slice(0, 80)}</bdi>”</h2>
    <p>Plain words are looked for in names, schedules, commands, sources, nodes, models and states. Every word must be found.</p>
    <${FilterTerms} />
    <button type="button" class="button" onClick=${() => (query.value = "")}>Show all <kbd>esc</kbd></button>
  <//>`;
}

/** The filter's language by examples. */
export function FilterTerms() {
  return html`<dl class="terms">${terms.map(([term, words]) => html`<div key=${term}><dt><code>${term}</code></dt><dd>${words}</dd></div>`)}</dl>`;
}

const terms = [
  ["is:failed,missed", "either: failed, missed, stuck, running, changed, new, vanished, disabled, paused, broken, stale, system, done, asking"],
  ["node:oracle", "on a node"],
  ["source:openclaw", "of a scheduler"],
  ["model:gpt", "that uses a model; agent: likewise"],
  ["-is:disabled", "without what follows the minus"],
];

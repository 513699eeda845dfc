import { html } from "../html.js";
import { useSignal, useSignalEffect } from "../vendor/signals.js";
import { useLayoutEffect, useRef } from "../vendor/hooks.js";
import { get, strandPath } from "../state/api.js";
import { now } from "../state/clock.js";
import { live } from "../state/connection.js";
import { readRun } from "../state/shape.js";
import { strandOf } from "../state/store.js";
import { duration } from "../ui/format.js";
import { Mark } from "../ui/mark.js";
import { Time } from "../ui/time.js";
import { originWords, runTone } from "../ui/words.js";
import { Trajectory } from "./trajectory.js";

const PAGE = 12;

/** The strand's runs, newest first; one of them is open and shows its way from step to step. */
export function History({ strand }) {
  const runs = useSignal([]);
  const next = useSignal(null);
  const chosen = useSignal(null);
  const loaded = useSignal(false);
  const gone = useRef(false);
  useLayoutEffect(() => () => (gone.current = true), []);

  const read = async (cursor) => {
    const page = await get(`${strandPath(strand.id)}/runs?limit=${PAGE}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`).catch(() => null);
    if (!page || gone.current) return;
    const read = (page.items ?? []).map(readRun);
    const older = cursor ? runs.peek() : [];
    // A refresh keeps the older pages that somebody has unfolded.
    const rest = cursor ? [] : runs.peek().filter((run) => !read.some((newer) => newer.id === run.id) && run.startedAt < (read.at(-1)?.startedAt ?? 0));
    if (cursor || rest.length === 0) next.value = page.next ?? null;
    const asked = loaded.peek() && read.find((run) => run.trigger !== "schedule" && !runs.peek().some((known) => known.id === run.id));
    runs.value = [...older, ...read, ...rest];
    // What somebody reads stays open while new runs come in, but for one that somebody asked for.
    if (!loaded.peek() || asked) chosen.value = (asked || firstRead(runs.peek()))?.id ?? null;
    loaded.value = true;
  };
  useSignalEffect(() => {
    strandOf(strand.id).value;
    live.value;
    void read(null);
  });

  const open = chosen.value ?? runs.value[0]?.id;
  const longest = Math.max(1, ...runs.value.map((run) => run.durationMs ?? 0));
  return html`<section class="section">
    <h3>History</h3>
    ${!loaded.value && html`<p class="dim">reading…</p>`}
    ${loaded.value && runs.value.length === 0 && html`<p class="dim">It has not run since Loom first saw it.</p>`}
    <ol class="runs">
      ${runs.value.map((run) => html`<${RunRow} key=${run.id} run=${run} longest=${longest} open=${open === run.id} toggle=${() => (chosen.value = open === run.id ? "" : run.id)} />`)}
    </ol>
    ${next.value && html`<button type="button" class="button" onClick=${() => read(next.value)}>Older runs</button>`}
  </section>`;
}

/** The run that wants somebody: why it is red is the first thing asked. */
const firstRead = (runs) => runs.find((run) => run.red && !run.acknowledged) ?? runs[0];

function RunRow({ run, longest, open, toggle }) {
  const tone = runTone(run);
  const share = Math.sqrt((run.durationMs ?? 0) / longest);
  return html`<li class=${`run tone-${tone}`}>
    <button type="button" class="run-row" aria-expanded=${open ? "true" : "false"} onClick=${toggle}>
      <${Mark} tone=${tone} />
      <span class="run-state">${run.status}${run.red && run.acknowledged ? " · seen" : ""}</span>
      <span class="run-when"><${Time} at=${run.startedAt} /></span>
      <span class="run-by dim">${run.trigger === "schedule" ? "" : originWords({ ...run, triggerBy: null })}</span>
      <svg class="run-bar" width="64" height="6" aria-hidden="true"><rect width=${Math.max(1, 64 * share)} height="6" rx="1" /></svg>
      <span class="run-lasted number"><${Lasted} run=${run} /></span>
    </button>
    ${open && html`<${Trajectory} run=${run} />`}
  </li>`;
}

/** How long a run took, or has been under way. */
function Lasted({ run }) {
  return html`${duration(run.finishedAt === null && run.startedAt > 0 ? Math.max(0, now.value - run.startedAt) : run.durationMs)}`;
}

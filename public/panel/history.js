import { html } from "../html.js";
import { useComputed, useLayoutEffect, useMemo, useRef, useSignal, useSignalEffect } from "../vendor/preact.js";
import { get, runPath, strandPath } from "../state/api.js";
import { now } from "../state/clock.js";
import { live } from "../state/connection.js";
import { readOccurrence, readRun } from "../state/detailShape.js";
import { strandOf } from "../state/store.js";
import { rereading } from "../state/turns.js";
import { openRun } from "../state/view.js";
import { duration, plural } from "../ui/format.js";
import { Mark } from "../ui/mark.js";
import { Time } from "../ui/time.js";
import { endWords, originWords, runTone } from "../ui/words.js";
import { chronicle, filters, rowKey } from "./chronicle.js";
import { Trajectory } from "./trajectory.js";
import { Trend } from "./trend.js";

/** Runs that are read at once; rows that are shown at first, and more with each wish for more. */
const PAGE = 60;
const ROWS = 12;

/** The strand's runs and what became of its other firings, newest first; one run is open and shows its way from step to step. */
export function History({ strand, p95Ms }) {
  const filter = useSignal("all");
  const most = useSignal(ROWS);
  const { runs, occurrences, next, loaded, chosen, read } = useHistory(strand.id);
  const rows = useComputed(() => chronicle(runs.value, occurrences.value, { filter: filter.value, whole: next.value === null }));

  const open = openRun.value ?? chosen.value;
  const longest = Math.max(1, ...runs.value.map((run) => run.durationMs ?? 0));
  const shown = rows.value.slice(0, most.value);
  const older = () => {
    most.value += 2 * ROWS;
    if (next.value && most.value > rows.value.length) void read(next.value);
  };
  return html`<section class="section">
    <h3>History</h3>
    ${!loaded.value && html`<p class="dim">reading…</p>`}
    ${loaded.value && rows.value.length === 0 && filter.value === "all" && html`<p class="dim">It has not run since Loom first saw it.</p>`}
    <${Trend} runs=${runs.value} p95Ms=${p95Ms} />
    ${loaded.value && (rows.value.length > 0 || filter.value !== "all") && html`<div class="history-filter" role="group" aria-label="Show">${filters.map((name) => html`<button type="button" key=${name} class="quiet" aria-pressed=${filter.value === name ? "true" : "false"} onClick=${() => (filter.value = name)}>${name}</button>`)}</div>`}
    ${filter.value !== "all" && rows.value.length === 0 && html`<p class="dim">None among the ${plural(runs.value.length, "run")} that were read.</p>`}
    <ol class="runs">
      ${shown.map((row) => (row.run ? html`<${RunRow} key=${rowKey(row)} row=${row} longest=${longest} open=${open === row.run.id} />` : html`<${FiringsRow} key=${rowKey(row)} firings=${row.firings} />`))}
    </ol>
    ${(next.value || rows.value.length > shown.length) && html`<button type="button" class="button" onClick=${older}>Older runs</button>`}
  </section>`;
}

/** Reads the runs and occurrences, and the newest again whenever the strand or the line changes. */
function useHistory(id) {
  const runs = useSignal([]);
  const occurrences = useSignal([]);
  const next = useSignal(null);
  /** The run that is open as long as nobody chose one. */
  const chosen = useSignal(null);
  const loaded = useSignal(false);
  const gone = useRef(false);
  useLayoutEffect(() => () => (gone.current = true), []);

  const read = async (cursor) => {
    const [page, firings] = await Promise.all([
      get(`${strandPath(id)}/runs?limit=${PAGE}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`).catch(() => null),
      cursor ? null : get(`${strandPath(id)}/occurrences?status=missed,late,unknown,excused&limit=300`).catch(() => null),
    ]);
    if (!page || gone.current) return;
    const read = (page.items ?? []).map(readRun);
    const known = runs.peek();
    // A refresh keeps the older pages that somebody has unfolded.
    const rest = cursor ? [] : known.filter((run) => !read.some((newer) => newer.id === run.id) && run.startedAt < (read.at(-1)?.startedAt ?? 0));
    if (cursor || rest.length === 0) next.value = page.next ?? null;
    const asked = loaded.peek() && read.find((run) => run.trigger !== "schedule" && !known.some((one) => one.id === run.id));
    runs.value = [...(cursor ? known : []), ...read, ...rest];
    if (firings) occurrences.value = (firings.items ?? []).map(readOccurrence);
    // What somebody reads stays open while new runs come in, but for one that somebody asked for.
    if (!loaded.peek()) chosen.value = firstRead(runs.peek())?.id ?? null;
    if (asked) {
      chosen.value = asked.id;
      if (openRun.peek() !== null) openRun.value = asked.id;
    }
    loaded.value = true;
    await fetchNamed(runs, gone);
  };
  const readNewest = useMemo(() => rereading(() => read(null)), []);
  useSignalEffect(() => {
    strandOf(id).value;
    live.value;
    void readNewest();
  });
  return { runs, occurrences, next, loaded, chosen, read };
}

/** The address may name a run that is older than those that were read. */
async function fetchNamed(runs, gone) {
  const named = openRun.peek();
  if (!named || runs.peek().some((run) => run.id === named)) return;
  const raw = await get(runPath(named)).catch(() => null);
  if (!raw || gone.current || runs.peek().some((run) => run.id === named)) return;
  runs.value = [...runs.peek(), readRun(raw)].sort((a, b) => b.startedAt - a.startedAt);
}

/** The run that wants somebody: why it is red is the first thing asked. */
const firstRead = (runs) => runs.find((run) => run.red && !run.acknowledged) ?? runs[0];

function RunRow({ row: { run, late }, longest, open }) {
  const tone = runTone(run);
  const share = Math.sqrt((run.durationMs ?? 0) / longest);
  const by = late ? `${duration(late)} late` : run.trigger === "schedule" ? "" : originWords({ ...run, triggerBy: null });
  return html`<li class=${`run tone-${tone}`}>
    <button type="button" class="run-row" aria-expanded=${open ? "true" : "false"} onClick=${() => (openRun.value = open ? "" : run.id)}>
      <${Mark} tone=${tone} />
      <span class="run-state">${run.red ? endWords(run) : run.status}${run.red && run.acknowledged ? " · seen" : ""}</span>
      <span class="run-when"><${Time} at=${run.startedAt} /></span>
      <span class=${late ? "run-by tone-missed" : "run-by dim"}>${by}</span>
      <svg class="run-bar" width="64" height="6" aria-hidden="true">${run.durationMs !== null && html`<rect width=${Math.max(1, 64 * share)} height="6" rx="1" />`}</svg>
      <span class="run-lasted number"><${Lasted} run=${run} /></span>
    </button>
    ${open && html`<${Trajectory} run=${run} />`}
  </li>`;
}

const endings = { missed: "missed", unknown: "not known", excused: "not wanted" };

/** Firings that no run met: when they were due, and why nothing came. */
function FiringsRow({ firings }) {
  const [one] = firings;
  const tone = one.status === "missed" ? (one.seen ? "idle" : "missed") : "idle";
  return html`<li class=${`run firing-row tone-${tone}`}>
    <${Mark} tone=${one.status === "missed" ? "missed" : "idle"} />
    <span class="run-state">${endings[one.status]}${firings.length > 1 ? ` × ${firings.length}` : ""}${one.seen ? " · seen" : ""}</span>
    <span class="run-when"><${Time} at=${one.dueAt} /></span>
    <span class="dim firing-cause"><bdi>${one.causeText ?? ""}</bdi></span>
  </li>`;
}

/** How long a run took, or has been under way. */
function Lasted({ run }) {
  return html`${duration(run.finishedAt === null && run.startedAt > 0 ? Math.max(0, now.value - run.startedAt) : run.durationMs)}`;
}

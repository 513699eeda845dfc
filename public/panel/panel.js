import { html } from "../html.js";
import { useSignal, useSignalEffect } from "../vendor/signals.js";
import { useLayoutEffect, useRef } from "../vendor/hooks.js";
import { get, strandPath } from "../state/api.js";
import { live } from "../state/connection.js";
import { commandOf, strandOf, takeCommand } from "../state/store.js";
import { readDetail } from "../state/shape.js";
import { openStrand } from "../state/view.js";
import { duration } from "../ui/format.js";
import { Guard } from "../ui/guard.js";
import { Mark } from "../ui/mark.js";
import { Time } from "../ui/time.js";
import { statusLine, toneOf } from "../ui/words.js";
import { now } from "../state/clock.js";
import { focusOn } from "../ui/focus.js";
import { Close } from "./close.js";
import { Actions } from "./actions.js";
import { Definition } from "./definition.js";
import { Firings } from "./firings.js";
import { History } from "./history.js";

/** The strand panel: one strand with all that is known of it, and what can be asked of its owner. */
export function Panel() {
  const id = openStrand.value;
  return id === null ? null : html`<${StrandPanel} key=${id} id=${id} />`;
}

function StrandPanel({ id }) {
  const strand = strandOf(id).value;
  const heading = useRef(null);
  const detail = useSignal(null);
  const problem = useSignal(null);

  useLayoutEffect(() => heading.current?.focus({ preventScroll: true }), [Boolean(strand)]);
  // Whoever closes the panel is back at the strand that it was about.
  useLayoutEffect(() => () => queueMicrotask(() => openStrand.peek() === null && focusOn(id)), []);
  useFollow(id, detail, problem);

  if (!strand) {
    return html`<aside class="panel" aria-label="Strand">
      <${Close} />
      <h2 tabindex="-1" ref=${heading}>No such strand</h2>
      <p>It is not on this page. Its job may have been removed, or its source was taken away; its history is kept.</p>
    </aside>`;
  }
  return html`<aside class=${`panel tone-${toneOf(strand)}`} aria-labelledby="panel-title">
    <${Close} />
    <p class="panel-place"><bdi>${strand.source?.label ?? "workflows"}</bdi> on <bdi>${strand.node.name}</bdi>${strand.system && html` <span class="tag">system</span>`}${strand.kind === "woven" && html` <span class="tag">woven here</span>`}</p>
    <h2 id="panel-title" tabindex="-1" ref=${heading}><${Mark} tone=${toneOf(strand)} /><bdi>${strand.name.slice(0, 400)}</bdi></h2>
    <${Standing} strand=${strand} />
    ${strand.description && html`<p class="description"><bdi>${strand.description.slice(0, 2000)}</bdi></p>`}
    <${Actions} strand=${strand} />
    ${problem.value && html`<p class="problem tone-failed" role="alert">${String(problem.value.message)} <span class="dim">${problem.value.help}</span></p>`}
    <${Guard} about=${strand} instead=${html`<p>The history could not be drawn.</p>`}><${History} strand=${strand} /><//>
    <${Guard} about=${detail.value}><${Firings} strand=${strand} detail=${detail.value} /><//>
    <${Guard} about=${detail.value}><${Definition} strand=${strand} detail=${detail.value} /><//>
  </aside>`;
}

/** Reads the details, and again whenever the strand, what was asked of it or the line changes. Never two readings at once. */
function useFollow(id, detail, problem) {
  const reading = useRef({ now: false, again: false, gone: false });
  useLayoutEffect(() => () => (reading.current.gone = true), []);
  useSignalEffect(() => {
    strandOf(id).value;
    commandOf(id).value?.status;
    live.value;
    void read();
  });
  async function read() {
    const state = reading.current;
    if (state.now) return (state.again = true);
    state.now = true;
    do {
      state.again = false;
      try {
        const raw = await get(strandPath(id));
        if (state.gone) return;
        detail.value = readDetail(raw);
        problem.value = null;
        const newest = raw?.commands?.[0];
        if (newest) takeCommand(newest);
      } catch (error) {
        if (error.status !== 404) problem.value = error;
      }
    } while (state.again && !state.gone);
    state.now = false;
  }
}

function Standing({ strand }) {
  const last = strand.lastRun;
  return html`<p class="standing">
    <span class="state">${statusLine(strand, now.value)}</span>
    ${last?.finishedAt && strand.status !== "running" && html`<span class="dim"> · lasted ${duration(last.finishedAt - last.startedAt)}</span>`}
    ${strand.enabled && strand.nextRunAt !== null && html`<span class="dim"> · next <${Time} at=${strand.nextRunAt} zone=${strand.trigger.zone} planned=${true} /></span>`}
    ${!strand.enabled && html`<span class="dim"> · disabled${strand.disabledReason ? `: ${strand.disabledReason}` : ""}</span>`}
    ${strand.freshness !== "fresh" && html`<span class="tone-missed"> · ${strand.freshness}: this is what was last read</span>`}
  </p>`;
}

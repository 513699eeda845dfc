import { html } from "../html.js";
import { useLayoutEffect, useMemo, useRef, useSignal, useSignalEffect } from "../vendor/preact.js";
import { get, strandPath } from "../state/api.js";
import { live } from "../state/connection.js";
import { commandOf, strandOf, takeCommand } from "../state/store.js";
import { rereading } from "../state/turns.js";
import { readDetail } from "../state/detailShape.js";
import { openStrand } from "../state/view.js";
import { Guard } from "../ui/guard.js";
import { Mark } from "../ui/mark.js";
import { toneOf } from "../ui/words.js";
import { focusOn } from "../ui/focus.js";
import { Close } from "./close.js";
import { Actions } from "./actions.js";
import { Changes } from "./changes.js";
import { Definition } from "./definition.js";
import { Firings } from "./firings.js";
import { Grace } from "./grace.js";
import { History } from "./history.js";
import { Standing } from "./standing.js";

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
    <${Guard} about=${strand}><${Standing} strand=${strand} detail=${detail.value} /><//>
    ${strand.description && html`<p class="description"><bdi>${strand.description.slice(0, 2000)}</bdi></p>`}
    <${Actions} strand=${strand} />
    ${problem.value && html`<p class="problem tone-failed" role="alert">${String(problem.value.message)} <span class="dim">${problem.value.help}</span></p>`}
    <${Guard} about=${strand} instead=${html`<p>The history could not be drawn.</p>`}><${History} strand=${strand} p95Ms=${detail.value?.p95Ms ?? null} /><//>
    <${Guard} about=${strand}><${Changes} strand=${strand} /><//>
    <${Guard} about=${detail.value}><${Firings} strand=${strand} detail=${detail.value} /><${Grace} strand=${strand} detail=${detail.value} /><//>
    <${Guard} about=${detail.value}><${Definition} strand=${strand} detail=${detail.value} /><//>
  </aside>`;
}

/** Reads the details, and again whenever the strand, what was asked of it or the line changes. Never two readings at once. */
function useFollow(id, detail, problem) {
  const gone = useRef(false);
  useLayoutEffect(() => () => (gone.current = true), []);
  const read = useMemo(() => rereading(async () => {
    try {
      const raw = await get(strandPath(id));
      if (gone.current) return;
      detail.value = readDetail(raw);
      problem.value = null;
      const newest = raw?.commands?.[0];
      if (newest) takeCommand(newest);
    } catch (error) {
      if (error.status !== 404) problem.value = error;
    }
  }), []);
  useSignalEffect(() => {
    strandOf(id).value;
    commandOf(id).value?.status;
    live.value;
    void read();
  });
}

import { html } from "../html.js";
import { signal, useComputed } from "../vendor/signals.js";
import { now } from "../state/clock.js";
import { commandOf, revision, strandOf } from "../state/store.js";
import { isPending } from "../state/actions.js";
import { visibleIds } from "../state/visible.js";
import { open, openStrand } from "../state/view.js";
import { duration } from "../ui/format.js";
import { Guard } from "../ui/guard.js";
import { Mark } from "../ui/mark.js";
import { Time } from "../ui/time.js";
import { runTone, statusLine, toneOf } from "../ui/words.js";
import { cursor } from "../loom/cursor.js";
import { columns, sortIds } from "./sort.js";

/** Column and direction; null: the order of the loom. */
const order = signal(null);

/** The List view: the same strands as a table, for reading, sorting and screen readers. */
export function List() {
  const rows = useComputed(() => {
    const ids = visibleIds.value;
    if (!order.value) return ids;
    revision.value;
    return sortIds(ids, (id) => strandOf(id).peek(), order.value);
  });
  return html`<div class="list" tabindex="-1" onKeyDown=${walk}>
    <table>
      <caption class="unseen">Strands</caption>
      <thead>
        <tr>
          ${columns.map((column) => html`<${Heading} key=${column.key} column=${column} />`)}
          <th scope="col" class="col-runs">last runs</th>
        </tr>
      </thead>
      <tbody>
        ${rows.value.map((id) => html`<${Guard} key=${id} about=${id}><${Row} id=${id} /><//>`)}
      </tbody>
    </table>
  </div>`;
}

function Heading({ column }) {
  const mine = order.value?.key === column.key ? order.value : null;
  const sort = mine ? (mine.down ? "descending" : "ascending") : "none";
  const turn = () => {
    order.value = !mine ? { key: column.key, down: false } : mine.down ? null : { key: column.key, down: true };
  };
  return html`<th scope="col" class=${`col-${column.key}`} aria-sort=${sort}><button type="button" onClick=${turn}>${column.title}<span class="arrow" aria-hidden="true">${mine ? (mine.down ? " ↓" : " ↑") : ""}</span></button></th>`;
}

function Row({ id }) {
  const strand = strandOf(id).value;
  const expanded = useComputed(() => (openStrand.value === id ? "true" : "false"));
  if (!strand) return null;
  const last = strand.lastRun;
  return html`<tr class=${`row tone-${toneOf(strand)}`} data-row=${id} onClick=${() => open(id)}>
    <th scope="row" class="col-name">
      <button type="button" class="row-name" aria-expanded=${expanded} data-open=${id} onFocus=${() => (cursor.value = id)}>
        <${Mark} tone=${toneOf(strand)} /><bdi class="clip">${strand.name.slice(0, 400)}</bdi>${strand.system && html`<span class="tag">system</span>`}
      </button>
    </th>
    <td class="col-state"><${State} id=${id} /></td>
    <td class="col-schedule"><span class="clip" title=${[strand.trigger.text, strand.trigger.expression].filter(Boolean).join("\n").slice(0, 400)}>${strand.trigger.text}</span></td>
    <td class="col-next">${strand.enabled ? html`<${Time} at=${strand.nextRunAt} zone=${strand.trigger.zone} planned=${true} />` : html`<span class="dim">disabled</span>`}</td>
    <td class="col-lasted number">${last?.finishedAt ? duration(last.finishedAt - last.startedAt) : ""}</td>
    <td class="col-source"><span class="clip"><bdi>${strand.source?.label ?? "workflows"}</bdi> <span class="dim">· <bdi>${strand.node.name}</bdi></span></span></td>
    <td class="col-runs"><${Ticks} runs=${strand.recent} /></td>
  </tr>`;
}

function State({ id }) {
  const words = useComputed(() => {
    const strand = strandOf(id).value;
    return strand ? statusLine(strand, now.value) : "";
  });
  const asked = isPending(commandOf(id).value);
  return html`<span class="state">${words}</span>${asked && html` <span class="tag asked">asked</span>`}`;
}

/** The fringe, lying down: the newest run first. */
function Ticks({ runs }) {
  return html`<svg class="ticks" width="122" height="14" aria-hidden="true">${runs.map((run, at) => html`<rect class=${`tick-box k-${runTone(run)}`} key=${run.id} x=${at * 6} y=${run.red && !run.acknowledged ? 0 : 4} width="4" height=${run.red && !run.acknowledged ? 14 : 6} rx="1" />`)}</svg>`;
}

const strides = { ArrowUp: -1, ArrowDown: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };

function walk(event) {
  const stride = strides[event.key];
  const names = [...event.currentTarget.querySelectorAll("[data-open]")];
  const at = names.indexOf(document.activeElement);
  if (stride === undefined || at === -1) return;
  event.preventDefault();
  names[Math.min(names.length - 1, Math.max(0, at + stride))].focus();
}

/** Gives the focus to a strand's row; answers whether it is there. */
export function focusRow(id) {
  const row = document.querySelector(`[data-open="${CSS.escape(id)}"]`);
  row?.focus();
  return Boolean(row);
}

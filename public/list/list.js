import { html } from "../html.js";
import { useComputed, useLayoutEffect, useRef, useSignal } from "../vendor/preact.js";
import { now } from "../state/clock.js";
import { mayAct } from "../state/role.js";
import { commandOf, isPending, revision, strandOf } from "../state/store.js";
import { visibleIds } from "../state/visible.js";
import { open, openStrand, order } from "../state/view.js";
import { clip, duration } from "../ui/format.js";
import { Guard } from "../ui/guard.js";
import { Mark } from "../ui/mark.js";
import { Time } from "../ui/time.js";
import { changedWord, runTone, statusLine, toneOf } from "../ui/words.js";
import { cursor } from "../loom/cursor.js";
import { Bulk } from "./bulk.js";
import { choose, chooseAll, chooseNone, isChosen, selection } from "./selection.js";
import { columns, sortIds } from "./sort.js";
import { rowsInView } from "./window.js";

/** Gives the focus to a strand's row, which may have to be drawn first. Set by the list that is shown. */
let reach = () => false;

/** The List view: the same strands as a table, for reading, sorting, screen readers and what is done to many at once. */
export function List() {
  const frame = useRef(null);
  const wanted = useRef(null);
  const rows = useComputed(() => {
    const ids = visibleIds.value;
    if (!order.value) return ids;
    revision.value;
    return sortIds(ids, (id) => strandOf(id).peek(), order.value);
  });
  const { drawn, row, measure } = useWindow(frame, rows);

  reach = (id) => {
    const at = rows.peek().indexOf(id);
    if (at === -1) return false;
    wanted.current = id;
    scrollTo(frame.current, at, row.peek());
    measure();
    takeFocus(wanted);
    return true;
  };
  // A row that was just drawn can take the focus only now.
  useLayoutEffect(() => takeFocus(wanted));
  useLayoutEffect(() => () => (reach = () => false), []);

  const { from, to } = drawn.value;
  const ids = rows.value;
  return html`<div class="list" ref=${frame} tabindex="-1" onScroll=${measure} onKeyDown=${(event) => press(event, ids)}>
    <table aria-rowcount=${ids.length + 1}>
      <caption class="unseen">Strands</caption>
      <thead>
        <tr aria-rowindex="1">
          ${mayAct.value && html`<th scope="col" class="col-choose"><${ChooseAll} ids=${ids} /></th>`}
          ${columns.map((column) => html`<${Heading} key=${column.key} column=${column} />`)}
        </tr>
      </thead>
      <tbody>
        ${from > 0 && html`<tr class="gap" key="before" aria-hidden="true" style=${{ height: `${from * row.value}px` }}><td></td></tr>`}
        ${ids.slice(from, to).map((id, at) => html`<${Guard} key=${id} about=${id}><${Row} id=${id} at=${from + at} ids=${rows} /><//>`)}
        ${to < ids.length && html`<tr class="gap" key="after" aria-hidden="true" style=${{ height: `${(ids.length - to) * row.value}px` }}><td></td></tr>`}
      </tbody>
    </table>
    <${Bulk} onShown=${uncover} />
  </div>`;
}

/** What appears over the rows does not hide the one that has the focus. */
function uncover() {
  const id = document.activeElement?.dataset.open;
  if (id !== undefined) reach(id);
}

/** Follows scroll and size: which rows are drawn, and how high one is (the style says so). */
function useWindow(frame, rows) {
  const view = useSignal({ top: 0, height: 900 });
  const row = useSignal(28);
  const drawn = useComputed(() => rowsInView({ count: rows.value.length, row: row.value, ...view.value }));
  const measure = () => {
    const { scrollTop: top, clientHeight: height } = frame.current;
    const before = view.peek();
    row.value = Number.parseFloat(getComputedStyle(frame.current).getPropertyValue("--row")) || 28;
    // Only when it has moved by a few rows: drawing is what costs.
    if (Math.abs(top - before.top) >= row.peek() * 4 || height !== before.height) view.value = { top, height };
  };
  useLayoutEffect(() => {
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(frame.current);
    return () => observer.disconnect();
  }, []);
  return { drawn, row, measure };
}

function scrollTo(frame, at, row) {
  const head = frame.querySelector("thead").offsetHeight;
  const covered = 20 + (frame.querySelector(".bulk")?.offsetHeight ?? 40);
  const top = at * row;
  const bottom = top + row + head + covered;
  if (top < frame.scrollTop) frame.scrollTop = top;
  else if (bottom > frame.scrollTop + frame.clientHeight) frame.scrollTop = bottom - frame.clientHeight;
}

function takeFocus(wanted) {
  const element = wanted.current !== null && document.querySelector(`[data-open="${CSS.escape(wanted.current)}"]`);
  if (!element) return;
  wanted.current = null;
  element.focus({ preventScroll: true });
}

function Heading({ column }) {
  const mine = order.value?.key === column.key ? order.value : null;
  const sort = mine ? (mine.down ? "descending" : "ascending") : "none";
  const turn = () => {
    order.value = !mine ? { key: column.key, down: false } : mine.down ? null : { key: column.key, down: true };
  };
  return html`<th scope="col" class=${`col-${column.key}`} aria-sort=${sort}><button type="button" onClick=${turn}>${column.title}<span class="arrow" aria-hidden="true">${mine ? (mine.down ? " ↓" : " ↑") : ""}</span></button></th>`;
}

function ChooseAll({ ids }) {
  const count = selection.value.length;
  const state = useRef(null);
  useLayoutEffect(() => {
    state.current.indeterminate = count > 0 && count < ids.length;
  }, [count, ids.length]);
  return html`<input type="checkbox" ref=${state} aria-label="Choose all" checked=${count > 0 && count === ids.length} onChange=${() => chooseAll(ids)} />`;
}

function Row({ id, at, ids }) {
  const strand = strandOf(id).value;
  const expanded = useComputed(() => (openStrand.value === id ? "true" : "false"));
  const chosen = useComputed(() => isChosen(id));
  const stop = useComputed(() => (cursor.value === id || (at === 0 && !ids.value.includes(cursor.value)) ? 0 : -1));
  if (!strand) return null;
  const last = strand.lastRun;
  const tone = toneOf(strand);
  const pick = (event) => {
    event.stopPropagation();
    choose(id, ids.peek(), event.shiftKey);
  };
  return html`<tr class=${`row tone-${tone}${chosen.value ? " chosen" : ""}`} data-row=${id} aria-rowindex=${at + 2} onClick=${() => open(id)}>
    ${mayAct.value && html`<td class="col-choose" onClick=${pick}><input type="checkbox" tabindex="-1" checked=${chosen.value} aria-label=${`Choose ${strand.name.slice(0, 80)}`} /></td>`}
    <th scope="row" class="col-name">
      <button type="button" class="row-name" tabindex=${stop} aria-expanded=${expanded} data-open=${id} onFocus=${() => (cursor.value = id)}>
        <${Mark} tone=${tone} /><bdi class="clip">${strand.name.slice(0, 400)}</bdi>${strand.changes.length > 0 && !strand.goneAt && html`<span class="tag changed">${changedWord(strand.changes[0])}</span>`}${strand.system && html`<span class="tag">system</span>`}
      </button>
    </th>
    <td class="col-state"><${State} id=${id} /></td>
    <td class="col-schedule"><span class="clip" title=${[strand.trigger.text, strand.trigger.expression].filter(Boolean).join("\n").slice(0, 400)}>${strand.trigger.text.slice(0, 400)}</span></td>
    <td class="col-next"><${Next} strand=${strand} /></td>
    <td class="col-last"><${Time} at=${last?.startedAt} /></td>
    <td class="col-lasted number">${last?.finishedAt ? duration(last.finishedAt - last.startedAt) : ""}</td>
    <td class="col-source"><span class="clip"><bdi>${strand.source?.label ?? "workflows"}</bdi> <span class="dim">· <bdi>${strand.node.name}</bdi></span></span></td>
    <td class="col-runs"><${Ticks} runs=${strand.recent} /></td>
  </tr>`;
}

function Next({ strand }) {
  if (strand.goneAt) return null;
  if (!strand.enabled) return html`<span class="dim">${strand.done ? "done" : "disabled"}</span>`;
  if (!strand.schedulerOn || strand.paused) return html`<span class="dim">${strand.paused ? "paused" : "halted"}</span>`;
  return html`<${Time} at=${strand.nextRunAt} zone=${strand.trigger.zone} planned=${true} />`;
}

function State({ id }) {
  const words = useComputed(() => {
    const strand = strandOf(id).value;
    return strand ? statusLine(strand, now.value) : "";
  });
  const strand = strandOf(id).value;
  const asked = isPending(commandOf(id).value);
  return html`<div><span class="state clip">${words}</span>${strand?.missed && strand.status !== "missed" && html`<span class="tag missed" title=${clip(strand.missed.causeText, 200)}>${strand.missed.count} missed</span>`}${asked && html`<span class="tag asked">asked</span>`}</div>`;
}

/** The fringe, lying down: the newest run first. */
function Ticks({ runs }) {
  const red = runs.filter((run) => run.red).length;
  return html`<span class="unseen">${runs.length === 0 ? "none" : `${red} of the last ${runs.length} red`}</span><svg class="ticks" width="122" height="14" aria-hidden="true">${runs.map((run, at) => html`<rect class=${`tick-box k-${runTone(run)}`} key=${run.id} x=${at * 6} y=${run.red && !run.acknowledged ? 0 : 4} width="4" height=${run.red && !run.acknowledged ? 14 : 6} rx="1" />`)}</svg>`;
}

const strides = { ArrowUp: -1, ArrowDown: 1, k: -1, j: 1, PageUp: -20, PageDown: 20, Home: -Infinity, End: Infinity };

/** Walks by arrows, and chooses, for whoever can act: `x` one, Shift and arrows a stretch, Ctrl-A all. */
function press(event, ids) {
  if (event.altKey || event.target.closest("dialog")) return;
  const held = event.ctrlKey || event.metaKey;
  if (mayAct.peek() && held && event.key === "a") chooseAll(ids);
  else if (mayAct.peek() && !held && event.key === "x") choose(cursor.peek(), ids);
  else if (!held && event.key === "Escape" && selection.peek().length > 0) chooseNone();
  else if (!held && event.key in strides) {
    const at = ids.indexOf(cursor.peek());
    const to = ids[Math.min(ids.length - 1, Math.max(0, at + strides[event.key]))];
    if (mayAct.peek() && event.shiftKey && event.key.startsWith("Arrow")) {
      if (!isChosen(cursor.peek())) choose(cursor.peek(), ids);
      choose(to, ids, true);
    }
    reach(to);
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

/** Gives the focus to a strand's row; answers whether it is there. */
export function focusRow(id) {
  return reach(id);
}

import { html } from "../html.js";
import { useComputed, useEffect, useLayoutEffect, useRef, useSignal } from "../vendor/preact.js";
import { revision, allStrands, plugins, sources } from "../state/store.js";
import { files } from "../state/files.js";
import { inboxKind, query } from "../state/view.js";
import { matches } from "../state/filter.js";
import { acknowledge } from "../state/actions.js";
import { each } from "../state/turns.js";
import { ask } from "../ui/confirm.js";
import { plural } from "../ui/format.js";
import { Guard } from "../ui/guard.js";
import { countKinds, inboxItems, kinds } from "./items.js";
import { Item } from "./item.js";
import { followReds } from "./reasons.js";
import { Act } from "../ui/act.js";

/** Rows that are drawn at first, and more with each wish for more. */
const PAGE = 60;

/** The Inbox: everything that asks for a person, one list, newest first. */
export function Inbox() {
  const found = useComputed(() => {
    revision.value;
    const strands = query.value.trim() ? allStrands().filter((strand) => matches(strand, query.value)) : allStrands();
    // What belongs to no strand is found by a filter for nothing but its own words.
    const words = query.value.trim().toLowerCase();
    const named = (thing) => `${thing.label ?? thing.name ?? thing.path}`.toLowerCase().includes(words);
    return inboxItems({ strands, sources: [...sources.value.values()].filter(named), plugins: plugins.value.filter(named), files: files.value.filter(named) });
  });
  const items = useComputed(() => (inboxKind.value ? found.value.filter((item) => item.kind === inboxKind.value) : found.value));
  const most = useSignal(PAGE);
  const frame = useRef(null);
  useEffect(() => followReds({ get value() { return wanted(items.value); }, peek: () => wanted(items.peek()) }), []);
  const keepFocus = useFocusKept(frame);

  const shown = items.value.slice(0, most.value);
  return html`<div class="inbox" ref=${frame} onKeyDown=${(event) => walk(event, frame.current)} onFocusIn=${keepFocus}>
    <h2 class="unseen" tabindex="-1" data-heading>Inbox</h2>
    <${Kinds} counts=${countKinds(found.value)} items=${items.value} />
    ${items.value.length === 0 && html`<${Nothing} />`}
    <ol class="items" aria-label="What asks for you">
      ${shown.map((item) => html`<${Guard} key=${item.key} about=${item}><${Item} item=${item} /><//>`)}
    </ol>
    ${items.value.length > shown.length && html`<button type="button" class="button more" onClick=${() => (most.value += PAGE)}>Show more (${items.value.length - shown.length} older)</button>`}
  </div>`;
}

/** Ids of the red runs whose reasons the rows tell. */
const wanted = (items) => items.filter((item) => item.kind === "failed" && item.runId).map((item) => item.runId);

/** Buttons that leave one kind, and one that acknowledges all of what is left. */
function Kinds({ counts, items }) {
  if (counts.length === 0 && !inboxKind.value) return null;
  const total = counts.reduce((sum, kind) => sum + kind.count, 0);
  const chosen = counts.find((kind) => kind.kind === inboxKind.value);
  const seen = items.filter((item) => acknowledges(item));
  const words = `all ${seen.length}${chosen ? ` ${chosen.many}` : ""}`;
  return html`<div class="kinds">
    <ul class="figures" aria-label="Kinds">
      <${KindButton} word="all" count=${total} kind=${null} />
      ${counts.map((kind) => html`<${KindButton} key=${kind.kind} word=${kind.count === 1 ? kind.one : kind.many} count=${kind.count} kind=${kind.kind} />`)}
    </ul>
    ${seen.length > 1 && html`<${Act} class="button" data-acknowledge-all onClick=${() => offerAll(seen, words)}>Acknowledge ${words} <kbd>A</kbd><//>`}
  </div>`;
}

function KindButton({ word, count, kind }) {
  return html`<li><button type="button" class=${`figure tone-${kind ?? "idle"}`} aria-pressed=${(inboxKind.value ?? null) === kind ? "true" : "false"} onClick=${() => (inboxKind.value = kind)}><span class="number">${count}</span> ${word}</button></li>`;
}

/** What of its strand a row asks to be acknowledged, if that is what it asks. */
const acknowledges = (item) => kinds.find((kind) => kind.kind === item.kind).acknowledges;

const offerAll = (items, words) => ask({ title: `Acknowledge ${words}?`, lines: ["They leave the Inbox; what happened stays in each strand's history."], word: "Acknowledge", key: "A", act: () => each(items, (item) => acknowledge(item.strand.id, acknowledges(item))) });

/** Offers to acknowledge all rows that are shown. */
export function acknowledgeShown() {
  document.querySelector("[data-acknowledge-all]")?.click();
}

function Nothing() {
  const narrowed = inboxKind.value || query.value.trim();
  const calm = allStrands();
  return html`<div class="nothing">
    <svg viewBox="0 0 120 64" width="120" height="64" aria-hidden="true"><rect class="bare-beam" y="4" width="120" height="2.5" rx="1.25" />${Array.from({ length: 9 }, (_, at) => html`<path class="calm-thread" key=${at} d=${`M${12 + at * 12},6q${(at % 3) - 1},24 0,46`} /><circle class="calm-knot" key=${`k${at}`} cx=${12 + at * 12} cy="53" r="2" />`)}</svg>
    <p class="nothing-title">${narrowed ? "Nothing of this kind asks for you" : "Nothing asks for you"}</p>
    <p class="dim">${narrowed ? html`<button type="button" class="button" onClick=${() => { inboxKind.value = null; query.value = ""; }}>Show all that does</button>` : `${plural(calm.length, "strand")} ${calm.length === 1 ? "hangs" : "hang"} here, and none is red, missed or changed.`}</p>
  </div>`;
}

/** When the row with the focus is done with, the focus goes to the one that takes its place. */
function useFocusKept(frame) {
  const at = useRef(-1);
  useLayoutEffect(() => {
    if (at.current === -1 || document.activeElement !== document.body) return;
    const rows = [...frame.current.querySelectorAll("[data-item-open]")];
    (rows[Math.min(at.current, rows.length - 1)] ?? frame.current.querySelector("[data-heading]"))?.focus();
  });
  return (event) => {
    const row = event.target.closest("[data-item]");
    if (row) at.current = [...frame.current.querySelectorAll("[data-item]")].indexOf(row);
  };
}

const strides = { ArrowUp: -1, ArrowDown: 1, j: 1, k: -1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };

function walk(event, frame) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, dialog")) return;
  const stride = strides[event.key];
  const rows = [...frame.querySelectorAll("[data-item-open]")];
  if (stride === undefined || rows.length === 0) return;
  event.preventDefault();
  const at = rows.indexOf(event.target.closest("[data-item]")?.querySelector("[data-item-open]"));
  const to = at === -1 ? 0 : Math.min(rows.length - 1, Math.max(0, at + stride));
  rows[to].focus();
  rows[to].closest("[data-item]").scrollIntoView({ block: "nearest" });
}

/** Gives the focus to a strand's first row; answers whether it has one. */
export function focusItem(strandId) {
  const row = document.querySelector(`[data-item$="${CSS.escape(` ${strandId}`)}"] [data-item-open]`) ?? document.querySelector("[data-item-open]");
  row?.focus();
  return Boolean(row);
}

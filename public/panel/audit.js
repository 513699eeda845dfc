import { html } from "../html.js";
import { useLayoutEffect, useRef, useSignal } from "../vendor/preact.js";
import { get } from "../state/api.js";
import { readAuditEntry } from "../state/detailShape.js";
import { strandOf } from "../state/store.js";
import { open } from "../state/view.js";
import { Mark } from "../ui/mark.js";
import { Time } from "../ui/time.js";
import { deedWords, resultWords } from "./auditWords.js";
import { Close } from "./close.js";

const PAGE = 50;

/** Who changed what, newest first, and what came of it: for admins. */
export function AuditPanel() {
  const heading = useRef(null);
  const entries = useSignal(null);
  const next = useSignal(null);
  const problem = useSignal(null);
  const read = async (cursor = null) => {
    try {
      const page = await get(`/audit?limit=${PAGE}${cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`}`);
      entries.value = [...(cursor === null ? [] : entries.peek()), ...(page?.items ?? []).map(readAuditEntry)];
      next.value = page?.next ?? null;
      problem.value = null;
    } catch (error) {
      problem.value = error;
    }
  };
  useLayoutEffect(() => heading.current?.focus({ preventScroll: true }), []);
  useLayoutEffect(() => void read(), []);
  return html`<aside class="panel" aria-labelledby="panel-title">
    <${Close} />
    <h2 id="panel-title" tabindex="-1" ref=${heading}>Who changed what</h2>
    <p class="dim">Every change that was asked for through this gateway, newest first, and what came of it.</p>
    ${problem.value && html`<p class="problem tone-failed" role="alert">${String(problem.value.message)} <span class="dim">${problem.value.help}</span></p>`}
    ${entries.value === null && !problem.value && html`<p class="dim">reading…</p>`}
    ${entries.value?.length === 0 && html`<p class="dim">Nothing was changed yet.</p>`}
    <ol class="plain audit">${(entries.value ?? []).map((entry) => html`<${Entry} key=${entry.id} entry=${entry} />`)}</ol>
    <p class="row-actions"><button type="button" class="button" onClick=${() => read()}>Read anew</button>${next.value && html`<button type="button" class="button" onClick=${() => read(next.value)}>Older</button>`}</p>
  </aside>`;
}

function Entry({ entry }) {
  const { words, tone } = resultWords(entry.result);
  const strand = entry.target === null ? null : strandOf(entry.target).value;
  return html`<li class=${`source tone-${tone}`}>
    <p><${Mark} tone=${tone} /><strong>${deedWords(entry)}</strong> ${strand ? html`<button type="button" class="link" onClick=${() => open(strand.id)}><bdi>${strand.name.slice(0, 120)}</bdi></button>` : entry.target !== null && html`<bdi>${entry.target.slice(0, 120)}</bdi>`} <span class="state">${words}</span></p>
    <p class="dim small">by <bdi title=${entry.tokenId && `token ${entry.tokenId}`}>${entry.who}</bdi>${entry.role && `, ${entry.role}`} · ${entry.via} from ${entry.peer} · <${Time} at=${entry.at} />${entry.detail && html` · <bdi>${entry.detail}</bdi>`}</p>
  </li>`;
}

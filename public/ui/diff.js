import { html } from "../html.js";
import { strandPath } from "../state/api.js";
import { readVersion } from "../state/detailShape.js";
import { list } from "../state/shape.js";
import { differences, splitAlike } from "./difference.js";
import { useRead } from "./useRead.js";

/** What differs between two kept definitions of a strand, which are fetched when it is drawn. */
export function Versions({ strandId, from, to }) {
  const { value, problem } = useRead(`${strandPath(strandId)}/versions?only=${from},${to}`, (raw) => list(raw?.items).map(readVersion));
  if (value === null) return html`<${Unread} problem=${problem} />`;
  const find = (number) => value.find(({ version }) => version === number) ?? null;
  return html`<${Diff} before=${find(from)} after=${find(to)} />`;
}

const Unread = ({ problem }) => html`<p class="dim">${problem ? `${problem.message} ${problem.help}` : "reading…"}</p>`;

/** Two definitions side by side, field by field: what was, and what is. */
function Diff({ before, after }) {
  const rows = differences(before, after);
  if (rows.length === 0) return html`<p class="dim">${before && after ? "Its definition is the same as before." : "The definition before it is not kept."}</p>`;
  return html`<table class="diff">
    <caption class="unseen">What changed</caption>
    <thead><tr><th scope="col"><span class="unseen">field</span></th><th scope="col">before</th><th scope="col">after</th></tr></thead>
    <tbody>${rows.map((row) => html`<${DiffRow} key=${row.path} row=${row} />`)}</tbody>
  </table>`;
}

function DiffRow({ row }) {
  const parts = row.before === null || row.after === null ? { before: ["", row.before ?? "", ""], after: ["", row.after ?? "", ""] } : splitAlike(row.before, row.after);
  return html`<tr>
    <th scope="row"><bdi>${row.path}</bdi></th>
    <td>${row.before === null ? html`<span class="dim">none</span>` : html`<del><${Parts} parts=${parts.before} /></del>`}</td>
    <td>${row.after === null ? html`<span class="dim">none</span>` : html`<ins><${Parts} parts=${parts.after} /></ins>`}</td>
  </tr>`;
}

const AROUND = 60;
const MOST = 1200;

/** What differs, with so much of what does not that one knows where it stands. */
function Parts({ parts: [head, middle, tail] }) {
  const shown = middle.length > MOST ? `${middle.slice(0, MOST)}…` : middle;
  return html`<bdi>${head.length > AROUND ? `…${head.slice(-AROUND)}` : head}${shown && html`<mark>${shown}</mark>`}${tail.length > AROUND ? `${tail.slice(0, AROUND)}…` : tail}</bdi>`;
}

/** What differs between two versions of a workflow's files, fetched when it is drawn. */
export function Patches({ strandId, from, to }) {
  const { value, problem } = useRead(`${strandPath(strandId)}/versions/${from}/diff?to=${to}`);
  if (value === null) return html`<${Unread} problem=${problem} />`;
  const files = value.files ?? [];
  return files.length === 0 ? html`<p class="dim">Its code is the same.</p>` : files.map((file) => html`<${Patch} key=${file.path} file=${file} />`);
}

function Patch({ file }) {
  const { lines, more } = patchLines(file.patch);
  return html`<div class="patch">
    <p class="dim"><bdi>${String(file.path).slice(-200)}</bdi></p>
    ${file.patch === null ? html`<p class="dim">It differs too much to be told line by line.</p>` : html`<pre class="output" tabindex="0" aria-label=${`What changed in ${String(file.path).slice(-80)}`}>${lines.map(({ kind, text }, at) => html`<span key=${at} class=${`patch-${kind}`}>${text}${"\n"}</span>`)}</pre>`}
    ${more > 0 && html`<p class="dim">and ${more} more lines</p>`}
  </div>`;
}

/** Lines of a patch that are shown. */
const MOST_LINES = 600;
const kinds = { "+": "added", "-": "removed", "@": "place" };

/**
 * A unified patch, line by line.
 * @param {string | null} patch
 * @returns {{ lines: { kind: "added" | "removed" | "place" | "same", text: string }[], more: number }} without the names of the files; at most six hundred
 */
export function patchLines(patch) {
  const lines = String(patch ?? "").split("\n");
  const first = lines.findIndex((line) => line.startsWith("@@"));
  const body = first === -1 ? [] : lines.slice(first).filter((line, at, all) => at < all.length - 1 || line !== "");
  return { lines: body.slice(0, MOST_LINES).map((text) => ({ kind: kinds[text[0]] ?? "same", text: text.slice(0, 1000) })), more: Math.max(0, body.length - MOST_LINES) };
}

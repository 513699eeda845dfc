import { html } from "../html.js";
import { differences, splitAlike } from "./difference.js";

/** Two definitions side by side, field by field: what was, and what is. */
export function Diff({ before, after }) {
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

import { html } from "../html.js";
import { useEffect, useSignal } from "../vendor/preact.js";
import { get, strandPath } from "../state/api.js";

/** What differs between two versions of a workflow's files, fetched when it is drawn. */
export function Patches({ strandId, from, to }) {
  const files = useSignal(null);
  const problem = useSignal(null);
  useEffect(() => {
    let gone = false;
    get(`${strandPath(strandId)}/versions/${from}/diff?to=${to}`).then((answer) => !gone && (files.value = answer?.files ?? []), (error) => !gone && (problem.value = error));
    return () => (gone = true);
  }, [strandId, from, to]);
  if (problem.value) return html`<p class="dim">${String(problem.value.message)} ${problem.value.help}</p>`;
  if (files.value === null) return html`<p class="dim">reading…</p>`;
  if (files.value.length === 0) return html`<p class="dim">Its code is the same.</p>`;
  return files.value.map((file) => html`<${Patch} key=${file.path} file=${file} />`);
}

function Patch({ file }) {
  const { lines, more } = patchLines(file.patch);
  return html`<div class="patch">
    <p class="dim"><bdi>${String(file.path).slice(-200)}</bdi></p>
    ${file.patch === null ? html`<p class="dim">It differs too much to be told line by line.</p>` : html`<pre class="output" tabindex="0" aria-label=${`What changed in ${String(file.path).slice(-80)}`}>${lines.map(({ kind, text }, at) => html`<span key=${at} class=${`patch-${kind}`}>${text}${"\n"}</span>`)}</pre>`}
    ${more > 0 && html`<p class="dim">and ${more} more lines</p>`}
  </div>`;
}

const MOST = 600;
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
  return { lines: body.slice(0, MOST).map((text) => ({ kind: kinds[text[0]] ?? "same", text: text.slice(0, 1000) })), more: Math.max(0, body.length - MOST) };
}

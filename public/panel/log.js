import { html } from "../html.js";
import { useEffect, useRef, useSignal } from "../vendor/preact.js";
import { get, outputPath } from "../state/api.js";
import { download } from "../ui/download.js";
import { count, plural, size } from "../ui/format.js";
import { tell } from "../ui/toast.js";

/** What is read and shown at a time, in bytes: a page bears no ten megabytes in one element. */
const PAGE = 64 * 1024;

/** A step's output page by page, and a search through all that is kept of it. */
export function Log({ runId, step }) {
  const page = useSignal(null);
  const found = useSignal(null);
  const sought = useSignal("");
  const text = useRef(null);
  const path = outputPath(runId, step.id);
  const ask = async (query, use) => {
    try {
      use(await get(`${path}?${query}`));
    } catch (problem) {
      tell("failed", problem.message, problem.help);
    }
  };
  const show = (after, limit = PAGE) =>
    ask(`after=${Math.max(0, after)}&limit=${limit}`, (part) => {
      page.value = part;
      if (text.current) text.current.scrollTop = 0;
    });
  useEffect(() => void show(0), [runId, step.id]);
  const search = (event) => {
    event.preventDefault();
    const wanted = sought.peek().trim();
    if (!wanted) return void (found.value = null);
    void ask(`search=${encodeURIComponent(wanted)}&limit=100`, (lines) => (found.value = lines));
  };
  const { from, bytes, to } = placeOf(page.value);
  const missing = page.value?.missing;
  // What is missing is skipped.
  const before = from === missing?.to ? missing.from : from;
  const id = `search-${step.id}`;
  return html`<div class="log">
    <form class="log-search" role="search" onSubmit=${search}>
      <label class="unseen" for=${id}>Search the output of ${step.label.slice(0, 80)}</label>
      <input id=${id} type="search" placeholder="search this log" value=${sought.value} onInput=${(event) => (sought.value = event.currentTarget.value)} />
      <button type="submit" class="button">Search</button>
    </form>
    ${found.value && html`<p class="dim" role="status">${found.value.lines.length === 0 ? "No line holds that." : `${plural(found.value.lines.length, "line")}${found.value.more ? ", and more" : ""}`}${found.value.missing ? `. ${gapWords(found.value.missing)}, and were not searched.` : ""}</p>
      <ol class="log-found">${found.value.lines.map((line) => html`<li key=${line.number}><button type="button" class="log-line" onClick=${() => show(line.at)}><span class="dim number">${count(line.number)}</span> <span>${String(line.text)}</span></button></li>`)}</ol>`}
    <pre class="output" tabindex="0" aria-label=${`Log of ${step.label.slice(0, 80)}`} ref=${text}>${page.value?.text ?? "reading…"}</pre>
    <p class="output-more">
      <span class="dim number">${size(from)} to ${size(to)} of ${size(bytes)}</span>${missing && html`<span class="dim">${gapWords(missing)}.</span>`}
      <button type="button" class="link" disabled=${before === 0} onClick=${() => show(before - PAGE, Math.min(PAGE, before))}>Earlier</button>
      <button type="button" class="link" disabled=${to >= bytes} onClick=${() => show(to)}>Later</button>
      <button type="button" class="link" disabled=${to >= bytes} onClick=${() => show(bytes - PAGE)}>End</button>
      <button type="button" class="link" onClick=${() => download(path, `${step.id}-${runId}.txt`)}>Download</button>
    </p>
  </div>`;
}

const gapWords = ({ from, to }) => `${from === 0 ? `The first ${size(to)}` : `${size(to - from)} after the first ${size(from)}`} are not kept`;

const placeOf = (page) => (page === null ? { from: 0, to: 0, bytes: 0 } : { from: page.from, to: page.from + new Blob([page.text]).size, bytes: page.bytes });

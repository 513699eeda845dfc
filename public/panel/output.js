import { html } from "../html.js";
import { useSignal } from "../vendor/preact.js";
import { getBlob, outputPath } from "../state/api.js";
import { size } from "../ui/format.js";
import { download } from "../ui/download.js";
import { tell } from "../ui/toast.js";

/** How much of an output's end is put on the page at first, in characters. */
const TAIL = 8_000;
/** How much a page bears in one element, in bytes; what is longer can be downloaded. */
const MOST_SHOWN = 2_000_000;

/** What a step said: its end at once, all that is kept when asked for, and as a file. */
export function Output({ runId, step }) {
  const whole = useSignal(null);
  const tail = step.outputTail ?? "";
  const bytes = step.outputBytes ?? tail.length;
  const kept = step.outputKeptBytes ?? tail.length;
  const more = tail.length > TAIL || kept > new Blob([tail]).size;
  const path = outputPath(runId, step.id);
  const label = `Output of ${step.label.slice(0, 80)}`;
  const showAll = () => getBlob(path).then(async (blob) => (whole.value = await blob.text()), (problem) => tell("failed", problem.message, problem.help));
  const text = whole.value ?? (tail.length > TAIL ? `…${tail.slice(-TAIL)}` : tail);
  return html`<pre class="output" tabindex="0" aria-label=${label}>${text}</pre>
    ${(more || kept < bytes) && html`<p class="output-more">
      ${kept < bytes && html`<span class="dim">The last ${size(kept)} of ${size(bytes)} are kept.</span>`}
      ${more && whole.value === null && kept <= MOST_SHOWN && html`<button type="button" class="link" onClick=${showAll}>Show all (${size(kept)})</button>`}
      <button type="button" class="link" onClick=${() => download(path, `${step.id}-${runId}.txt`)} aria-label=${`Download: ${label}`}>Download</button>
    </p>`}`;
}

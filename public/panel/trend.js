import { html } from "../html.js";
import { duration } from "../ui/format.js";
import { runTone } from "../ui/words.js";

const WIDTH = 420;
const HEIGHT = 40;
const MOST = 60;

/** How long the last runs took, the newest on the right; the line is how long nearly all of them take. */
export function Trend({ runs, p95Ms }) {
  const shown = runs.filter((run) => run.durationMs !== null).slice(0, MOST).reverse();
  if (shown.length < 5) return null;
  const most = Math.max(p95Ms ?? 0, ...shown.map((run) => run.durationMs), 1);
  const step = WIDTH / MOST;
  const first = WIDTH - shown.length * step;
  const y = (ms) => HEIGHT - 1 - (HEIGHT - 5) * (ms / most);
  const middle = shown.map((run) => run.durationMs).sort((a, b) => a - b)[shown.length >> 1];
  const words = `The last ${shown.length} runs took ${duration(middle)} in the middle and ${duration(Math.max(...shown.map((run) => run.durationMs)))} at most`;
  return html`<figure class="trend">
    <svg viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" height=${HEIGHT} role="img" aria-label=${words}>
      ${shown.map((run, at) => html`<rect key=${run.id} class=${`tick-box k-${runTone(run)}`} x=${first + at * step} y=${y(run.durationMs)} width=${step - 2} height=${HEIGHT - y(run.durationMs)} />`)}
      ${p95Ms !== null && p95Ms !== undefined && html`<path class="usual" d=${`M0,${y(p95Ms)}H${WIDTH}`} />`}
    </svg>
    <figcaption class="dim small">${duration(middle)} in the middle${p95Ms ? html` · <span class="usual-key" aria-hidden="true"></span> 95 in 100 take at most ${duration(p95Ms)}` : ""}</figcaption>
  </figure>`;
}

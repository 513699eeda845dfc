import { html } from "../html.js";
import { useComputed } from "../vendor/signals.js";
import { revision, strandOf } from "../state/store.js";
import { openStrand, sidePanel } from "../state/view.js";
import { toneOf } from "../ui/words.js";

const wanting = ["failed", "waiting", "missed"];

/**
 * What wants somebody beyond the edges of what is in sight, and the way there: a red strand must not hide by hanging
 * far away.
 */
export function Edges({ layout, top, scroll, width, panel, show }) {
  const wanted = useComputed(() => {
    revision.value;
    return [...layout.value.x].map(([id, x]) => ({ id, x, tone: toneOf(strandOf(id).peek() ?? {}) })).filter(({ tone }) => wanting.includes(tone));
  });
  const covered = openStrand.value !== null || sidePanel.value !== null ? panel : 0;
  const left = wanted.value.filter(({ x }) => x < scroll.value);
  const right = wanted.value.filter(({ x }) => x > scroll.value + width - covered);
  return html`
    ${left.length > 0 && html`<${Edge} side="left" at=${8} top=${top} found=${left} go=${() => show(left.at(-1).id)} />`}
    ${right.length > 0 && html`<${Edge} side="right" at=${covered + 8} top=${top} found=${right} go=${() => show(right[0].id)} />`}
  `;
}

function Edge({ side, at, top, found, go }) {
  const words = wanting.map((tone) => ({ tone, count: found.filter((each) => each.tone === tone).length })).filter(({ count }) => count > 0);
  return html`<button type="button" class=${`edge ${side}`} style=${{ [side]: `${at}px`, top: `${top}px` }} title=${`Further ${side}`} onClick=${go}>
    ${words.map(({ tone, count }) => html`<span class=${`state tone-${tone}`} key=${tone}>${count} ${tone}</span>`)}
  </button>`;
}

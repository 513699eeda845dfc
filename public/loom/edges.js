import { html } from "../html.js";
import { useComputed } from "../vendor/preact.js";
import { covered, layout, scroll, size } from "./camera.js";
import { asking, wanted } from "./wanted.js";

/**
 * What wants somebody beyond the edges of what is in sight, and the way there: a red strand must not hide by hanging
 * far away.
 */
export function Edges({ show }) {
  const placed = useComputed(() => wanted.value.filter(({ tone }) => asking.includes(tone)).map((each) => ({ ...each, x: layout.value.x.get(each.id) ?? 0 })));
  const left = useComputed(() => placed.value.filter(({ x }) => x < scroll.value).length);
  const right = useComputed(() => placed.value.filter(({ x }) => x > scroll.value + size.value.width - covered.value).length);
  const before = placed.value.slice(0, left.value);
  const after = right.value === 0 ? [] : placed.value.slice(-right.value);
  return html`
    ${before.length > 0 && html`<${Edge} side="left" at=${12} found=${before} go=${() => show(before.at(-1).id)} />`}
    ${after.length > 0 && html`<${Edge} side="right" at=${covered.value + 12} found=${after} go=${() => show(after[0].id)} />`}
  `;
}

function Edge({ side, at, found, go }) {
  const words = asking.map((tone) => ({ tone, count: found.filter((each) => each.tone === tone).length })).filter(({ count }) => count > 0);
  return html`<button type="button" class=${`edge ${side}`} style=${{ [side]: `${at}px` }} title=${`Further ${side}`} onClick=${go}>
    ${words.map(({ tone, count }) => html`<span class=${`state tone-${tone}`} key=${tone}>${count} ${tone}</span>`)}
  </button>`;
}

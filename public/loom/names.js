import { html } from "../html.js";
import { cellsOf, clip } from "../ui/format.js";
import { layout, level, scroll, size } from "./camera.js";
import { useComputed } from "../vendor/preact.js";
import { chooseNames } from "./layout.js";
import { wanted } from "./wanted.js";

/** Pixels that a name needs. */
const ROOM = 20;
/** The view moves so far before names beyond its edge are chosen. */
const STEP = 400;

/** Where threads hang too close for every name: the names of those that want somebody or are at work. */
export function UrgentNames({ room }) {
  // Names are chosen anew only where the choice may differ, not with each pixel.
  const about = useComputed(() => Math.floor(scroll.value / STEP) * STEP);
  if (!["thread", "near"].includes(level.value.how)) return null;
  const [left, right] = [about.value - STEP, about.value + size.value.width + 2 * STEP];
  const wishes = wanted.value.map((wish) => ({ ...wish, x: layout.value.x.get(wish.id) })).filter(({ x }) => x >= left && x <= right);
  const cells = Math.floor(((room.knot - room.beam) * 0.36) / 7.3);
  return html`<g class="urgent-names" aria-hidden="true">
    ${chooseNames(wishes, ROOM).map((wish) => html`<${UrgentName} key=${wish.id} wish=${wish} name=${clip(wish.name, cells)} top=${room.labelTop + 4} />`)}
  </g>`;
}

/** On a ground of its own: the threads beside it would run through the letters. */
function UrgentName({ wish, name, top }) {
  return html`<g class=${`tone-${wish.tone}`} transform=${`translate(${wish.x + 4},${top}) rotate(90)`}>
    <rect class="name-ground" x="-4" y="-11.5" width=${cellsOf(name) * 7.33 + 8} height="15" rx="2" />
    <text class="name">${name}</text>
  </g>`;
}

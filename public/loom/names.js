import { html } from "../html.js";
import { revision, strandOf } from "../state/store.js";
import { cellsOf, clip } from "../ui/format.js";
import { toneOf } from "../ui/words.js";
import { chooseNames } from "./layout.js";

const ranks = { failed: 0, waiting: 1, missed: 2, running: 3 };

/** Where threads hang too close for every name: the names of those that want somebody or are at work. */
export function UrgentNames({ layout, room }) {
  revision.value;
  const wishes = [];
  for (const [id, x] of layout.x) {
    const strand = strandOf(id).peek();
    const tone = strand ? toneOf(strand) : "idle";
    if (tone in ranks) wishes.push({ id, x, rank: ranks[tone], tone, name: strand.name });
  }
  const cells = Math.floor(((room.knot - room.beam) * 0.38) / 7.3);
  return html`<g class="urgent-names" aria-hidden="true">
    ${chooseNames(wishes, 17).map((wish) => html`<${UrgentName} key=${wish.id} wish=${wish} name=${clip(wish.name, cells)} top=${room.labelTop} />`)}
  </g>`;
}

/** On a ground of its own: the threads beside it would run through the letters. */
function UrgentName({ wish, name, top }) {
  return html`<g class=${`tone-${wish.tone}`} transform=${`translate(${wish.x + 4},${top}) rotate(90)`}>
    <rect class="name-ground" x="-4" y="-11" width=${cellsOf(name) * 7.3 + 8} height="13" rx="2" />
    <text class="name">${name}</text>
  </g>`;
}

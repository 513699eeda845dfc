import { html } from "../html.js";
import { revision, strandOf } from "../state/store.js";
import { clip } from "../ui/format.js";
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
    ${chooseNames(wishes, 17).map((wish) => html`<text class=${`name tone-${wish.tone}`} key=${wish.id} transform=${`translate(${wish.x + 4},${room.labelTop}) rotate(90)`}>${clip(wish.name, cells)}</text>`)}
  </g>`;
}

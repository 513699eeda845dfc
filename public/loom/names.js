import { html } from "../html.js";
import { useComputed } from "../vendor/preact.js";
import { now } from "../state/clock.js";
import { strandOf } from "../state/store.js";
import { cellsOf, clip } from "../ui/format.js";
import { nextLine, statusLine, toneOf } from "../ui/words.js";
import { covered, layout, level, scroll, size } from "./camera.js";
import { hovered } from "./cursor.js";
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

/** Width of the card, in pixels. */
const WIDTH = 268;

/** What the pointer or the keyboard is at, in words. Hidden from screen readers: the strand itself says the same. */
export function Card({ room }) {
  const id = hovered.value;
  const strand = id === null ? null : strandOf(id).value;
  const x = id === null ? undefined : layout.value.x.get(id);
  // Nearest, everything that it would say stands beside the thread already.
  if (!strand || x === undefined || level.value.how === "roomy") return null;
  const at = x - scroll.value;
  const left = at + WIDTH + 26 < size.value.width - covered.value ? at + 16 : at - WIDTH - 16;
  const next = nextLine(strand, now.value);
  return html`<div class=${`card tone-${toneOf(strand)}`} aria-hidden="true" style=${{ left: `${Math.max(8, left)}px`, top: `${Math.round(room.beam + (room.knot - room.beam) * 0.7)}px`, width: `${WIDTH}px` }}>
    <p class="card-name"><bdi>${strand.name.slice(0, 200)}</bdi></p>
    <p class="state">${statusLine(strand, now.value)}</p>
    ${strand.missed && html`<p class="tone-missed">${strand.missed.count > 1 ? `${strand.missed.count} missed` : "missed"}: ${strand.missed.causeText.slice(0, 120)}</p>`}
    ${!strand.enabled && !strand.done && strand.disabledReason && html`<p class="tone-missed"><bdi>${strand.disabledReason.slice(0, 160)}</bdi></p>`}
    <p>${strand.trigger.text.slice(0, 200)}${next && html` <span class="dim">· ${next}</span>`}</p>
    <p class="dim"><bdi>${strand.source?.label ?? "workflows"}</bdi> on <bdi>${strand.node.name}</bdi>${strand.enabled ? "" : " · disabled"}${strand.freshness === "fresh" ? "" : ` · ${strand.freshness}`}${strand.changes.length > 0 ? ` · ${strand.changes[0].kind}` : ""}</p>
  </div>`;
}

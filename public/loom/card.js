import { html } from "../html.js";
import { now } from "../state/clock.js";
import { strandOf } from "../state/store.js";
import { nextLine, statusLine, toneOf } from "../ui/words.js";
import { covered, layout, level, scroll, size } from "./camera.js";
import { hovered } from "./cursor.js";

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

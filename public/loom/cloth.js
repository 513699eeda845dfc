import { html } from "../html.js";
import { sources } from "../state/store.js";
import { layout, room, scroll } from "./camera.js";

/** What lies behind the strands of a source that cannot be taken as it is: hatched when stale, crossed when in doubt, barred when its scheduler is off. */
export function Cloth() {
  const { beam: top, knot } = room.value;
  return layout.value.beams.map((beam) => {
    const weave = weaveOf(beam.sourceId === null ? null : sources.value.get(beam.sourceId));
    return weave && html`<div key=${beam.key} class=${`cloth weave-${weave}`} style=${{ top: `${top + 2}px`, width: `${beam.width}px`, height: `${knot - top - 2}px`, transform: `translate3d(${beam.x - scroll.value}px,0,0)` }}></div>`;
  });
}

function weaveOf(source) {
  if (!source) return null;
  if (source.freshness === "stale") return "stale";
  if (source.freshness !== "fresh") return "suspect";
  return source.schedulerOn ? null : "off";
}

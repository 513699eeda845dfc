import { html } from "../html.js";
import { useComputed } from "../vendor/signals.js";
import { now } from "../state/clock.js";
import { nodes, revision, sources, strandOf } from "../state/store.js";
import { groups } from "../state/visible.js";
import { clip, span } from "../ui/format.js";
import { freshnessLine } from "../ui/words.js";

const cells = (width, size) => Math.max(4, Math.floor(width / (size * 0.61)));

/** A heading stays in sight while any of what it heads is: how far it moves along, for a view scrolled so far. */
const along = (scroll, x, width, own) => Math.max(0, Math.min(scroll.value + 22 - x, width - own));

/** The heading of a node: its name, and what kind of machine it is. */
export function NodeHeading({ node, x, width, scroll }) {
  const info = nodes.value.find((known) => known.id === node.id);
  const name = clip(node.name.toUpperCase(), Math.max(4, Math.floor(width / 11)));
  const after = (name.length + 1) * 10.4;
  const about = [info?.self ? "this node" : null, info?.platform.replace("_", " ")].filter(Boolean).join(" · ");
  const own = after + about.length * 6.5;
  return html`<g class="node-heading" transform=${`translate(${x + along(scroll, x, width, own)},20)`}>
    <text class="node-name">${name}</text>
    ${width - after > 90 && html`<text class="about" x=${after}>${clip(about, cells(width - after, 10.5))}</text>`}
  </g>`;
}

/** A brass beam with the source it stands for, and how fresh the picture of that source is. */
export function Beam({ beam, y, scroll }) {
  const source = beam.sourceId === null ? null : sources.value.get(beam.sourceId);
  const next = useComputed(() => {
    revision.value;
    const ids = groups.value.flatMap((group) => group.beams).find((known) => known.key === beam.key)?.ids ?? [];
    return ids.reduce((soonest, id) => {
      const strand = strandOf(id).peek();
      const at = strand?.enabled && !strand.activeRun ? strand.nextRunAt : null;
      return at !== null && at !== undefined && (soonest === null || at < soonest) ? at : soonest;
    }, null);
  });
  const line = useComputed(() => {
    if (!source) return "";
    const parts = [freshnessLine(source, now.value)];
    if (source.freshness === "fresh" && source.version) parts.push(source.version);
    if (source.freshness === "fresh" && next.value !== null && next.value > now.value) parts.push(`next in ${span(next.value - now.value)}`);
    while (parts.length > 1 && parts.join(" · ").length > cells(beam.width + 20, 10.5)) parts.pop();
    return clip(parts.join(" · "), cells(beam.width + 26, 10.5));
  });
  const name = clip(beam.label, cells(beam.width - 30, 12));
  const shift = along(scroll, beam.x, beam.width, Math.max((name.length + 6) * 7.4, line.value.length * 6.5));
  const troubled = source && (source.freshness !== "fresh" || !source.schedulerOn);
  return html`<g class=${troubled ? "beam troubled" : "beam"} transform=${`translate(${beam.x},${y})`}>
    <text class="source-name" x=${shift} y="-36">${name}<tspan class="about" dx="7">${beam.count}</tspan></text>
    <text class="freshness" x=${shift} y="-19">${line}</text>
    <rect class="beam-shade" y="-5" width=${beam.width} height="1" />
    <rect class="beam-body" y="-1.5" width=${beam.width} height="3" rx="1.5" fill="url(#brass)" />
  </g>`;
}

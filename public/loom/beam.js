import { html } from "../html.js";
import { computed, effect, useLayoutEffect, useMemo, useRef } from "../vendor/preact.js";
import { now } from "../state/clock.js";
import { countTroubles, nodes, revision, sources, strandOf } from "../state/store.js";
import { clip, span } from "../ui/format.js";
import { freshnessLine } from "../ui/words.js";
import { layout, room, scroll } from "./camera.js";
import { asking } from "./wanted.js";

const cells = (width, size) => Math.max(4, Math.floor(width / (size * 0.61)));

/** The beams and their headings, each on a layer of its own: a heading stays in sight while any of what it heads is. */
export function Heads() {
  const { nodes: groups, beams } = layout.value;
  const height = room.value.beam + 8;
  return html`<div class="drawing heads" style=${{ height: `${height}px` }} aria-hidden="true">
    ${groups.map((group) => html`<${NodeHeading} key=${group.node.id} at=${groups.indexOf(group)} />`)}
    ${beams.map((beam) => html`<${Beam} key=${beam.key} beam=${beam} y=${room.value.beam} />`)}
  </div>`;
}

/** How far a heading moves along to stay in sight. */
const along = (x, width, own) => Math.max(0, Math.min(scroll.value + 22 - x, width - own));

/** Something that hangs where the camera has it: panning moves its layer and draws nothing. */
function Layer({ at, children }) {
  const layer = useRef(null);
  useLayoutEffect(() =>
    effect(() => {
      layer.current.style.transform = `translate3d(${Math.round(at())}px,0,0)`;
    }),
  );
  return html`<div class="layer" ref=${layer}><svg width="1" height="1">${children}</svg></div>`;
}

/** The heading of a node: its name, and what kind of machine it is. */
function NodeHeading({ at }) {
  const { node, x, width } = layout.value.nodes[at];
  const info = nodes.value.find((known) => known.id === node.id);
  const name = clip(node.name.toUpperCase(), Math.max(4, Math.floor(width / 11)));
  const after = (name.length + 1) * 10.4;
  const about = [info?.self ? "this node" : null, info?.platform.replace("_", " ")].filter(Boolean).join(" · ");
  const own = after + about.length * 6.5;
  return html`<${Layer} at=${() => x - scroll.value + along(x, width, own)}><g class="node-heading" transform="translate(0,20)">
    <text class="node-name">${name}</text>
    ${width - after > 90 && html`<text class="about" x=${after}>${clip(about, cells(width - after, 10.5))}</text>`}
  </g><//>`;
}

/** A brass beam with the source it stands for: how many strands, how many of them want somebody, how fresh the picture is. */
function Beam({ beam, y }) {
  const source = beam.sourceId === null ? null : sources.value.get(beam.sourceId);
  // Made anew with what it reckons from: a filter changes the strands, coming nearer the room for words.
  const figures = useMemo(() => computed(() => {
    revision.value;
    return figuresOf(beam.ids).join(" ");
  }), [beam.ids]);
  const [, ...worries] = figures.value.split(" ").map(Number);
  const line = useMemo(() => computed(() => {
    const source = beam.sourceId === null ? null : sources.value.get(beam.sourceId);
    if (source && !source.schedulerOn && source.freshness === "fresh") return clip("scheduler off · nothing fires", cells(beam.width + 20, 10.5));
    const parts = [source ? freshnessLine(source, now.value) : "woven here"];
    const soonest = Number(figures.value.split(" ")[0]);
    if (source?.freshness === "fresh" && source.version) parts.push(source.version);
    if ((!source || source.freshness === "fresh") && soonest > now.value) parts.push(`next in ${span(soonest - now.value)}`);
    while (parts.length > 1 && parts.join(" · ").length > cells(beam.width + 20, 10.5)) parts.pop();
    return clip(parts.join(" · "), cells(beam.width + 26, 10.5));
  }), [figures, beam.sourceId, beam.width]);
  const name = clip(beam.label, cells(beam.width - 30, 12));
  const room = cells(beam.width + 20, 11) - name.length - String(beam.ids.length).length - 2;
  const told = asking.map((tone, at) => ({ tone, words: `${worries[at]} ${tone}` })).filter((_, at) => worries[at] > 0);
  while (told.map(({ words }) => words).join("   ").length > room) told.pop();
  const own = Math.max((name.length + 6) * 7.4 + told.reduce((sum, { words }) => sum + words.length * 7 + 10, 0), line.value.length * 6.5);
  const troubled = source && (source.freshness !== "fresh" || !source.schedulerOn);
  const classes = ["beam", troubled && "troubled", source && !source.schedulerOn && "switched-off"].filter(Boolean).join(" ");
  return html`
    <${Layer} at=${() => beam.x - scroll.value}><g class=${classes} transform=${`translate(0,${y})`}>
      <rect class="beam-shade" y="-5" width=${beam.width} height="1" />
      <rect class="beam-body" y="-1.5" width=${beam.width} height="3" rx="1.5" fill="url(#brass)" />
    </g><//>
    <${Layer} at=${() => beam.x - scroll.value + along(beam.x, beam.width, Math.min(own, beam.width))}><g class=${classes} transform=${`translate(0,${y})`}>
      <text class="source-name" y="-36">${name}<tspan class="about" dx="7">${beam.ids.length}</tspan>${told.map(({ tone, words }) => html`<tspan class=${`worry tone-${tone}`} dx="10" key=${tone}>${words}</tspan>`)}</text>
      <text class="freshness" y="-19">${line}</text>
    </g><//>`;
}

/** When the next of them fires (0: none does), then how many are in each state that asks for somebody. */
function figuresOf(ids) {
  const strands = ids.map((id) => strandOf(id).peek()).filter(Boolean);
  const fires = strands.filter((strand) => strand.enabled && !strand.activeRun && strand.nextRunAt !== null);
  const next = fires.reduce((soonest, strand) => Math.min(soonest, strand.nextRunAt), Infinity);
  const count = countTroubles(strands);
  return [next === Infinity ? 0 : next, ...asking.map((kind) => count[kind])];
}

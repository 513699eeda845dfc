import { html } from "../html.js";
import { useComputed, useEffect, useSignal } from "../vendor/preact.js";
import { now } from "../state/clock.js";
import { strandOf } from "../state/store.js";
import { clip } from "../ui/format.js";
import { get, runPath } from "../state/api.js";
import { nextLine, statusLine } from "../ui/words.js";
import { layout } from "./camera.js";
import { signY } from "./layout.js";
import { heldWord } from "./standing.js";

const CELL = 0.61;
const MOST_LINES = 6;

/** Nearest, the words stand beside the thread: name, schedule and next firing above, the last result and output below. */
export function Beside({ strand, room, signed }) {
  const cells = useComputed(() => Math.max(10, Math.floor(((layout.value?.pitch ?? 140) - 32) / (11 * CELL))));
  const id = strand.id;
  return html`<g class="beside" aria-hidden="true">
    <g transform=${`translate(15,${room.beam + 32})`}>
      <text class="name"><${Words} of=${() => clip(strandOf(id).value?.name ?? "", Math.floor(cells.value * 0.84))} /></text>
      <text class="schedule" y="18"><${Words} of=${() => clip(strandOf(id).value?.trigger.text ?? "", cells.value)} /></text>
      <text class="when" y="34"><${Words} of=${() => told(id, (self) => heldWord(self, now.value) || (self.trigger.kind === "event" ? "" : nextLine(self, now.value)), cells.value)} /></text>
    </g>
    ${signed && html`<g class="sign-lines" transform=${`translate(17,${signY(room) + 4})`}>${wrapped([signWords(strand)], cells.value, 3).map((line, at) => html`<text class="sign-name" key=${at} y=${at * 14}>${line}</text>`)}</g>`}
    <text class="result" x="17" y=${room.knot + 4}><${Words} of=${() => told(id, (self) => statusLine(self, now.value), cells.value)} /></text>
    <${Output} strand=${strand} cells=${cells} room=${room} />
  </g>`;
}

function Words({ of }) {
  return html`${useComputed(of)}`;
}

function told(id, words, cells) {
  const strand = strandOf(id).value;
  return strand ? clip(words(strand), cells) : "";
}

function signWords(strand) {
  if (strand.missed) return `${strand.missed.count > 1 ? `${strand.missed.count} missed` : "missed"}: ${strand.missed.causeText}`;
  return strand.disabledReason ?? (strand.status === "overdue" ? "overdue" : "missed");
}

/** The end of what the last run said, as many lines as the fringe is long. */
function Output({ strand, cells, room }) {
  const lines = useSignal([]);
  const runId = strand.lastRun?.id ?? null;
  useEffect(() => {
    let wanted = true;
    lines.value = [];
    if (runId !== null) void lastOutput(runId).then((text) => wanted && (lines.value = text));
    return () => {
      wanted = false;
    };
  }, [runId]);
  const width = cells.value - 3;
  const most = Math.min(MOST_LINES, Math.floor((room.height - room.knot - 24) / 15));
  return html`<g class="output-lines" transform=${`translate(17,${room.knot + 22})`}>
    ${wrapped(lines.value, width, most).map((line, at) => html`<text key=${at} y=${at * 15}>${line}</text>`)}
  </g>`;
}

/** Lines broken at the width, in cells; the last one says when there was more. */
function wrapped(lines, width, most) {
  const broken = lines.flatMap((line) => {
    const parts = [""];
    for (const word of clip(line, width * most).split(" ")) {
      if (parts.at(-1) !== "" && parts.at(-1).length + word.length + 1 > width) parts.push(word);
      else parts[parts.length - 1] += (parts.at(-1) === "" ? "" : " ") + word;
    }
    return parts.map((part) => clip(part, width));
  });
  return broken.length > most ? [...broken.slice(0, most - 1), `${clip(broken[most - 1], width - 1)}…`] : broken;
}

/** What the last runs said, asked for only by strands that are looked at from nearest, and once for each run. */

const KEPT = 60;
const known = new Map();

/** The last lines that a run put out, its error first; none where it said nothing or cannot be asked. */
function lastOutput(runId) {
  if (!known.has(runId)) {
    known.set(runId, get(runPath(runId)).then(linesOf, () => (known.delete(runId), [])));
    if (known.size > KEPT) known.delete(known.keys().next().value);
  }
  return known.get(runId);
}

function linesOf(run) {
  const steps = Array.isArray(run?.steps) ? run.steps : [];
  const failed = steps.find((step) => typeof step?.error === "string" && step.error !== "");
  const said = failed?.error ?? steps.findLast((step) => typeof step?.outputTail === "string" && step.outputTail.trim() !== "")?.outputTail ?? "";
  return String(said).slice(-4000).split("\n").map((line) => line.trim()).filter(Boolean).slice(-MOST_LINES);
}

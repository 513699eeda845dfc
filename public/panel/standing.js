import { html } from "../html.js";
import { acknowledge } from "../state/actions.js";
import { runPath } from "../state/api.js";
import { now } from "../state/clock.js";
import { readRun } from "../state/detailShape.js";
import { duration, span } from "../ui/format.js";
import { FileProblems } from "../ui/fileProblems.js";
import { Linked } from "../ui/link.js";
import { Mark } from "../ui/mark.js";
import { Time } from "../ui/time.js";
import { useRead } from "../ui/useRead.js";
import { endWords, statusLine } from "../ui/words.js";
import { whyLines } from "./why.js";
import { Act } from "../ui/act.js";

/** How a strand stands, in words: one line, and under it why. */
export function Standing({ strand, detail }) {
  const last = strand.lastRun;
  const lines = whyLines(strand, { run: useRedRun(strand), p95Ms: detail?.p95Ms }, now.value);
  return html`<p class="standing">
      <span class=${`state${lines.length > 0 && !strand.activeRun && (!last?.red || last.acknowledged) ? " tone-idle" : ""}`}>${lines.length > 0 && last && !strand.activeRun ? `last run ${endWords(last)} ${span(now.value - (last.finishedAt ?? last.startedAt))} ago${last.red && last.acknowledged ? " · seen" : ""}` : statusLine(strand, now.value)}</span>
      ${last?.finishedAt && strand.status !== "running" && html`<span class="dim"> lasted ${duration(last.finishedAt - last.startedAt)}</span>`}
      ${strand.enabled && strand.schedulerOn && strand.nextRunAt !== null && strand.status !== "overdue" && html`<span class="dim"> next <${Time} at=${strand.nextRunAt} zone=${strand.trigger.zone} planned=${true} /></span>`}
    </p>
    ${lines.length > 0 && html`<ul class="why" aria-label="Why">${lines.map((line) => html`<${Line} key=${line.key} line=${line} strand=${strand} single=${lines.filter((one) => one.acknowledges).length < 2} />`)}</ul>`}`;
}

function Line({ line, strand, single }) {
  return html`<li class=${`tone-${line.tone}`}>
    <${Mark} tone=${line.tone} />
    <div><p><span class="why-title">${line.title}</span>${line.at ? html` <span class="dim"><${Time} at=${line.at} /></span>` : ""}</p>${line.detail && html`<p class="why-detail"><bdi><${Linked} text=${line.detail} /></bdi></p>`}${line.problems && html`<${FileProblems} problems=${line.problems} />`}</div>
    ${line.acknowledges && !single && html`<${Act} class="quiet" onClick=${() => acknowledge(strand.id, line.acknowledges)} aria-label=${`Acknowledge: ${line.title}`}>Acknowledge<//>`}
  </li>`;
}

/** The newest red run that nobody has acknowledged, once it is read. */
function useRedRun(strand) {
  const id = strand.recent.find((tick) => tick.red && !tick.acknowledged)?.id;
  return useRead(id ? runPath(id) : null, readRun).value;
}

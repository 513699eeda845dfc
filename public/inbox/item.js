import { html } from "../html.js";
import { now } from "../state/clock.js";
import { commandOf, isPending } from "../state/store.js";
import { acknowledge, lookAgain, offerAccept, offerRun } from "../state/actions.js";
import { mayAct } from "../state/role.js";
import { open, openStrand, toggleSources } from "../state/view.js";
import { cursor } from "../loom/cursor.js";
import { Versions } from "../ui/diff.js";
import { Mark } from "../ui/mark.js";
import { FileProblems, fileName, holdsWords } from "../ui/fileProblems.js";
import { Notice } from "../ui/states.js";
import { Time } from "../ui/time.js";
import { sourceWords } from "../ui/sourceWords.js";
import { kinds } from "./items.js";
import { itemWords } from "./itemWords.js";
import { redRuns } from "./reasons.js";
import { Act } from "../ui/act.js";

/** One row of the Inbox: what it is, since when, why, and what can be done. */
export function Item({ item }) {
  if (item.strand) return html`<${StrandItem} item=${item} />`;
  if (item.file) return html`<${FileItem} item=${item} />`;
  return item.source ? html`<${SourceItem} item=${item} />` : html`<${PluginItem} item=${item} />`;
}

function StrandItem({ item }) {
  const { strand, kind } = item;
  const what = kinds.find((known) => known.kind === kind).acknowledges;
  const { title, reason } = itemWords(item, redRuns.value.get(item.runId), kind === "stuck" ? now.value : 0);
  const show = () => open(strand.id, item.runId ?? null);
  const seen = () => acknowledge(strand.id, what);
  const press = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.key !== "a" || !what || !mayAct.peek()) return;
    event.preventDefault();
    void seen();
  };
  return html`<li class=${`item tone-${item.tone}`} data-item=${item.key} onKeyDown=${press}>
    <${Mark} tone=${item.tone} />
    <div class="item-body">
      <p class="item-head">
        <button type="button" class="item-name" data-item-open aria-expanded=${openStrand.value === strand.id ? "true" : "false"} onClick=${show} onFocus=${() => (cursor.value = strand.id)}><bdi class="clip">${strand.name.slice(0, 400)}</bdi></button>
        <span class="state">${title}</span>
      </p>
      ${reason && html`<p class="item-reason"><bdi>${reason}</bdi></p>`}
      ${kind === "changed" && html`<${Changed} item=${item} />`}
      <p class="item-place"><bdi>${strand.source?.label ?? "workflows"}</bdi> on <bdi>${strand.node.name}</bdi> · ${strand.trigger.text.slice(0, 120)}</p>
    </div>
    <p class="item-when"><${Time} at=${item.at} /></p>
    <div class="item-actions">
      ${(kind === "failed" || kind === "missed") && html`<${RunAgain} strand=${strand} word=${kind === "failed" ? "Run again" : "Run now"} />`}
      ${what && mayAct.value ? html`<button type="button" class="button" onClick=${seen}>Acknowledge <${About} words=${`${strand.name.slice(0, 80)}, ${title}`} /><kbd>a</kbd></button>` : html`<button type="button" class="button" onClick=${show}>Open <${About} words=${strand.name.slice(0, 80)} /><kbd>↵</kbd></button>`}
    </div>
  </li>`;
}

/** What a button is about, for those who do not see the row that it stands in. */
function About({ words }) {
  return html`<span class="unseen">${words} </span>`;
}

function RunAgain({ strand, word }) {
  const pending = isPending(commandOf(strand.id).value);
  if (!strand.can.run.allowed || strand.goneAt) return null;
  return html`<${Act} class=${pending ? "button asked" : "button"} disabled=${pending} onClick=${() => offerRun(strand.id)}>${pending ? "asked" : word} <${About} words=${strand.name.slice(0, 80)} /><kbd>r</kbd><//>`;
}

/** The difference, old and new side by side. What vanished or is new has only one side and is told in words. */
function Changed({ item }) {
  const { kind, from, to } = item.change;
  const compare = (kind === "edited" || kind === "returned") && from !== null && from !== to;
  return compare && html`<${Versions} strandId=${item.strand.id} from=${from} to=${to} />`;
}

function SourceItem({ item }) {
  const { source } = item;
  const { title, lines } = sourceWords(source);
  return html`<li class=${`item tone-${item.tone}`} data-item=${item.key}>
    <${Mark} tone=${source.freshness === "fresh" ? "missed" : "stale"} />
    <div class="item-body">
      <p class="item-head"><button type="button" class="item-name" data-item-open onClick=${toggleSources}><bdi class="clip">${source.label}</bdi></button> <span class="state">${title}</span></p>
      ${lines.map((line, at) => html`<p class="item-reason" key=${at}><bdi>${line}</bdi></p>`)}
      ${source.help && html`<p class="dim"><bdi>${source.help}</bdi></p>`}
      <p class="item-place">${source.version ? `${source.version} ` : ""}on <bdi>${source.node.name}</bdi> · ${source.lastGoodReadAt === null ? "never read" : html`last good read <${Time} at=${source.lastGoodReadAt} />`}</p>
    </div>
    <p class="item-when"><${Time} at=${item.at} /></p>
    <div class="item-actions">
      ${source.freshness === "suspect" ? html`<${Act} class="button" onClick=${() => offerAccept(source)}>Believe it…<${About} words=${source.label} /><//>` : html`<${Act} class="button" onClick=${() => lookAgain(source.id)}>Look again <${About} words=${source.label} /><//>`}
    </div>
  </li>`;
}

function FileItem({ item }) {
  const { file } = item;
  return html`<li class=${`item tone-${item.tone}`} data-item=${item.key}>
    <${Mark} tone="broken" />
    <div class="item-body">
      <p class="item-head"><button type="button" class="item-name" data-item-open onClick=${toggleSources}><bdi class="clip">${fileName(file.path)}</bdi></button> <span class="state">broken file</span></p>
      <${FileProblems} problems=${file.problems} most=${5} />
      <p class="item-place">${holdsWords(file)}</p>
    </div>
    <p class="item-when">now</p>
    <div class="item-actions"><button type="button" class="button" onClick=${toggleSources}>Open <${About} words=${fileName(file.path)} /><kbd>↵</kbd></button></div>
  </li>`;
}

function PluginItem({ item }) {
  const { plugin } = item;
  return html`<li class=${`item tone-${item.tone}`} data-item=${item.key}>
    <${Mark} tone=${item.tone} />
    <div class="item-body">
      <p class="item-head"><button type="button" class="item-name" data-item-open onClick=${toggleSources}><bdi class="clip">${plugin.name}</bdi></button> <span class="state">plugin ${plugin.state.replaceAll("_", " ")}</span></p>
      ${plugin.error && html`<p class="item-reason"><bdi>${plugin.error.message}</bdi></p>${plugin.error.problems.slice(0, 5).map((problem, at) => html`<p class="dim" key=${at}><code>${problem.path}</code> <bdi>${problem.message}</bdi> ${problem.mend ?? ""}</p>`)}`}
      ${plugin.notice && html`<${Notice} plugin=${{ ...plugin, error: null }} />`}
    </div>
    <p class="item-when">now</p>
    <div class="item-actions"><button type="button" class="button" onClick=${toggleSources}>Open <${About} words=${plugin.name} /><kbd>↵</kbd></button></div>
  </li>`;
}

import { html } from "../html.js";
import { useComputed } from "../vendor/preact.js";
import { now } from "../state/clock.js";
import { asking } from "../inbox/count.js";
import { connection, retry } from "../state/connection.js";
import { isBroken, isFailing, isTroubled } from "../inbox/items.js";
import { files } from "../state/files.js";
import { role } from "../state/role.js";
import { phase, plugins, sources, tally, waiting } from "../state/store.js";
import { helpOpen, paletteOpen, query, sidePanel, toggleSources, view } from "../state/view.js";
import { visibleIds } from "../state/visible.js";
import { absolute } from "./format.js";
import { queueWords } from "./queue.js";
import { theme, turnTheme } from "./theme.js";

/** The line at the top: views, filter, live figures, and how the line to the gateway stands. */
export function Header() {
  return html`<header class=${`header in-${view.value}`}>
    <h1 class="wordmark">LOOM</h1>
    <nav class="views" aria-label="Views">
      <${ViewTab} name="loom" at="1" />
      <${ViewTab} name="inbox" at="3" count=${asking.value} />
      <${ViewTab} name="list" at="4" />
    </nav>
    <${Filter} />
    <div class="status"><${Figures} />
    <div class="tools">
      <${Line} />
      ${role.value === "viewer" && html`<span class="line" title=${viewerWords}>viewer</span>`}
      ${phase.value === "ready" && html`<${SourcesButton} />`}
      <button type="button" class="quiet commands" title="Strands, runs, actions (Ctrl k)" aria-label="ctrl k: commands" aria-haspopup="dialog" onClick=${() => (paletteOpen.value = true)}><kbd>ctrl k</kbd></button>
      <button type="button" class="quiet" title="Theme (t)" aria-label=${`Theme: ${theme.value}`} onClick=${turnTheme}>${{ auto: "◐", light: "○", dark: "●" }[theme.value]}</button>
      <button type="button" class="quiet" title="Help and keys (?)" aria-label="Help and keys" onClick=${() => (helpOpen.value = true)}>?</button>
    </div></div>
  </header>`;
}

/** What a viewer may, and who may more. */
const viewerWords = "You were let in to look: nothing can be changed from here. Who runs Loom can let you do more, with `loom open --role operator`.";

function ViewTab({ name, at, count = 0 }) {
  return html`<button type="button" class="tab" aria-current=${view.value === name ? "page" : "false"} onClick=${() => (view.value = name)}><kbd>${at}</kbd> ${name}${count > 0 && html` <span class="badge">${count}</span><span class="unseen"> ask for you</span>`}</button>`;
}

function Filter() {
  const shown = useComputed(() => visibleIds.value.length);
  return html`<div class="filter">
    <label for="filter"><kbd>/</kbd><span class="unseen">Filter strands</span></label>
    <input id="filter" type="search" placeholder="filter, is:failed" autocomplete="off" spellcheck=${false} value=${query.value} onInput=${(event) => (query.value = event.currentTarget.value)} />
    ${query.value.trim() && html`<span class="dim count" role="status"><span class="number">${shown.value}</span><span class="unseen"> of ${tally.value.all} strands</span></span>`}
  </div>`;
}

const figures = [
  { name: "running", word: "running" },
  { name: "stuck", word: "stuck" },
  { name: "failed", word: "failed" },
  { name: "missed", word: "missed" },
  { name: "overdue", word: "overdue" },
  { name: "changed", word: "changed" },
  { name: "waiting", word: "waiting" },
];

/** Each figure filters for what it counts, and a second time stops to. */
function Figures() {
  const count = tally.value;
  const shown = figures.map((figure) => ({ ...figure, query: `is:${figure.name}` })).filter((figure) => count[figure.name] > 0);
  const queue = queueWords([...waiting.value.values()], now.value);
  return html`<ul class="figures" aria-label="Now">
    ${shown.length === 0 && count.all > 0 && html`<li class="all-well">${asking.value === 0 ? "all well" : "all quiet"}</li>`}
    ${shown.map(
      (figure) => html`<li key=${figure.name}>
        <button type="button" class=${`figure tone-${figure.name}`} aria-pressed=${query.value === figure.query ? "true" : "false"} onClick=${() => (query.value = query.value === figure.query ? "" : figure.query)}>
          <span class="number">${count[figure.name]}</span> ${figure.word}
        </button>
      </li>`,
    )}
    ${queue && view.value !== "list" && html`<li class="figure tone-running" title="Asked of their owners, and waiting for their limits">${queue.replace(/ commands? in the queue.*about /, " queued, ")}</li>`}
  </ul>`;
}

function Line() {
  const state = connection.value;
  if (state.kind === "live") return html`<span class="line live" title="Live: changes appear as they happen">live</span>`;
  if (state.kind === "connecting") return html`<span class="line">connecting</span>`;
  return html`<button type="button" class="line offline" title=${`Since ${absolute(state.since)}. What you see is what was last known.`} onClick=${retry}>offline</button>`;
}

/** Opens the panel of sources and plugins; says from afar when one of them needs somebody. */
function SourcesButton() {
  const troubled = [...sources.value.values()].filter(isTroubled).length + plugins.value.filter(isFailing).length + files.value.filter(isBroken).length;
  const word = sources.value.size === 1 ? "1 source" : `${sources.value.size} sources`;
  return html`<button type="button" class=${troubled ? "quiet tone-missed" : "quiet"} title="Sources, files and plugins (s)" aria-expanded=${sidePanel.value === "sources" ? "true" : "false"} onClick=${toggleSources}>
    ${word}${troubled > 0 ? html` <span aria-hidden="true">⚠</span><span class="unseen">, ${troubled} in trouble</span>` : ""}
  </button>`;
}

import { html } from "../html.js";
import { useLayoutEffect, useRef } from "../vendor/preact.js";
import { lookAgain, offerAccept, tried } from "../state/actions.js";
import { files, readFiles, reloadFiles } from "../state/files.js";
import { isAdmin } from "../state/role.js";
import { plugins, sources } from "../state/store.js";
import { toggleAudit } from "../state/view.js";
import { Notice } from "../ui/states.js";
import { FileProblems, fileName, holdsWords } from "../ui/fileProblems.js";
import { Close } from "./close.js";
import { absolute } from "../ui/format.js";
import { Time } from "../ui/time.js";
import { Act } from "../ui/act.js";

/** Sources and plugins: where the strands come from, and what stands in the way of seeing them. */
export function SourcesPanel() {
  const heading = useRef(null);
  useLayoutEffect(() => heading.current?.focus({ preventScroll: true }), []);
  useLayoutEffect(() => void readFiles(), []);
  return html`<aside class="panel" aria-labelledby="panel-title">
    <${Close} />
    <h2 id="panel-title" tabindex="-1" ref=${heading}>Sources, files and plugins</h2>
    <section class="section">
      <h3>Sources</h3>
      ${sources.value.size === 0 && html`<p class="dim">No scheduler has been found yet.</p>`}
      <ul class="plain">${[...sources.value.values()].map((source) => html`<${SourceRow} key=${source.id} source=${source} />`)}</ul>
    </section>
    <section class="section">
      <h3>Workflow files</h3>
      ${files.value.length === 0 && html`<p class="dim">None yet. Save one in the workflows folder, and it hangs here; <code>loom init</code> lays down an example.</p>`}
      <ul class="plain">${files.value.map((file) => html`<${FileRow} key=${file.path} file=${file} />`)}</ul>
      <${Act} class="button" onClick=${() => tried("Could not reload.", reloadFiles)}>Read all again<//>
    </section>
    <section class="section">
      <h3>Plugins</h3>
      ${plugins.value.length === 0 && html`<p class="dim">No plugin is installed.</p>`}
      <ul class="plain">${plugins.value.map((plugin) => html`<${PluginRow} key=${plugin.id} plugin=${plugin} />`)}</ul>
    </section>
    ${isAdmin.value && html`<section class="section"><h3>Audit log</h3><p class="dim">Every change that was asked for, by whom, and what came of it.</p><button type="button" class="button" onClick=${toggleAudit}>Who changed what <kbd>l</kbd></button></section>`}
  </aside>`;
}

function SourceRow({ source }) {
  const well = source.freshness === "fresh" && source.schedulerOn;
  return html`<li class=${well ? "source" : "source tone-missed"}>
    <p><strong><bdi>${source.label}</bdi></strong> <span class="dim">${source.version ?? ""} on <bdi>${source.node.name}</bdi></span> <span class=${well ? "tone-ok state" : "state"}>${source.freshness === "fresh" && !source.schedulerOn ? "scheduler off" : source.freshness}</span></p>
    ${source.message && html`<p><bdi>${source.message}</bdi></p>`}
    ${!source.schedulerOn && html`<p>Its scheduler is switched off as a whole: nothing fires by itself until it is on again.</p>`}
    ${source.help && html`<p class="dim"><bdi>${source.help}</bdi></p>`}
    <p class="dim small">${source.strands ?? 0} strands · so since <span title=${absolute(source.since ?? 0)}><${Time} at=${source.since} /></span>${source.freshness !== "fresh" && html` · last read well <${Time} at=${source.lastGoodReadAt} />`}</p>
    ${!well && html`<p class="row-actions"><${Act} class="button" onClick=${() => lookAgain(source.id)}>Look again<//>${source.freshness === "suspect" && html`<${Act} class="button" onClick=${() => offerAccept(source)}>Believe it…<//>`}</p>`}
  </li>`;
}

function FileRow({ file }) {
  const broken = file.problems.length > 0;
  return html`<li class=${broken ? "source tone-broken" : "source"}>
    <p><strong title=${file.path}><bdi>${fileName(file.path)}</bdi></strong> <span class="dim">${file.root === "shipped" ? "comes with Loom" : ""}</span> <span class=${broken ? "state" : "tone-ok state"}>${broken ? (file.loadedAt === null ? "never loaded" : "broken") : "live"}</span></p>
    <p class="dim small">${holdsWords(file)}${file.loadedAt !== null && html` · loaded <${Time} at=${file.loadedAt} />`}</p>
    <${FileProblems} problems=${file.problems} />
  </li>`;
}

const calm = new Set(["active", "discovered", "setting_up"]);

function PluginRow({ plugin }) {
  return html`<li class="source">
    <p><strong><bdi>${plugin.name}</bdi></strong> <span class="dim">${plugin.version ?? ""}</span> <span class=${calm.has(plugin.state) ? "tone-ok state" : "tone-failed state"}>${plugin.state.replaceAll("_", " ")}</span></p>
    ${(plugin.notice || plugin.error) && html`<${Notice} plugin=${plugin} />`}
    ${plugin.warnings.map((warning, at) => html`<p class="tone-missed" key=${at}><bdi>${warning}</bdi></p>`)}
  </li>`;
}

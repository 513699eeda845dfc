import { html } from "../html.js";
import { plural } from "../ui/format.js";
import { Time } from "../ui/time.js";
import { Json } from "./stepRun.js";

const MOST = 40_000;

/** The job as its owner keeps it. */
export function Definition({ strand, detail }) {
  if (!detail) return null;
  if (strand.woven) return html`<${WovenDefinition} strand=${strand} detail=${detail} />`;
  const written = JSON.stringify(detail.definition, null, 2);
  return html`<section class="section">
    <h3>Definition</h3>
    ${strand.command && html`<pre class="output command" tabindex="0" aria-label="Command">${strand.command.slice(0, 4000)}</pre>`}
    <p class="dim">kept by <bdi>${strand.source?.label ?? "Loom"}</bdi> · first seen <${Time} at=${detail.firstSeenAt} /> · last edited <${Time} at=${detail.editedAt} />${detail.version ? ` · version ${detail.version}` : ""}</p>
    <details>
      <summary>as its owner keeps it</summary>
      <pre class="output" tabindex="0" aria-label="Definition">${written.length > MOST ? `${written.slice(0, MOST)}…` : written}</pre>
    </details>
    <p class="dim small id">${strand.id.slice(0, 400)}</p>
  </section>`;
}

/** A workflow as its file says: what starts it and how its runs behave. */
function WovenDefinition({ strand, detail }) {
  const { woven } = strand;
  return html`<section class="section">
    <h3>Definition</h3>
    <p><code class="expression" title=${woven.file}>${woven.file.slice(-300)}</code>${woven.shipped && html` <span class="tag">comes with Loom</span>`}</p>
    <p class="dim">version ${detail.version} · first seen <${Time} at=${detail.firstSeenAt} /> · last edited <${Time} at=${detail.editedAt} /></p>
    <dl class="facts">${definitionFacts(strand, detail.definition, location.origin).map(({ name, value }) => html`<div key=${name}><dt>${name}</dt><dd><bdi>${value}</bdi></dd></div>`)}</dl>
    <${Json} word="all of it, as data" value=${detail.definition} />
    <p class="dim small id">${strand.id.slice(0, 400)}</p>
  </section>`;
}

/**
 * How a workflow is started and how its runs behave, as sentences.
 * @param strand a woven one
 * @param {object} facts its definition, as the gateway has it
 * @param {string} origin of the gateway
 * @returns {{ name: string, value: string }[]}
 */
export function definitionFacts(strand, facts, origin) {
  const { enabledInFile, overridden } = strand.woven;
  const texts = (value) => (Array.isArray(value) ? value.filter((one) => typeof one === "string").join(", ") : "");
  return [
    { name: "switched", value: overridden ? `${strand.enabled ? "on" : "off"}, by a person; its file says ${enabledInFile ? "on" : "off"}` : "" },
    { name: "webhook", value: (facts.triggers ?? []).some?.((trigger) => trigger?.webhook) ? `POST ${origin}/hooks/${strand.id}` : "" },
    { name: "overlap", value: overlapWords(facts.overlap) },
    { name: "missed firings", value: misfireWords(facts.misfire) },
    { name: "needs", value: texts(facts.requires) && `a node with ${texts(facts.requires)}` },
    { name: "runs on", value: typeof facts.defaultHost === "string" ? facts.defaultHost : "" },
  ].filter(({ value }) => value);
}

function overlapWords(policy) {
  const most = Number.isFinite(policy?.limit) ? plural(policy.limit, "run") : "";
  const then = { skip: "one more is skipped", queue: "one more waits", cancel_old: "one more takes the place of the oldest" }[policy?.onOverlap] ?? "";
  return [most && `${most} at once`, then].filter(Boolean).join("; ");
}

const misfireWords = (policy) => ({ skip: "are let go", once: "are made up for by one run", all: `are made up for, at most ${policy?.most}` })[policy?.kind] ?? "";

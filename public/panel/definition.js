import { html } from "../html.js";
import { Time } from "../ui/time.js";
import { WovenDefinition } from "./wovenDefinition.js";

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

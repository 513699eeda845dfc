import { html } from "../html.js";
import { Time } from "../ui/time.js";
import { definitionFacts } from "./definitionFacts.js";
import { Json } from "./wovenStep.js";

/** A workflow as its file says: what starts it and how its runs behave. */
export function WovenDefinition({ strand, detail }) {
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

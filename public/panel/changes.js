import { html } from "../html.js";
import { useLayoutEffect, useRef, useSignal, useSignalEffect } from "../vendor/preact.js";
import { get, strandPath } from "../state/api.js";
import { live } from "../state/connection.js";
import { readChange, readVersion } from "../state/detailShape.js";
import { strandOf } from "../state/store.js";
import { Diff, Patches } from "../ui/diff.js";
import { Mark } from "../ui/mark.js";
import { Time } from "../ui/time.js";
import { changedWord } from "../ui/words.js";

/** How the job changed where its owner keeps it: when it was seen, by whom, and what differs. */
export function Changes({ strand }) {
  const changes = useSignal([]);
  const versions = useSignal([]);
  const gone = useRef(false);
  useLayoutEffect(() => () => (gone.current = true), []);
  const read = async () => {
    const [listed, kept] = await Promise.all([get(`${strandPath(strand.id)}/changes?limit=50`), get(`${strandPath(strand.id)}/versions`)]).catch(() => []);
    if (!listed || gone.current) return;
    changes.value = (listed.items ?? []).map(readChange);
    versions.value = (kept?.items ?? []).map(readVersion);
  };
  useSignalEffect(() => {
    strandOf(strand.id).value?.changes[0]?.id;
    live.value;
    void read();
  });
  if (changes.value.length === 0) return null;
  const find = (number) => versions.value.find((version) => version.version === number) ?? null;
  return html`<section class="section">
    <h3>Changes</h3>
    <ol class="changes">${changes.value.map((change, at) => html`<${Change} key=${change.id} change=${change} before=${find(change.fromVersion)} after=${find(change.version)} open=${at === 0 && !change.acknowledged} isWoven=${strand.woven !== null} />`)}</ol>
  </section>`;
}

function Change({ change, before, after, open, isWoven }) {
  const asking = !change.acknowledged;
  const head = html`<${Mark} tone=${asking ? (change.kind === "vanished" ? "gone" : "changed") : "idle"} /> <span class=${asking ? "change-kind" : "dim"}>${changedWord(change)}</span> <span class="dim"><${Time} at=${change.seenAt} />${change.by ? html` by <bdi>${change.by.slice(0, 80)}</bdi>` : ""}${change.kind === "edited" && change.fields.length > 0 ? html` · <bdi>${change.fields.join(", ").slice(0, 200)}</bdi>` : ""}${change.acknowledged ? ` · seen by ${change.acknowledged.by || "somebody"}` : ""}</span>`;
  if (change.fromVersion === null || change.fromVersion === change.version) return html`<li class="change">${head}</li>`;
  return html`<li class="change"><details open=${open}><summary>${head}</summary>${isWoven ? html`<${Patches} strandId=${change.strandId} from=${change.fromVersion} to=${change.version} />` : html`<${Diff} before=${before} after=${after} />`}</details></li>`;
}

import { html } from "../html.js";
import { useLayoutEffect, useMemo, useRef, useSignal, useSignalEffect } from "../vendor/preact.js";
import { get, strandPath } from "../state/api.js";
import { live } from "../state/connection.js";
import { readChange } from "../state/detailShape.js";
import { strandOf } from "../state/store.js";
import { rereading } from "../state/turns.js";
import { Patches, Versions } from "../ui/diff.js";
import { Mark } from "../ui/mark.js";
import { Time } from "../ui/time.js";
import { changedWord } from "../ui/words.js";

/** How the job changed where its owner keeps it: when it was seen, by whom, and what differs. */
export function Changes({ strand }) {
  const changes = useSignal([]);
  const gone = useRef(false);
  useLayoutEffect(() => () => (gone.current = true), []);
  const read = useMemo(() => rereading(async () => {
    const listed = await get(`${strandPath(strand.id)}/changes?limit=50`).catch(() => null);
    if (listed && !gone.current) changes.value = (listed.items ?? []).map(readChange);
  }), []);
  useSignalEffect(() => {
    strandOf(strand.id).value?.changes[0]?.id;
    live.value;
    void read();
  });
  if (changes.value.length === 0) return null;
  return html`<section class="section">
    <h3>Changes</h3>
    <ol class="changes">${changes.value.map((change, at) => html`<${Change} key=${change.id} strandId=${strand.id} change=${change} open=${at === 0 && !change.acknowledged} isWoven=${strand.woven !== null} />`)}</ol>
  </section>`;
}

/** What differs is fetched when it is first unfolded. */
function Change({ strandId, change, open, isWoven }) {
  const unfolded = useSignal(false);
  const asking = !change.acknowledged;
  const head = html`<${Mark} tone=${asking ? (change.kind === "vanished" ? "gone" : "changed") : "idle"} /> <span class=${asking ? "change-kind" : "dim"}>${changedWord(change)}</span> <span class="dim"><${Time} at=${change.seenAt} />${change.by ? html` by <bdi>${change.by.slice(0, 80)}</bdi>` : ""}${change.kind === "edited" && change.fields.length > 0 ? html` · <bdi>${change.fields.join(", ").slice(0, 200)}</bdi>` : ""}${change.acknowledged ? ` · seen by ${change.acknowledged.by || "somebody"}` : ""}</span>`;
  if (change.fromVersion === null || change.fromVersion === change.version) return html`<li class="change">${head}</li>`;
  return html`<li class="change"><details open=${open} onToggle=${() => (unfolded.value = true)}><summary>${head}</summary>${(open || unfolded.value) && html`<${isWoven ? Patches : Versions} strandId=${strandId} from=${change.fromVersion} to=${change.version} />`}</details></li>`;
}

import { html } from "../html.js";
import { commandOf } from "../state/store.js";
import { acknowledge, isPending, runNow, setEnabled } from "../state/actions.js";
import { duration, plural } from "../ui/format.js";
import { fromWhom } from "../ui/words.js";

/** What a person can ask for, and what became of what was asked last. */
export function Actions({ strand }) {
  const command = commandOf(strand.id).value;
  const pending = isPending(command);
  const { run, setEnabled: switching } = strand.can;
  return html`<div class="actions">
    <${Action} word="Run now" hint="r" allowed=${run} busy=${pending && command.kind === "run"} blocked=${pending} act=${() => runNow(strand.id)} />
    <${Action} word=${strand.enabled ? "Disable" : "Enable"} hint="d" allowed=${switching} busy=${pending && command.kind !== "run"} blocked=${pending} act=${() => setEnabled(strand.id, !strand.enabled)} />
    ${strand.redRuns > 0 && html`<button type="button" class="button wanted" onClick=${() => acknowledge(strand.id)}>Acknowledge${strand.redRuns > 1 ? ` ${strand.redRuns}` : ""} <kbd>a</kbd></button>`}
    <p class="asked-line" role="status">${command ? tale(command, strand.source?.label ?? "Loom") : ""}</p>
    ${reasons(strand).map((reason) => html`<p class="dim why-not" key=${reason}>${reason}</p>`)}
    ${!strand.enabled && switching.allowed && strand.trigger.kind !== "manual" && html`<p class="dim why-not">Enabling does not make up for firings that were missed while it was off, unless its owner does so.</p>`}
    ${strand.redRuns > 1 && html`<p class="dim why-not">${plural(strand.redRuns, "red run")} nobody has acknowledged.</p>`}
  </div>`;
}

function Action({ word, hint, allowed, busy, blocked, act }) {
  return html`<button type="button" class=${busy ? "button asked" : "button"} disabled=${!allowed.allowed || blocked} title=${allowed.reason ?? ""} onClick=${act}>${busy ? `${word}: asked` : word} <kbd>${hint}</kbd></button>`;
}

const reasons = (strand) => [...new Set([strand.can.run, strand.can.setEnabled].filter((action) => !action.allowed && action.reason).map((action) => action.reason))];

const verbs = { run: "Run", enable: "Enable", disable: "Disable" };

/** One sentence on a command: `asked` until its owner has confirmed it, refusals in the owner's words. */
function tale(command, owner) {
  const verb = verbs[command.kind];
  switch (command.status) {
    case "asked":
    case "sent":
      return `${verb}: asked ${fromWhom(command.by)}, not yet confirmed by ${owner}${command.expectedWaitMs ? ` (expected within ${duration(command.expectedWaitMs)})` : ""}.`;
    case "refused":
      return html`<span class="tone-failed">${verb}: refused. <bdi>${command.reason ?? ""}</bdi></span>`;
    case "unknown":
      return html`<span class="tone-missed">${verb}: not known whether it happened. <bdi>${command.reason ?? ""}</bdi></span>`;
    default:
      return `${verb}: confirmed by ${owner}.`;
  }
}

import { html } from "../html.js";
import { now } from "../state/clock.js";
import { commandOf, isPending } from "../state/store.js";
import { acknowledge, followFile, offerRun, offerSwitch, withdraw } from "../state/actions.js";
import { pauseStrand, resumeStrand } from "../state/pauseActions.js";
import { pauses } from "../state/pauses.js";
import { mayAct } from "../state/role.js";
import { duration, plural } from "../ui/format.js";
import { waitWords } from "../ui/queue.js";
import { fromWhom } from "../ui/words.js";
import { Act } from "../ui/act.js";

/** What a person can ask for, and what became of what was asked last. */
export function Actions({ strand }) {
  const command = commandOf(strand.id).value;
  const pending = isPending(command);
  const { run, setEnabled: switching } = strand.can;
  const asking = askingWords(strand);
  return html`<div class="actions">
    <${Action} word=${strand.woven && strand.woven.input !== "none" ? "Run now…" : "Run now"} hint="r" allowed=${run} busy=${pending && command.kind === "run"} blocked=${pending} act=${() => offerRun(strand.id)} />
    <${Action} word=${strand.enabled ? "Disable" : "Enable"} hint="d" allowed=${switching} busy=${pending && command.kind !== "run"} blocked=${pending} act=${() => offerSwitch(strand.id)} />
    <${Pausing} strand=${strand} />
    ${strand.woven?.overridden && html`<${Act} class="button" disabled=${pending} title=${`Its file says ${strand.woven.enabledInFile ? "on" : "off"}`} onClick=${() => followFile(strand.id)}>Let the file decide<//>`}
    ${asking && html`<${Act} class=${strand.redRuns > 0 ? "button wanted" : "button"} onClick=${() => acknowledge(strand.id)}>Acknowledge ${asking} <kbd>a</kbd><//>`}
    ${!mayAct.value && html`<p class="dim why-not">You are here as a viewer: to look, and to change nothing.</p>`}
    <p class="asked-line" role="status">${command ? html`<${Tale} command=${command} owner=${strand.source?.label ?? "Loom"} />` : ""}</p>
    ${mayAct.value && reasons(strand).map((reason) => html`<p class="dim why-not" key=${reason}>${reason}</p>`)}
  </div>`;
}

/** What exactly is acknowledged, in words; empty when nothing asks for it. */
function askingWords(strand) {
  const changes = strand.changes.length;
  return [strand.redRuns > 0 && plural(strand.redRuns, "red run"), strand.missed && plural(strand.missed.count, "missed firing"), changes > 0 && (strand.goneAt ? "that it vanished" : plural(changes, "change"))].filter(Boolean).join(", ");
}

/** A workflow can be held still; whatever somebody has paused by itself can be resumed. */
function Pausing({ strand }) {
  const own = pauses.value.strands.find(({ id, scope }) => id === strand.id && scope === "strand");
  if (own && own.state !== "changed" && own.state !== "refused") return html`<${Act} class="button" disabled=${own.state === "resuming"} onClick=${() => resumeStrand(strand.id)}>${own.state === "resuming" ? "Resume: asked" : "Resume"} <kbd>p</kbd><//>`;
  return strand.woven && !strand.paused && !strand.goneAt && html`<${Act} class="button" onClick=${() => pauseStrand(strand.id)}>Pause <kbd>p</kbd><//>`;
}

function Action({ word, hint, allowed, busy, blocked, act }) {
  return html`<${Act} class=${busy ? "button asked" : "button"} disabled=${!allowed.allowed || blocked} title=${allowed.reason ?? ""} onClick=${act}>${busy ? `${word}: asked` : word} <kbd>${hint}</kbd><//>`;
}

const reasons = (strand) => [...new Set([strand.can.run, strand.can.setEnabled].filter((action) => !action.allowed && action.reason).map((action) => action.reason))];

const verbs = { run: "Run", enable: "Enable", disable: "Disable", reset: "Let the file decide" };

/** One sentence on a command: `asked` until its owner has confirmed it, refusals in the owner's words. */
function Tale({ command, owner }) {
  const verb = verbs[command.kind];
  const wait = command.expectedWaitMs;
  switch (command.status) {
    case "asked":
    case "sent": {
      const queued = command.status === "asked" ? waitWords(command, now.value) : "";
      if (queued) return html`${verb}: asked ${fromWhom(command.by)}, ${queued}. <${Act} class="link" onClick=${() => withdraw(command.id)}>Withdraw<//>`;
      return `${verb}: asked ${fromWhom(command.by)}, not yet confirmed by ${owner}${wait ? ` (expected within ${duration(wait)})` : ""}.`;
    }
    case "refused":
      return html`<span class="tone-failed">${verb}: refused. <bdi>${command.reason ?? ""}</bdi>${wait ? ` Ask again in ${duration(wait)}.` : ""}</span>`;
    case "unknown":
      return html`<span class="tone-missed">${verb}: not known whether it happened. <bdi>${command.reason ?? ""}</bdi></span>`;
    default:
      return `${verb}: ${owner === "Loom" ? "done" : `confirmed by ${owner}`}.${command.reason ? ` ${command.reason}` : ""}`;
  }
}

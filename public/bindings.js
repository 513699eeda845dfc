import { acknowledge, offerRun, offerSwitch } from "./state/actions.js";
import { asks } from "./state/filter.js";
import { pauseStrand, resumeStrand, turnPause } from "./state/pauseActions.js";
import { pauses } from "./state/pauses.js";
import { isAdmin, mayAct } from "./state/role.js";
import { strandOf } from "./state/store.js";
import { closePanels, helpOpen, inboxKind, openStrand, paletteOpen, query, sidePanel, toggleAudit, toggleSources, view } from "./state/view.js";
import { visibleIds } from "./state/visible.js";
import { cursor } from "./loom/cursor.js";
import { fitLoom, zoomLoom } from "./loom/loom.js";
import { acknowledgeShown } from "./inbox/inbox.js";
import { offerCancel, retry, shownRun } from "./panel/runActions.js";
import { focusOn } from "./ui/focus.js";
import { turnTheme } from "./ui/theme.js";
import { tell } from "./ui/toast.js";

/** Everything a key does. Arrows within a view are the view's own; they stand here to be listed under `?`, to those who `may`. */
export const bindings = [
  { keys: ["1"], does: "Loom view", run: () => show("loom") },
  { keys: ["3"], does: "Inbox", run: () => show("inbox") },
  { keys: ["4"], does: "List view", run: () => show("list") },
  { keys: ["Ctrl+k"], does: "Commands: strands, runs, actions", run: () => (paletteOpen.value = !paletteOpen.peek()) },
  { keys: ["/"], does: "Filter", run: focusFilter },
  { keys: ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"], does: "Walk from strand to strand", when: () => !document.activeElement?.closest(".loom, .list, .inbox, .panel, dialog"), run: () => focusOn(cursor.peek() ?? visibleIds.peek()[0]) },
  { keys: ["n"], does: "Next strand that wants somebody", run: () => nextWanted(1) },
  { keys: ["N"], does: "The one before", run: () => nextWanted(-1) },
  { keys: ["Enter"], does: "Open the strand", when: () => false, run: () => {} },
  { keys: ["Escape"], does: "Close, or clear the filter", run: back },
  acting({ keys: ["r"], does: "Run the strand now", run: () => onStrand((strand) => offerRun(strand.id)) }),
  acting({ keys: ["c"], does: "Cancel the workflow's run that is open", run: () => onRun(offerCancel) }),
  acting({ keys: ["f"], does: "Do it again from the failed step", run: () => onRun((run) => retry(run, "failed")) }),
  acting({ keys: ["e"], does: "Do it again from the start", run: () => onRun((run) => retry(run, "start")) }),
  acting({ keys: ["p"], does: "Pause or resume a workflow", run: () => onStrand(turnStrandPause) }),
  acting({ keys: ["P"], does: "Pause or resume everything", run: turnPause }),
  acting({ keys: ["d"], does: "Disable or enable it", run: () => onStrand((strand) => offerSwitch(strand.id)) }),
  acting({ keys: ["a"], does: "Acknowledge what it asks for", run: () => onStrand((strand) => asks(strand) && acknowledge(strand.id)) }),
  acting({ keys: ["A"], does: "Inbox: acknowledge all that is shown", when: () => view.peek() === "inbox", run: acknowledgeShown }),
  acting({ keys: ["x"], does: "List: choose the row, with Shift and arrows more", when: () => false, run: () => {} }),
  acting({ keys: ["Ctrl+a"], does: "List: choose all rows", when: () => false, run: () => {} }),
  { keys: ["s"], does: "Sources, workflow files and plugins", run: toggleSources },
  { keys: ["l"], does: "Audit log: who changed what", may: isAdmin, when: () => isAdmin.peek(), run: toggleAudit },
  { keys: ["0"], does: "Fit all strands", run: fitLoom },
  { keys: ["+", "="], does: "Closer", run: () => zoomLoom(1.3) },
  { keys: ["-"], does: "Further away", run: () => zoomLoom(1 / 1.3) },
  { keys: ["Shift+←→"], does: "Pan", when: () => false, run: () => {} },
  { keys: ["t"], does: "Light, dark or system theme", run: turnTheme },
  { keys: ["?"], does: "Help: signs and keys", run: () => (helpOpen.value = true) },
];

/** What a key does that changes something; a viewer is told why it does not. */
function acting(binding) {
  return { ...binding, may: mayAct, run: () => (mayAct.peek() ? binding.run() : tell("missed", "You are here as a viewer.", "To look, and to change nothing.")) };
}

function show(name) {
  view.value = name;
}

function focusFilter() {
  const field = document.getElementById("filter");
  field?.focus();
  field?.select();
}

/** Acts on the strand that is open, or else on the one with the focus. */
function onStrand(act) {
  const id = openStrand.peek() ?? (document.activeElement?.closest("[data-strand], [data-row], [data-item]") ? cursor.peek() : null);
  const strand = id === null ? null : strandOf(id).peek();
  if (strand) act(strand);
}

/** Acts on the workflow's run whose way is shown. */
function onRun(act) {
  if (shownRun.peek()) act(shownRun.peek());
}

function turnStrandPause(strand) {
  if (pauses.peek().strands.some(({ id, scope }) => id === strand.id && scope === "strand")) void resumeStrand(strand.id);
  else if (strand.woven && !strand.paused) void pauseStrand(strand.id);
}

/** Walks through the strands that want somebody; with the panel open it shows the next one there. */
function nextWanted(step) {
  const ids = visibleIds.peek();
  const from = ids.indexOf(openStrand.peek() ?? (document.activeElement?.closest("[data-strand], [data-row], [data-item]") ? cursor.peek() : ""));
  // Once around, from beside the one that it begins at.
  const at = step > 0 ? from + 1 : Math.max(0, from);
  const around = [...ids.slice(at), ...ids.slice(0, at)];
  const wants = (id) => {
    const strand = strandOf(id).peek();
    return strand !== null && asks(strand);
  };
  const next = step > 0 ? around.find(wants) : around.findLast(wants);
  if (next === undefined) return;
  if (openStrand.peek() !== null) openStrand.value = next;
  focusOn(next);
}

/** One step out: the panel first, then the field, then the filter. */
function back() {
  if (document.querySelector("dialog[open]")) return;
  if (paletteOpen.peek()) return void (paletteOpen.value = false);
  if (openStrand.peek() !== null || sidePanel.peek() !== null) closePanels();
  else if (document.activeElement?.id === "filter") {
    if (query.peek()) query.value = "";
    else document.activeElement.blur();
  } else {
    query.value = "";
    inboxKind.value = null;
  }
}

import { acknowledge, runNow, setEnabled } from "./state/actions.js";
import { wantsSomebody } from "./state/order.js";
import { strandOf } from "./state/store.js";
import { closePanels, openStrand, query, sidePanel, view } from "./state/view.js";
import { visibleIds } from "./state/visible.js";
import { cursor } from "./loom/cursor.js";
import { fitLoom, zoomLoom } from "./loom/loom.js";
import { focusOn } from "./ui/focus.js";
import { helpOpen } from "./ui/help.js";
import { turnTheme } from "./ui/theme.js";

/** Everything a key does. Arrows within a view are the view's own; they stand here to be listed under `?`. */
export const bindings = [
  { keys: ["1"], does: "Loom view", run: () => show("loom") },
  { keys: ["4"], does: "List view", run: () => show("list") },
  { keys: ["/"], does: "Filter", run: focusFilter },
  { keys: ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"], does: "Walk from strand to strand", when: () => !document.activeElement?.closest(".loom, .list, .panel, dialog"), run: () => focusOn(cursor.peek() ?? visibleIds.peek()[0]) },
  { keys: ["n"], does: "Next strand that wants somebody", run: () => nextWanted(1) },
  { keys: ["N"], does: "The one before", run: () => nextWanted(-1) },
  { keys: ["Enter"], does: "Open the strand", when: () => false, run: () => {} },
  { keys: ["Escape"], does: "Close, or clear the filter", run: back },
  { keys: ["r"], does: "Run the strand now", run: () => onStrand((strand) => strand.can.run.allowed && runNow(strand.id)) },
  { keys: ["d"], does: "Disable or enable it", run: () => onStrand((strand) => strand.can.setEnabled.allowed && setEnabled(strand.id, !strand.enabled)) },
  { keys: ["a"], does: "Acknowledge its red runs", run: () => onStrand((strand) => strand.redRuns > 0 && acknowledge(strand.id)) },
  { keys: ["s"], does: "Sources and plugins", run: () => (sidePanel.value = sidePanel.peek() ? null : "sources") },
  { keys: ["0"], does: "Fit all strands", run: fitLoom },
  { keys: ["+", "="], does: "Closer", run: () => zoomLoom(1.3) },
  { keys: ["-"], does: "Further away", run: () => zoomLoom(1 / 1.3) },
  { keys: ["Shift+←→"], does: "Pan", when: () => false, run: () => {} },
  { keys: ["t"], does: "Light, dark or system theme", run: turnTheme },
  { keys: ["?"], does: "Help: signs and keys", run: () => (helpOpen.value = true) },
];

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
  const id = openStrand.peek() ?? (document.activeElement?.closest("[data-strand], [data-row]") ? cursor.peek() : null);
  const strand = id === null ? null : strandOf(id).peek();
  if (strand) act(strand);
}

/** Walks through the strands that want somebody; with the panel open it shows the next one there. */
function nextWanted(step) {
  const ids = visibleIds.peek();
  const wanted = ids.filter((id) => wantsSomebody(strandOf(id).peek()));
  if (wanted.length === 0) return;
  const from = ids.indexOf(openStrand.peek() ?? (document.activeElement?.closest("[data-strand], [data-row]") ? cursor.peek() : ""));
  const beyond = step > 0 ? wanted.find((id) => ids.indexOf(id) > from) : wanted.findLast((id) => ids.indexOf(id) < from);
  const next = beyond ?? (step > 0 ? wanted[0] : wanted.at(-1));
  if (openStrand.peek() !== null) openStrand.value = next;
  focusOn(next);
}

/** One step out: the panel first, then the field, then the filter. */
function back() {
  if (helpOpen.peek()) return;
  if (openStrand.peek() !== null || sidePanel.peek() !== null) closePanels();
  else if (document.activeElement?.id === "filter") {
    if (query.peek()) query.value = "";
    else document.activeElement.blur();
  } else {
    query.value = "";
  }
}

import { effect, signal } from "../vendor/signals.js";

/**
 * What is shown, kept in the address: a link shows the same view, filter and open strand to whoever opens it. It lives
 * in the fragment, which no server ever sees.
 */

export const views = ["loom", "list"];

/** `loom` or `list`. */
export const view = signal("loom");
/** The filter's text. */
export const query = signal("");
/** Id of the strand whose panel is open, or null. */
export const openStrand = signal(null);
/** Which side panel is open beside the strands: `sources` or null. */
export const sidePanel = signal(null);

/** The address of this state. Pure. */
export function addressOf(state) {
  const parts = new URLSearchParams();
  parts.set("view", state.view);
  if (state.query) parts.set("q", state.query);
  if (state.strand) parts.set("strand", state.strand);
  if (state.panel) parts.set("panel", state.panel);
  return `#${parts}`;
}

/** The state that an address names; what it does not name is left at `otherwise`. Pure. */
export function readAddress(hash, otherwise) {
  const parts = new URLSearchParams(hash.replace(/^#/, ""));
  const named = parts.get("view");
  return {
    view: views.includes(named) ? named : otherwise.view,
    query: parts.get("q") ?? "",
    strand: parts.get("strand"),
    panel: parts.get("panel") === "sources" ? "sources" : null,
  };
}

const current = () => ({ view: view.value, query: query.value, strand: openStrand.value, panel: sidePanel.value });

/** Begins to follow the address, both ways. `first` is the view of an address that names none. */
export function followAddress(first) {
  const read = () => {
    const state = readAddress(location.hash, { view: first });
    view.value = state.view;
    query.value = state.query;
    openStrand.value = state.strand;
    sidePanel.value = state.panel;
  };
  read();
  let before = current();
  effect(() => {
    const state = current();
    const address = addressOf(state);
    if (address === location.hash) return;
    // Typing into the filter makes no history; opening something does, so that Back closes it.
    const step = state.view !== before.view || state.strand !== before.strand || state.panel !== before.panel;
    history[step ? "pushState" : "replaceState"](null, "", address);
    before = state;
  });
  addEventListener("popstate", read);
  addEventListener("hashchange", read);
}

/** Opens a strand's panel, in place of the one that is open. */
export function open(id) {
  sidePanel.value = null;
  openStrand.value = id;
}

export function closePanels() {
  openStrand.value = null;
  sidePanel.value = null;
}

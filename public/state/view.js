import { batch, effect, signal } from "../vendor/preact.js";

/**
 * What is shown, kept in the address: a link shows the same view, filter, order, strand and run to whoever opens it. It
 * lives in the fragment, which no server ever sees.
 */

export const views = ["loom", "inbox", "list"];

const panels = ["sources", "audit"];

/** One of `views`. */
export const view = signal("loom");
/** The filter's text. */
export const query = signal("");
/** The kind that the Inbox is narrowed to, or null. */
export const inboxKind = signal(null);
/** The list's order: `{ key, down }`; null: that of the loom. */
export const order = signal(null);
/** Id of the strand whose panel is open, or null. */
export const openStrand = signal(null);
/** Id of the run that is open in the panel; null: the one that the panel chooses; empty: none. */
export const openRun = signal(null);
/** Which side panel is open beside the strands: one of `panels`, or null. */
export const sidePanel = signal(null);
/** Id of the workflow whose input somebody is asked for, or null. Not in the address. */
export const inputWanted = signal(null);
/** Whether the command palette is open, and the help. Neither is in the address. */
export const paletteOpen = signal(false);
export const helpOpen = signal(false);

/** The address of this state. Pure. */
export function addressOf(state) {
  const parts = new URLSearchParams();
  parts.set("view", state.view);
  if (state.query) parts.set("q", state.query);
  if (state.kind) parts.set("kind", state.kind);
  if (state.order) parts.set("sort", `${state.order.down ? "-" : ""}${state.order.key}`);
  if (state.strand) parts.set("strand", state.strand);
  if (state.strand && state.run) parts.set("run", state.run);
  if (state.panel) parts.set("panel", state.panel);
  return `#${parts}`;
}

/** The state that an address names; what it does not name is left at `otherwise`. Pure. */
export function readAddress(hash, otherwise) {
  const parts = new URLSearchParams(hash.replace(/^#/, ""));
  const named = parts.get("view");
  const strand = parts.get("strand");
  return {
    view: views.includes(named) ? named : otherwise.view,
    query: parts.get("q") ?? "",
    kind: parts.get("kind"),
    order: readOrder(parts.get("sort")),
    strand,
    run: strand ? parts.get("run") : null,
    panel: panels.includes(parts.get("panel")) ? parts.get("panel") : null,
  };
}

function readOrder(written) {
  const [, minus, key] = /^(-?)([a-z]+)$/.exec(written ?? "") ?? [];
  return key ? { key, down: minus === "-" } : null;
}

const current = () => ({ view: view.value, query: query.value, kind: inboxKind.value, order: order.value, strand: openStrand.value, run: openRun.value, panel: sidePanel.value });

/** Begins to follow the address, both ways. `first` is the view of an address that names none. */
export function followAddress(first) {
  const read = () => {
    const state = readAddress(location.hash, { view: first });
    batch(() => {
      view.value = state.view;
      query.value = state.query;
      inboxKind.value = state.kind;
      order.value = state.order;
      openStrand.value = state.strand;
      openRun.value = state.run;
      sidePanel.value = state.panel;
    });
  };
  read();
  let before = current();
  effect(() => {
    const state = current();
    const address = addressOf(state);
    if (address === location.hash) return;
    // Typing into the filter and sorting make no history; opening something does, so that Back closes it.
    const step = ["view", "strand", "run", "panel"].some((part) => (state[part] || null) !== (before[part] || null));
    history[step ? "pushState" : "replaceState"](null, "", address);
    before = state;
  });
  const follow = () => {
    before = readAddress(location.hash, { view: first });
    read();
  };
  addEventListener("popstate", follow);
  addEventListener("hashchange", follow);
}

/** Opens a strand's panel, in place of the one that is open; at one of its runs, when one is named. */
export function open(id, run = null) {
  batch(() => {
    sidePanel.value = null;
    openRun.value = run;
    openStrand.value = id;
  });
}

export function closePanels() {
  batch(() => {
    openRun.value = null;
    openStrand.value = null;
    sidePanel.value = null;
  });
}

/** Opens a side panel in place of whatever is open, or closes it. */
function toggle(name) {
  const next = sidePanel.peek() === name ? null : name;
  closePanels();
  sidePanel.value = next;
}

/** That of sources and plugins. */
export const toggleSources = () => toggle("sources");
/** That of who changed what. */
export const toggleAudit = () => toggle("audit");

import { render } from "./vendor/preact.js";
import { effect } from "./vendor/signals.js";
import { html } from "./html.js";
import { startClock } from "./state/clock.js";
import { connected } from "./connected.js";
import { connection, loadProblem } from "./state/connection.js";
import { session } from "./state/session.js";
import { asking } from "./inbox/count.js";
import { phase, strandIds } from "./state/store.js";
import { followAddress, openStrand, sidePanel, view } from "./state/view.js";
import { visibleIds } from "./state/visible.js";
import { Inbox } from "./inbox/inbox.js";
import { List } from "./list/list.js";
import { Loom } from "./loom/loom.js";
import { paletteOpen } from "./palette/open.js";
import { Announcer } from "./ui/announce.js";
import { bindings } from "./bindings.js";
import { Confirm } from "./ui/confirm.js";
import { Guard } from "./ui/guard.js";
import { Header } from "./ui/header.js";
import { helpOpen } from "./ui/helpOpen.js";
import { listenForKeys } from "./ui/keys.js";
import { Empty, LoadFailed, Loading, NothingMatches, Offline, SignedOut } from "./ui/states.js";
import { followTheme } from "./ui/theme.js";
import { Toasts } from "./ui/toast.js";
import { fetchTheRest, whenNeeded } from "./ui/whenNeeded.js";

const Panel = whenNeeded(() => import("./panel/panel.js"), "Panel");
const SourcesPanel = whenNeeded(() => import("./panel/sources.js"), "SourcesPanel");
const Palette = whenNeeded(() => import("./palette/palette.js"), "Palette");
const Help = whenNeeded(() => import("./ui/help.js"), "Help");

/** The page. Draws what the state says; everything that happens changes the state. */
function App() {
  if (session.value === "out") return html`<main class="main"><h1 class="unseen">Loom</h1><${SignedOut} /></main>`;
  const beside = openStrand.value !== null || sidePanel.value !== null;
  return html`
    <${Header} />
    <${Offline} />
    <div class="stage">
      <main class=${`main${beside ? " with-panel" : ""}${connection.value.kind === "offline" ? " is-offline" : ""}`} aria-label=${view.value}>
      <${Guard} about=${view.value} instead=${html`<p class="words">This view could not be drawn; the list may still be.</p>`}><${Strands} /><//>
    </main>
    ${sidePanel.value === "sources" ? html`<${SourcesPanel} />` : phase.value === "ready" && openStrand.value !== null && html`<${Panel} />`}
    </div>
    <${Toasts} />
    ${helpOpen.value && html`<${Help} bindings=${bindings} />`}
    ${paletteOpen.value && html`<${Palette} />`}
    <${Confirm} />
    <${Announcer} />
  `;
}

function Strands() {
  if (loadProblem.value) return html`<${LoadFailed} />`;
  if (phase.value === "loading") return html`<${Loading} />`;
  if (view.value === "inbox") return html`<${Inbox} />`;
  if (strandIds.value.length === 0) return html`<${Empty} />`;
  if (visibleIds.value.length === 0) return html`<${NothingMatches} />`;
  return view.value === "list" ? html`<${List} />` : html`<${Loom} />`;
}

followTheme();
effect(() => {
  // A tab in the background tells too that somebody is wanted.
  document.title = asking.value > 0 ? `(${asking.value}) Loom` : "Loom";
});
effect(() => {
  if (phase.value === "ready") fetchTheRest();
});
// The sign-in code is out of the address by now: connecting took it.
followAddress(matchMedia("(max-width: 700px)").matches ? "list" : "loom");
startClock();
// What is typed for the palette must not act on the page while it is still on its way.
listenForKeys(bindings, (event) => paletteOpen.peek() && event.key !== "Escape");
render(html`<${App} />`, document.getElementById("app"));
await connected;

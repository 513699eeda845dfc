import { computed, effect, render, signal } from "./vendor/preact.js";
import { html } from "./html.js";
import { later, startClock } from "./state/clock.js";
import { connect, connection, loadProblem } from "./state/connection.js";
import { isWhole } from "./state/recentRuns.js";
import { role } from "./state/role.js";
import { session } from "./state/session.js";
import { asking } from "./inbox/count.js";
import { phase, strandIds } from "./state/store.js";
import { followAddress, helpOpen, openStrand, paletteOpen, sidePanel, view } from "./state/view.js";
import { visibleIds } from "./state/visible.js";
import { Loom } from "./loom/loom.js";
import { Announcer } from "./ui/announce.js";
import { Guard } from "./ui/guard.js";
import { Header } from "./ui/header.js";
import { listenForKeys } from "./ui/keys.js";
import { LoadFailed, Loading, Offline, StoreTrouble } from "./ui/loading.js";
import { followTheme } from "./ui/theme.js";
import { Toasts } from "./ui/toast.js";
import { afterStrands, fetchTheRest, onDemand, whenNeeded } from "./ui/whenNeeded.js";

const rooms = () => import("./rooms.js");
const [AuditPanel, Empty, Help, Inbox, List, NothingMatches, Palette, Panel, SignedOut, SourcesPanel] = ["AuditPanel", "Empty", "Help", "Inbox", "List", "NothingMatches", "Palette", "Panel", "SignedOut", "SourcesPanel"].map((name) => whenNeeded(rooms, name));
const [Confirm, Newcomer, PausedLine, RunForm] = ["Confirm", "Newcomer", "PausedLine", "RunForm"].map((name) => afterStrands(rooms, name));

const hasTheRest = signal(false);
const isBusy = computed(() => String(!(isWhole.value && hasTheRest.value && role.value !== null)));

const BLINK = 60;
const strandsAreIn = () => new Promise((resolve) => effect(() => phase.value === "ready" && resolve()));

/** The page. Draws what the state says; everything that happens changes the state. */
function App() {
  if (session.value === "out") return html`<main class="main"><h1 class="unseen">Loom</h1><${SignedOut} /></main>`;
  const beside = openStrand.value !== null || sidePanel.value !== null;
  return html`
    <${Header} />
    <${Offline} />
    <${StoreTrouble} />
    <${PausedLine} />
    ${view.value !== "inbox" && strandIds.value.length > 0 && html`<${Newcomer} />`}
    <div class="stage">
      <main class=${`main${beside ? " with-panel" : ""}${connection.value.kind === "offline" ? " is-offline" : ""}`} aria-label=${view.value} aria-busy=${isBusy}>
      <${Guard} about=${view.value} instead=${html`<p class="words">This view could not be drawn; the list may still be.</p>`}>${() => html`<${Strands} />`}<//>
    </main>
    ${sidePanel.value === "sources" ? html`<${SourcesPanel} />` : sidePanel.value === "audit" ? html`<${AuditPanel} />` : phase.value === "ready" && openStrand.value !== null && html`<${Panel} />`}
    </div>
    <${Toasts} />
    ${helpOpen.value && html`<${Help} />`}
    ${paletteOpen.value && html`<${Palette} />`}
    <${Confirm} />
    <${RunForm} />
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
  if (phase.value === "ready" || loadProblem.value || session.value === "out") void fetchTheRest().then(() => (hasTheRest.value = true));
});
// First, since it takes the code of a sign-in link out of the address.
void connect();
followAddress(matchMedia("(max-width: 700px)").matches ? "list" : "loom");
startClock();
// What is typed for the palette must not act on the page while it is still on its way.
onDemand(rooms, ({ bindings }) => listenForKeys(bindings, (event) => paletteOpen.peek() && event.key !== "Escape"));
// Strands that come within a blink need no word of their being on their way.
await Promise.race([strandsAreIn(), new Promise((resolve) => later(BLINK, resolve))]);
render(html`<${App} />`, document.getElementById("app"));

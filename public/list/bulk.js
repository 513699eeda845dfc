import { html } from "../html.js";
import { useLayoutEffect } from "../vendor/preact.js";
import { now } from "../state/clock.js";
import { strandOf, waiting } from "../state/store.js";
import { acknowledge, runNow, setEnabled, withdraw } from "../state/actions.js";
import { asks } from "../state/filter.js";
import { each } from "../state/turns.js";
import { ask } from "../ui/confirm.js";
import { plural } from "../ui/format.js";
import { queueWords } from "../ui/queue.js";
import { switchWords } from "../ui/switching.js";
import { chooseNone, selection } from "./selection.js";
import { Act } from "../ui/act.js";

/** What can be done to all chosen strands, and the queue of what waits for an owner's limit. `onShown` is called when it has come. */
export function Bulk({ onShown }) {
  const count = selection.value.length;
  const queue = queueWords([...waiting.value.values()], now.value);
  const isShown = count > 0 || Boolean(queue);
  useLayoutEffect(() => {
    if (isShown) onShown();
  }, [isShown]);
  if (!isShown) return null;
  const strands = selection.value.map((id) => strandOf(id).value).filter(Boolean);
  return html`<section class="bulk" aria-label="Chosen strands">
    ${count > 0 && html`<div class="bulk-line">
      <strong role="status">${count} chosen</strong>
      ${actions.map((action) => html`<${BulkAction} key=${action.word} action=${action} strands=${strands} />`)}
      <button type="button" class="quiet" onClick=${chooseNone}>None <kbd>esc</kbd></button>
    </div>`}
    ${queue && html`<div class="bulk-line"><span role="status" class="tone-running">${queue}</span><${Act} class="quiet" onClick=${withdrawAll}>Withdraw what waits<//></div>`}
  </section>`;
}

const forEach = (act) => (strands) => each(strands, (strand) => act(strand.id));

/** What is being asked of owners, and how to end it. */
let asking = Promise.resolve();
let stop = new AbortController();

const askEach = (ask) => (strands) => {
  asking = Promise.all([asking, each(strands, (strand) => ask(strand.id), stop.signal)]);
};

/** `can` leaves those that it can be done to; `lines` is told before. */
const actions = [
  { word: "Run", can: (strand) => strand.can.run.allowed, act: askEach(runNow), lines: () => ["They are run now, beside their schedule."] },
  { word: "Enable", can: (strand) => !strand.enabled && strand.can.setEnabled.allowed, act: askEach((id) => setEnabled(id, true)), lines: (strands) => switchWords(strands, true) },
  { word: "Disable", can: (strand) => strand.enabled && strand.can.setEnabled.allowed, act: askEach((id) => setEnabled(id, false)), lines: (strands) => switchWords(strands, false) },
  { word: "Acknowledge", can: asks, act: forEach((id) => acknowledge(id)), lines: null },
];

function BulkAction({ action, strands }) {
  const able = strands.filter((strand) => action.can(strand));
  const start = () => {
    if (!action.lines) return action.act(able);
    const lines = action.lines(able);
    if (able.length > 5) lines.push("An owner that limits how often it is asked gets them one after another; what waits can be withdrawn.");
    ask({ title: `${action.word} ${plural(able.length, "strand")}?`, lines, word: action.word, act: () => action.act(able) });
  };
  return html`<${Act} class="button" disabled=${able.length === 0} onClick=${start}>${action.word}${able.length !== strands.length && able.length > 0 ? ` ${able.length}` : ""}<//>`;
}

/** Also what is only about to wait: of many that are chosen the last are asked when the first wait already. */
async function withdrawAll() {
  stop.abort();
  stop = new AbortController();
  await asking;
  await each([...waiting.peek().values()].filter((command) => command.status === "asked"), (command) => withdraw(command.id));
}

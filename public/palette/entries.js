import { acknowledge, offerSwitch, runNow } from "../state/actions.js";
import { get, runPath } from "../state/api.js";
import { asks } from "../state/filter.js";
import { helpOpen, inboxKind, open, query, toggleSources, view } from "../state/view.js";
import { fitLoom } from "../loom/loom.js";
import { turnTheme } from "../ui/theme.js";
import { tell } from "../ui/toast.js";
import { changedWord, toneOf } from "../ui/words.js";

/** Everything that the palette offers: `{ id, title, hint, tone?, also?, weight?, run }`. */

const show = (name) => () => (view.value = name);
const narrow = (text) => () => (query.value = text);

const fixed = [
  { title: "Go to Loom", hint: "1", run: show("loom") },
  { title: "Go to Inbox", hint: "3", run: show("inbox") },
  { title: "Go to List", hint: "4", run: show("list") },
  { title: "Sources and plugins", hint: "s", run: toggleSources },
  { title: "Show failed strands", hint: "is:failed", run: narrow("is:failed") },
  { title: "Show missed firings", hint: "is:missed", run: narrow("is:missed") },
  { title: "Show stuck runs", hint: "is:stuck", run: narrow("is:stuck") },
  { title: "Show what is running", hint: "is:running", run: narrow("is:running") },
  { title: "Show changed strands", hint: "is:changed", run: narrow("is:changed") },
  { title: "Show disabled strands", hint: "is:disabled", run: narrow("is:disabled") },
  { title: "Clear the filter", hint: "esc", run: () => { query.value = ""; inboxKind.value = null; } },
  { title: "Fit all strands", hint: "0", run: fitLoom },
  { title: "Turn the theme", hint: "t", run: turnTheme },
  { title: "Help: signs and keys", hint: "?", run: () => (helpOpen.value = true) },
].map((entry) => ({ id: entry.title, ...entry }));

const verbs = [
  { word: "run", title: "Run now", can: (strand) => strand.can.run.allowed, act: (strand) => runNow(strand.id) },
  { word: "disable", title: "Disable", can: (strand) => strand.enabled && strand.can.setEnabled.allowed, act: (strand) => offerSwitch(strand.id) },
  { word: "enable", title: "Enable", can: (strand) => !strand.enabled && strand.can.setEnabled.allowed, act: (strand) => offerSwitch(strand.id) },
  { word: "acknowledge", title: "Acknowledge", can: asks, act: (strand) => acknowledge(strand.id) },
];

/**
 * @param {object[]} strands in the order of the loom
 * @param {string} typed decides whether actions and runs are offered too: for every strand there would be too many
 */
export function entriesFor(strands, typed) {
  const word = typed.trim().toLowerCase();
  return [...strands.flatMap(lastFailed), ...fixed, ...strands.map(strandEntry), ...actionEntries(strands, word), ...runEntries(strands, word)];
}

const strandEntry = (strand) => ({
  id: strand.id, title: strand.name.slice(0, 300), tone: toneOf(strand), also: strand.id, weight: asks(strand) ? 20 : 0,
  hint: [strand.changes[0] && changedWord(strand.changes[0]), strand.source?.label ?? "workflows", strand.node.name].filter(Boolean).join(" · "),
  run: () => open(strand.id),
});

/** The newest red run of a strand that nobody has acknowledged. */
function lastFailed(strand) {
  const red = strand.recent.find((run) => run.red && !run.acknowledged);
  return red ? [{ id: `failed ${strand.id}`, title: `Last failed: ${strand.name.slice(0, 200)}`, tone: "failed", hint: "run", also: red.id, at: red.startedAt, run: () => open(strand.id, red.id) }] : [];
}

function actionEntries(strands, word) {
  const verb = verbs.find((each) => word.length >= 2 && (each.word.startsWith(word.split(" ")[0])));
  if (!verb) return [];
  return strands.filter(verb.can).map((strand) => ({ id: `${verb.word} ${strand.id}`, title: `${verb.title}: ${strand.name.slice(0, 200)}`, tone: toneOf(strand), hint: strand.source?.label ?? "workflows", weight: -30, run: () => verb.act(strand) }));
}

/** Runs by id: those that the page knows, and whatever else has the form of one. */
function runEntries(strands, word) {
  if (word.length < 6 || /\s/.test(word)) return [];
  const known = strands.flatMap((strand) => strand.recent.filter((run) => run.id.toLowerCase().includes(word)).map((run) => ({ id: `run ${run.id}`, title: `Run of ${strand.name.slice(0, 200)}`, also: run.id, hint: run.status, run: () => open(strand.id, run.id) })));
  const asked = { id: "run by id", title: `Open run ${word.slice(0, 100)}`, hint: "by its id", run: () => openById(word) };
  return known.length > 0 || !/^[0-9a-f]{6,}[0-9a-f-]*$/.test(word) ? known : [asked];
}

async function openById(id) {
  try {
    const run = await get(runPath(id));
    open(String(run.strandId), String(run.id));
  } catch (problem) {
    tell("failed", problem.message, problem.help);
  }
}

import { acknowledge, offerRun, offerSwitch, openRunById } from "../state/actions.js";
import { pauseStrand, resumeStrand, turnPause } from "../state/pauseActions.js";
import { pauses } from "../state/pauses.js";
import { isAdmin, mayAct } from "../state/role.js";
import { offerCancel, retry, runCan, shownRun } from "../panel/runActions.js";
import { asks } from "../state/filter.js";
import { helpOpen, inboxKind, open, query, toggleAudit, toggleSources, view } from "../state/view.js";
import { fitLoom } from "../loom/loom.js";
import { turnTheme } from "../ui/theme.js";
import { changedWord, toneOf } from "../ui/words.js";

/** Everything that the palette offers: `{ id, title, hint, tone?, also?, weight?, run }`. */

const show = (name) => () => (view.value = name);
const narrow = (text) => () => (query.value = text);

const fixed = [
  { title: "Go to Loom", hint: "1", run: show("loom") },
  { title: "Go to Inbox", hint: "3", run: show("inbox") },
  { title: "Go to List", hint: "4", run: show("list") },
  { title: "Sources, workflow files and plugins", hint: "s", run: toggleSources },
  { title: "Show failed strands", hint: "is:failed", run: narrow("is:failed") },
  { title: "Show missed firings", hint: "is:missed", run: narrow("is:missed") },
  { title: "Show stuck runs", hint: "is:stuck", run: narrow("is:stuck") },
  { title: "Show what is running", hint: "is:running", run: narrow("is:running") },
  { title: "Show changed strands", hint: "is:changed", run: narrow("is:changed") },
  { title: "Show broken workflows", hint: "is:broken", run: narrow("is:broken") },
  { title: "Show what is paused", hint: "is:paused", run: narrow("is:paused") },
  { title: "Show workflows", hint: "source:workflows", run: narrow("source:workflows") },
  { title: "Show disabled strands", hint: "is:disabled", run: narrow("is:disabled") },
  { title: "Clear the filter", hint: "esc", run: () => { query.value = ""; inboxKind.value = null; } },
  { title: "Fit all strands", hint: "0", run: fitLoom },
  { title: "Turn the theme", hint: "t", run: turnTheme },
  { title: "Help: signs and keys", hint: "?", run: () => (helpOpen.value = true) },
].map((entry) => ({ id: entry.title, ...entry }));

const verbs = [
  { word: "run", title: "Run now", can: (strand) => strand.can.run.allowed, act: (strand) => offerRun(strand.id) },
  { word: "disable", title: "Disable", can: (strand) => strand.enabled && strand.can.setEnabled.allowed, act: (strand) => offerSwitch(strand.id) },
  { word: "enable", title: "Enable", can: (strand) => !strand.enabled && strand.can.setEnabled.allowed, act: (strand) => offerSwitch(strand.id) },
  { word: "pause", title: "Pause", can: (strand) => strand.woven && !strand.paused && !strand.goneAt, act: (strand) => pauseStrand(strand.id) },
  { word: "resume", title: "Resume", can: (strand) => pauses.peek().strands.some(({ id, scope }) => id === strand.id && scope === "strand"), act: (strand) => resumeStrand(strand.id) },
  { word: "acknowledge", title: "Acknowledge", can: asks, act: (strand) => acknowledge(strand.id) },
];

/**
 * @param {object[]} strands in the order of the loom
 * @param {string} typed decides whether actions and runs are offered too: for every strand there would be too many
 */
export function entriesFor(strands, typed) {
  const word = typed.trim().toLowerCase();
  const deeds = mayAct.peek() ? [...pauseEntries(), ...openRunEntries(), ...actionEntries(strands, word)] : [];
  return [...strands.flatMap(lastFailed), ...fixed, ...auditEntries(), ...deeds, ...strands.map(strandEntry), ...runEntries(strands, word)];
}

const auditEntries = () => (isAdmin.peek() ? [{ id: "audit", title: "Audit log: who changed what", hint: "l", run: toggleAudit }] : []);

const pauseEntries = () => [{ id: "pause everything", title: pauses.peek().everything ? "Resume everything" : "Pause everything", hint: "P", run: turnPause }];

/** What can be asked of the run that is open beside the strands. */
function openRunEntries() {
  const run = shownRun.peek();
  const can = runCan(run);
  return [
    can.cancel && { title: "Cancel the open run", hint: "c", run: () => offerCancel(run) },
    can.retryFailed && { title: "Retry the open run from the failed step", hint: "f", run: () => retry(run, "failed") },
    can.retry && { title: "Do the open run again", hint: "e", run: () => retry(run, "start") },
  ].filter(Boolean).map((entry) => ({ id: entry.title, ...entry }));
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
  const asked = { id: "run by id", title: `Open run ${word.slice(0, 100)}`, hint: "by its id", run: () => openRunById(word) };
  return known.length > 0 || !/^[0-9a-f]{6,}[0-9a-f-]*$/.test(word) ? known : [asked];
}

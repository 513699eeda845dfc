import { batch, computed, signal } from "../vendor/preact.js";
import { later } from "./clock.js";
import { list, readCommand, readNodeInfo, readPlugin, readSource, readStrand, readTicks } from "./shape.js";
import { moving } from "../ui/moving.js";
import { placeKey, sortStrands } from "./order.js";

/**
 * Everything the page knows, as signals. Each strand has one signal of its own, so that an event re-renders the strand
 * that it concerns and nothing beside it; the list of ids changes only when strands come, go or move.
 */

const strands = new Map();
const commandsOf = new Map();

/** Ids of all strands, in the order of the loom: by node, source, then name. */
export const strandIds = signal([]);
/** Raised soon after every change of any strand, for what counts them. */
export const revision = signal(0);
export const sources = signal(new Map());
export const nodes = signal([]);
export const plugins = signal([]);
/** What was asked of owners and is not answered yet, by its id. */
export const waiting = signal(new Map());
/** `loading` until the first lists are in, then `ready`. */
export const phase = signal("loading");

/** The signal of one strand; its value is null when there is no such strand (any more). */
export function strandOf(id) {
  if (!strands.has(id)) strands.set(id, signal(null));
  return strands.get(id);
}

/** The signal of what was last asked of a strand's owner, or null. */
export function commandOf(strandId) {
  if (!commandsOf.has(strandId)) commandsOf.set(strandId, signal(null));
  return commandsOf.get(strandId);
}

/** All strands as they are now; reading it does not subscribe to any of them. */
export function allStrands() {
  return strandIds.peek().map((id) => strands.get(id)?.peek()).filter(Boolean);
}

/** The strands whose newest runs were not told with them; until they are, those that were known before stand. */
let unread = new Set();

/** Takes in the full lists, in place of whatever was there. */
export function takeLists(lists) {
  batch(() => {
    const fresh = new Map(lists.strands.map(readStrand).filter(Boolean).map((strand) => [strand.id, strand]));
    for (const [id, strand] of strands) if (!fresh.has(id)) strand.value = null;
    for (const strand of fresh.values()) setStrand({ ...strand, recent: strandOf(strand.id).peek()?.recent ?? strand.recent });
    unread = new Set(fresh.keys());
    strandIds.value = sortStrands([...fresh.values()]);
    sources.value = new Map(lists.sources.map(readSource).filter(Boolean).map((source) => [source.id, source]));
    nodes.value = lists.nodes.map(readNodeInfo);
    plugins.value = lists.plugins.map(readPlugin);
    waiting.value = new Map();
    // What is awaited no longer was settled meanwhile.
    const awaited = new Set(list(lists.commands).map(({ id }) => id));
    for (const command of commandsOf.values()) if (isPending(command.peek()) && !awaited.has(command.peek().id)) command.value = null;
    for (const command of lists.commands ?? []) takeCommand(command);
    revision.value++;
    phase.value = "ready";
  });
}

/** Takes in the newest runs of some strands, but for those of which an event has told since. */
export function takeRecentRuns(items) {
  batch(() => {
    for (const item of items) {
      const strand = strands.get(item?.strandId)?.peek();
      if (unread.delete(item?.strandId) && strand) setStrand({ ...strand, recent: readTicks(list(item.runs)) });
    }
    revision.value++;
  });
}

/** Takes in the plugins alone, after one of them changed. */
export function takePlugins(list) {
  plugins.value = list.map(readPlugin);
}

/** Takes in messages of the live feed: each an event with the strand and source that it left behind. */
export function takeEvents(messages) {
  batch(() => {
    let moved = false;
    for (const message of messages) {
      const event = message.event ?? {};
      if (message.strand !== undefined) moved = takeStrand(event.strandId, message.strand) || moved;
      if (message.source !== undefined) takeSource(event, message.source);
      if (String(event.type).startsWith("command.")) takeCommand(event.data);
    }
    if (moved) strandIds.value = sortStrands(presentStrands());
    forgetGone();
  });
}

/** Whether an answer is still awaited. */
export const isPending = (command) => command !== null && (command.status === "asked" || command.status === "sent");

/** What no later word on a command takes back; the higher wins. */
const certainty = { asked: 0, sent: 0, unknown: 1, refused: 2, confirmed: 2 };

/**
 * Remembers a command. An older one never hides a newer one, and what became of it is not undone by an answer that says
 * `asked`: such an answer may have been under way for longer than the event that tells the end.
 */
export function takeCommand(raw) {
  const command = readCommand(raw);
  const known = commandOf(command.strandId);
  const before = known.peek();
  if (before?.id === command.id && certainty[before.status] > certainty[command.status]) return;
  // Told again as it is known: nobody has to be woken.
  if (before && JSON.stringify(before) === JSON.stringify(command)) return;
  if (isPending(command) || waiting.peek().has(command.id)) {
    const next = new Map(waiting.peek());
    if (isPending(command)) next.set(command.id, command);
    else next.delete(command.id);
    waiting.value = next;
  }
  if (!before || before.id === command.id || before.askedAt <= command.askedAt) known.value = command;
}

/** Answers whether strands stand in another order with it. */
function takeStrand(id, raw) {
  recount();
  const strand = raw === null ? null : readStrand(raw);
  if (strand) {
    const before = strands.get(strand.id)?.peek();
    unread.delete(strand.id);
    setStrand(strand);
    return !before || placeKey(before) !== placeKey(strand);
  }
  if (raw !== null || typeof id !== "string" || !strands.get(id)?.peek()) return false;
  strands.get(id).value = null;
  return true;
}

/** Who counts all strands is not told of each change, but of several at once; more of them while the view moves. */
const COUNTED_AFTER = 120;
const COUNTED_MOVING = 480;
let counting = null;

function recount() {
  counting ??= later(moving.peek() ? COUNTED_MOVING : COUNTED_AFTER, () => {
    counting = null;
    revision.value++;
  });
}

function setStrand(strand) {
  strandOf(strand.id).value = strand;
}

/** Signals of strands that went are kept as long as they are few: what still shows one is told when it comes back. */
const MOST_GONE = 2_000;

function forgetGone() {
  if (strands.size - strandIds.peek().length <= MOST_GONE) return;
  for (const [id, strand] of strands) {
    if (strand.peek()) continue;
    strands.delete(id);
    if (!isPending(commandsOf.get(id)?.peek() ?? null)) commandsOf.delete(id);
  }
}

/** Those too that have not got their place yet. */
function presentStrands() {
  return [...strands.values()].map((strand) => strand.peek()).filter(Boolean);
}

function takeSource(event, raw) {
  const source = raw === null ? null : readSource(raw);
  const next = new Map(sources.peek());
  if (source) {
    next.set(source.id, source);
    // The event names the source alone; how fresh its strands are, and whether they fire at all, is told by it.
    const { freshness, schedulerOn } = source;
    for (const strand of presentStrands()) if (strand.source?.id === source.id && (strand.freshness !== freshness || strand.schedulerOn !== schedulerOn)) setStrand({ ...strand, freshness, schedulerOn });
    recount();
  }
  else if (event.type === "source.removed") next.delete(String(event.data?.sourceId ?? ""));
  sources.value = next;
}

/** How many are at work, and how many of each kind want somebody: one strand may count in several. */
export function countTroubles(strands) {
  const count = { running: 0, failed: 0, waiting: 0, stuck: 0, missed: 0, overdue: 0 };
  for (const strand of strands) {
    if (strand.activeRun) count.running++;
    if (strand.redRuns > 0 || strand.status === "failed") count.failed++;
    if (strand.status === "waiting") count.waiting++;
    if (strand.activeRun?.stuckAt) count.stuck++;
    if (strand.missed || strand.status === "missed") count.missed++;
    if (strand.status === "overdue") count.overdue++;
  }
  return count;
}

/** Live figures for the header. */
export const tally = computed(() => {
  revision.value;
  const strands = allStrands();
  return { ...countTroubles(strands), all: strands.length, changed: strands.filter((strand) => strand.changes.length > 0).length };
}, { name: "tally" });

/** What asks for a person, as rows. Pure. */

/** The kinds by which rows are gathered, in the order of the buttons above them, with what they are called. */
export const kinds = [
  { kind: "waiting", one: "waits for you", many: "wait for you" },
  { kind: "failed", one: "failed", many: "failed", acknowledges: "runs" },
  { kind: "stuck", one: "stuck", many: "stuck" },
  { kind: "missed", one: "missed", many: "missed", acknowledges: "missed" },
  { kind: "changed", one: "changed", many: "changed", acknowledges: "changes" },
  { kind: "source", one: "source", many: "sources" },
  { kind: "file", one: "broken file", many: "broken files" },
  { kind: "plugin", one: "plugin", many: "plugins" },
];

/**
 * @param {{ strands: object[], sources: object[], plugins: object[], files?: object[] }} state as the page keeps it
 * @returns {{ key: string, kind: string, tone: string, at: number | null, strand?: object, source?: object, plugin?: object, file?: object, runId?: string, change?: object }[]}
 *   newest first; what has no time (a plugin that fails does so now) comes before all
 */
export function inboxItems({ strands, sources, plugins, files = [] }) {
  const items = [...strands.flatMap(itemsOf), ...sources.filter(isTroubled).map(ofSource), ...plugins.filter(isFailing).map(ofPlugin), ...files.filter(isBroken).map(ofFile)];
  return items.sort((a, b) => (b.at ?? Infinity) - (a.at ?? Infinity) || (a.key < b.key ? -1 : 1));
}

/** How many rows that is. */
export function countItems({ strands, sources, plugins, files = [] }) {
  return strands.reduce((sum, strand) => sum + itemsOf(strand).length, 0) + sources.filter(isTroubled).length + plugins.filter(isFailing).length + files.filter(isBroken).length;
}

const known = new WeakMap();

/** The rows of one strand, kept as long as it stays the same: every event counts those of all strands. */
function itemsOf(strand) {
  if (!known.has(strand)) known.set(strand, ofStrand(strand));
  return known.get(strand);
}

function ofStrand(strand) {
  const items = [];
  const add = (kind, tone, at, more = {}) => items.push({ key: `${kind} ${strand.id}`, kind, tone, at, strand, ...more });
  const red = strand.recent.find((run) => run.red && !run.acknowledged);
  if (strand.redRuns > 0) add("failed", "failed", (red ?? strand.lastRun)?.finishedAt ?? red?.startedAt ?? 0, { runId: red?.id });
  if (strand.status === "waiting") add("waiting", "waiting", strand.activeRun?.startedAt ?? 0, { runId: strand.activeRun?.id });
  if (strand.activeRun?.stuckAt) add("stuck", "stuck", strand.activeRun.stuckAt, { runId: strand.activeRun.id });
  if (strand.missed) add("missed", "missed", strand.missed.lastDueAt);
  if (strand.changes.length > 0) add("changed", strand.changes[0].kind === "vanished" ? "gone" : "changed", strand.changes[0].seenAt, { change: sumOf(strand.changes) });
  return items;
}

/** Several changes of one strand as one: what it was before the first of them, what it is now. */
function sumOf(changes) {
  const [newest, first] = [changes[0], changes.at(-1)];
  const fields = [...new Set(changes.flatMap((change) => change.fields))];
  const by = [...new Set(changes.map((change) => change.by).filter(Boolean))];
  // One that is new and was edited since is still new.
  const kind = newest.kind === "edited" && first.kind === "new" ? "new" : newest.kind;
  return { kind, count: changes.length, fields, by, from: first.fromVersion, to: newest.version, seenAt: newest.seenAt };
}

/** Whether a source wants somebody. */
export const isTroubled = (source) => source.freshness !== "fresh" || !source.schedulerOn;

const ofSource = (source) => ({ key: `source ${source.id}`, kind: "source", tone: source.freshness === "incompatible" ? "failed" : "missed", at: source.since, source });

/** Whether a plugin wants somebody. */
export const isFailing = (plugin) => Boolean(plugin.error) || ["warning", "error"].includes(plugin.notice?.level) || plugin.state === "quarantined";

const ofPlugin = (plugin) => ({ key: `plugin ${plugin.id}`, kind: "plugin", tone: plugin.error || plugin.notice?.level === "error" ? "failed" : "missed", at: null, plugin });

/** Whether what a file of workflows holds on the disk is not what runs. */
export const isBroken = (file) => file.problems.length > 0;

const ofFile = (file) => ({ key: `file ${file.path}`, kind: "file", tone: "broken", at: null, file });

/** How many rows each kind has; kinds without one are left out. */
export function countKinds(items) {
  return kinds.map((kind) => ({ ...kind, count: items.filter((item) => item.kind === kind.kind).length })).filter((kind) => kind.count > 0);
}

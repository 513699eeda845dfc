/**
 * What the server sends, made safe to draw: every field is there and has its type, so that one bad row can neither
 * blank the page nor smuggle an object where text is expected. Pure.
 */

/* The words of the API; a test holds them to it. */
export const runStatuses = ["queued", "running", "waiting", "cancelling", "succeeded", "failed", "cancelled", "skipped"];
export const stepStatuses = ["pending", "dispatched", "running", "retrying", "completed", "failed", "failed_crash", "skipped"];
export const strandStatuses = ["running", "waiting", "failed", "missed", "overdue", "skipped", "ok", "idle"];
export const occurrenceStatuses = ["open", "met", "late", "missed", "excused", "unknown"];
export const freshnesses = ["fresh", "stale", "suspect", "incompatible"];
const triggers = ["cron", "every", "at", "manual", "event"];
export const commandStatuses = ["asked", "sent", "confirmed", "refused", "unknown"];
export const changeKinds = ["new", "edited", "vanished", "returned"];

/** Text as it came, or `otherwise` for anything that is none: what something is asked for by, and what was printed. */
export const exact = (value, otherwise = "") => (typeof value === "string" ? value : typeof value === "number" ? String(value) : otherwise);
export const exactOrNull = (value) => (typeof value === "string" && value !== "" ? value : null);

/** Signs for the direction of writing are shown and not obeyed: with them a name could read as another. */
const plain = (value) => value?.replace(/[\u202a-\u202e\u2066-\u2069]/g, "\ufffd") ?? null;

/** Text as it is shown, or `otherwise` for anything that is none. */
export const text = (value, otherwise) => plain(exact(value, otherwise));
export const textOrNull = (value) => plain(exactOrNull(value));
export const oneOf = (values, value, otherwise) => (values.includes(value) ? value : otherwise);
export const list = (value) => (Array.isArray(value) ? value : []);
export const number = (value) => (typeof value === "number" && Number.isFinite(value) ? value : null);

/** ISO time → milliseconds since 1970, or null. */
export function instant(value) {
  const at = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? null : at;
}

/** A strand as the page keeps it (times in milliseconds), or null when it has no id. */
export function readStrand(raw) {
  const id = exactOrNull(raw?.id);
  if (!id) return null;
  return {
    id,
    name: text(raw.name) || text(id),
    description: text(raw.description) || null,
    command: textOrNull(raw.command),
    kind: oneOf(["woven", "mirrored"], raw.kind, "mirrored"),
    source: raw.source ? { id: `${exact(raw.source.plugin)}:${exact(raw.source.instance)}`, label: text(raw.source.label, "source") } : null,
    node: readNode(raw.node),
    system: raw.system === true,
    trigger: readTrigger(raw.trigger),
    enabled: raw.enabled !== false,
    disabledReason: textOrNull(raw.disabledReason),
    status: oneOf(strandStatuses, raw.status, "idle"),
    freshness: oneOf(freshnesses, raw.freshness, "suspect"),
    nextRunAt: instant(raw.nextRunAt),
    nextRunBy: oneOf(["owner", "computed"], raw.nextRunBy, null),
    lastRun: readTick(raw.lastRun),
    activeRun: readActive(raw.activeRun),
    redRuns: number(raw.redRuns) ?? 0,
    missed: readMissed(raw.missed),
    changes: list(raw.changes).map(readChange).slice(0, 20),
    goneAt: instant(raw.goneAt),
    done: raw.done === true,
    backoffUntil: instant(raw.backoffUntil),
    schedulerOn: raw.schedulerOn !== false,
    recent: readTicks(list(raw.recent)),
    steps: list(raw.steps).map(readStep),
    can: { setEnabled: readAction(raw.can?.setEnabled), run: readAction(raw.can?.run) },
    firingsWhileOff: textOrNull(raw.firingsWhileOff),
    paused: raw.paused ? { since: instant(raw.paused.since), by: text(raw.paused.by) } : null,
    woven: raw.woven ? readWoven(raw.woven) : null,
  };
}

/** What a workflow has that a mirrored strand has not. */
function readWoven(raw) {
  return {
    file: text(raw.file),
    shipped: raw.shipped === true,
    enabledInFile: raw.enabledInFile !== false,
    overridden: raw.overridden === true,
    input: oneOf(["none", "optional", "needed"], raw.input, "none"),
    misfire: oneOf(["skip", "once", "all"], raw.misfire, "skip"),
    startedBy: list(raw.startedBy).filter((how) => how === "webhook" || how === "after"),
    problems: list(raw.problems).map(readProblem),
  };
}

/** Something that is wrong, where, and how to mend it. */
export function readProblem(raw) {
  return { path: text(raw?.path), message: text(raw?.message), mend: textOrNull(raw?.mend) };
}

function readActive(raw) {
  if (!raw) return null;
  return { id: exact(raw.id), startedAt: instant(raw.startedAt) ?? 0, stepId: exactOrNull(raw.stepId), stuckAt: instant(raw.stuckAt), stuckFrom: instant(raw.stuckFrom) };
}

function readMissed(raw) {
  const count = number(raw?.count) ?? 0;
  return count > 0 ? { count, lastDueAt: instant(raw.lastDueAt) ?? 0, cause: textOrNull(raw.cause), causeText: text(raw.causeText) } : null;
}

/** How a strand's definition changed. */
export function readChange(raw) {
  return {
    id: exact(raw?.id),
    strandId: exact(raw?.strandId),
    kind: oneOf(changeKinds, raw?.kind, "edited"),
    fromVersion: number(raw?.fromVersion),
    version: number(raw?.version) ?? 0,
    fields: list(raw?.fields).map((field) => text(field)).filter(Boolean),
    seenAt: instant(raw?.seenAt) ?? 0,
    by: textOrNull(raw?.by),
    acknowledged: readSeen(raw?.acknowledged),
  };
}

/** Who acknowledged something, and when; or null. */
export const readSeen = (raw) => (raw ? { at: instant(raw.at) ?? 0, by: text(raw.by) } : null);

export function readNode(raw) {
  return { id: exact(raw?.id, "?"), name: text(raw?.name, "?") };
}

export function readTrigger(raw) {
  return { kind: oneOf(triggers, raw?.kind, "unknown"), text: text(raw?.text, "unknown schedule"), zone: textOrNull(raw?.zone), expression: textOrNull(raw?.expression) };
}

function readAction(raw) {
  return { allowed: raw?.allowed === true, reason: textOrNull(raw?.reason) };
}

export function readStep(raw) {
  const { items } = raw ?? {};
  return {
    id: exact(raw?.id),
    label: text(raw?.label) || text(raw?.id),
    dependsOn: list(raw?.dependsOn).map((id) => exact(id)),
    shares: list(raw?.shares).map((shared) => text(shared)).filter(Boolean),
    operationId: textOrNull(raw?.operationId),
    status: oneOf(stepStatuses, raw?.status, null),
    reason: textOrNull(raw?.reason),
    items: items ? { all: number(items.all) ?? 0, done: number(items.done) ?? 0, failed: number(items.failed) ?? 0 } : null,
    phases: list(raw?.phases).slice(0, 12).map((phase) => ({ name: text(phase?.name), status: oneOf(stepStatuses, phase?.status, null) })),
  };
}

/** The newest runs, in brief. */
export const readTicks = (raw) => raw.slice(0, 20).map(readTick).filter(Boolean);

/** A run in brief, or null for what has no id. */
export function readTick(raw) {
  const id = exactOrNull(raw?.id);
  if (!id) return null;
  return {
    id,
    status: oneOf(runStatuses, raw.status, "queued"),
    red: raw.red === true,
    acknowledged: raw.acknowledged === true || raw.acknowledged instanceof Object,
    startedAt: instant(raw.startedAt) ?? 0,
    finishedAt: instant(raw.finishedAt),
  };
}

/** What was asked of a strand's owner. */
export function readCommand(raw) {
  return {
    id: exact(raw?.id),
    strandId: exact(raw?.strandId),
    kind: oneOf(["enable", "disable", "reset", "run"], raw?.kind, "run"),
    status: oneOf(commandStatuses, raw?.status, "unknown"),
    by: text(raw?.by),
    reason: textOrNull(raw?.reason),
    expectedWaitMs: number(raw?.expectedWaitMs),
    runId: exactOrNull(raw?.runId),
    askedAt: instant(raw?.askedAt) ?? 0,
  };
}

/** A source's health for its heading, or null when it has no id. */
export function readSource(raw) {
  const id = exactOrNull(raw?.id);
  if (!id) return null;
  return {
    id,
    label: text(raw.label) || text(id),
    node: readNode(raw.node),
    version: textOrNull(raw.version),
    freshness: oneOf(freshnesses, raw.freshness, "suspect"),
    since: instant(raw.since),
    lastGoodReadAt: instant(raw.lastGoodReadAt),
    schedulerOn: raw.schedulerOn !== false,
    message: textOrNull(raw.message),
    help: textOrNull(raw.help),
    strands: number(raw.strands),
  };
}

export function readNodeInfo(raw) {
  return { ...readNode(raw), hostname: text(raw?.hostname), platform: text(raw?.platform), version: text(raw?.version), self: raw?.self === true, lastHeartbeatAt: instant(raw?.lastHeartbeatAt) };
}

export function readPlugin(raw) {
  const notice = raw?.notice;
  return {
    id: exact(raw?.id, "?"),
    name: text(raw?.name) || text(raw?.id, "?"),
    version: textOrNull(raw?.version),
    state: text(raw?.state, "unknown"),
    error: raw?.error ? { message: text(raw.error.message, "It failed."), problems: list(raw.error.problems).map(readProblem) } : null,
    notice: notice ? { level: oneOf(["info", "warning", "error"], notice.level, "info"), title: text(notice.title), lines: list(notice.lines).map((line) => text(line)) } : null,
    warnings: list(raw?.warnings).map((warning) => text(warning)),
  };
}

/**
 * What the server sends, made safe to draw: every field is there and has its type, so that one bad row can neither
 * blank the page nor smuggle an object where text is expected. Pure.
 */

export const runStatuses = ["queued", "running", "waiting", "cancelling", "succeeded", "failed", "cancelled", "skipped"];
export const stepStatuses = ["pending", "dispatched", "running", "retrying", "completed", "failed", "failed_crash", "skipped"];
export const strandStatuses = ["running", "waiting", "failed", "missed", "overdue", "skipped", "ok", "idle"];
const freshnesses = ["fresh", "stale", "suspect", "incompatible"];
const triggers = ["cron", "every", "at", "manual", "event"];
const commandStatuses = ["asked", "sent", "confirmed", "refused", "unknown"];

/** Text, or `otherwise` for anything that is none. */
export const text = (value, otherwise = "") => (typeof value === "string" ? value : typeof value === "number" ? String(value) : otherwise);
const textOrNull = (value) => (typeof value === "string" && value !== "" ? value : null);
const oneOf = (values, value, otherwise) => (values.includes(value) ? value : otherwise);
const list = (value) => (Array.isArray(value) ? value : []);
const number = (value) => (typeof value === "number" && Number.isFinite(value) ? value : null);

/** ISO time → milliseconds since 1970, or null. */
export function instant(value) {
  const at = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? null : at;
}

/** A strand as the page keeps it (times in milliseconds), or null when it has no id. */
export function readStrand(raw) {
  const id = textOrNull(raw?.id);
  if (!id) return null;
  return {
    id,
    name: text(raw.name) || id,
    description: textOrNull(raw.description),
    command: textOrNull(raw.command),
    kind: oneOf(["woven", "mirrored"], raw.kind, "mirrored"),
    source: raw.source ? { id: `${text(raw.source.plugin)}:${text(raw.source.instance)}`, label: text(raw.source.label, "source") } : null,
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
    activeRun: raw.activeRun ? { id: text(raw.activeRun.id), startedAt: instant(raw.activeRun.startedAt) ?? 0, stepId: textOrNull(raw.activeRun.stepId) } : null,
    redRuns: number(raw.redRuns) ?? 0,
    recent: list(raw.recent).map(readTick).filter(Boolean).slice(0, 20),
    steps: list(raw.steps).map(readStep),
    can: { setEnabled: readAction(raw.can?.setEnabled), run: readAction(raw.can?.run) },
  };
}

function readNode(raw) {
  return { id: text(raw?.id, "?"), name: text(raw?.name, "?") };
}

function readTrigger(raw) {
  return { kind: oneOf(triggers, raw?.kind, "unknown"), text: text(raw?.text, "unknown schedule"), zone: textOrNull(raw?.zone), expression: textOrNull(raw?.expression) };
}

function readAction(raw) {
  return { allowed: raw?.allowed === true, reason: textOrNull(raw?.reason) };
}

function readStep(raw) {
  return { id: text(raw?.id), label: text(raw?.label) || text(raw?.id), status: oneOf(stepStatuses, raw?.status, null), reason: textOrNull(raw?.reason) };
}

function readTick(raw) {
  if (!raw) return null;
  return {
    id: text(raw.id),
    status: oneOf(runStatuses, raw.status, "queued"),
    red: raw.red === true,
    acknowledged: raw.acknowledged === true || raw.acknowledged instanceof Object,
    startedAt: instant(raw.startedAt) ?? 0,
    finishedAt: instant(raw.finishedAt),
  };
}

/** What the strand panel shows beyond the strand itself. */
export function readDetail(raw) {
  return {
    firings: list(raw?.firings).map((firing) => ({ at: instant(firing?.at), by: oneOf(["owner", "computed"], firing?.by, "computed"), note: textOrNull(firing?.note) })).filter((firing) => firing.at !== null),
    definition: raw?.definition instanceof Object ? raw.definition : {},
    commands: list(raw?.commands).map(readCommand),
    firstSeenAt: instant(raw?.firstSeenAt),
    editedAt: instant(raw?.editedAt),
  };
}

/** One run; `steps` is null when the answer holds none (lists of runs). */
export function readRun(raw) {
  return {
    ...readTick(raw ?? {}),
    strandId: text(raw?.strandId),
    trigger: text(raw?.trigger, "unknown"),
    triggerBy: textOrNull(raw?.triggerBy),
    code: textOrNull(raw?.code),
    error: textOrNull(raw?.error),
    acknowledgedBy: textOrNull(raw?.acknowledged?.by),
    node: readNode(raw?.node),
    durationMs: number(raw?.durationMs),
    summary: raw?.summary instanceof Object ? raw.summary : null,
    steps: Array.isArray(raw?.steps) ? raw.steps.map(readStepRun) : null,
  };
}

function readStepRun(raw) {
  return {
    ...readStep(raw),
    node: readNode(raw?.node),
    startedAt: instant(raw?.startedAt),
    finishedAt: instant(raw?.finishedAt),
    durationMs: number(raw?.durationMs),
    exitCode: number(raw?.exitCode),
    outputTail: textOrNull(raw?.outputTail),
    error: textOrNull(raw?.error),
  };
}

export function readCommand(raw) {
  return {
    id: text(raw?.id),
    strandId: text(raw?.strandId),
    kind: oneOf(["enable", "disable", "run"], raw?.kind, "run"),
    status: oneOf(commandStatuses, raw?.status, "unknown"),
    by: text(raw?.by),
    reason: textOrNull(raw?.reason),
    expectedWaitMs: number(raw?.expectedWaitMs),
    askedAt: instant(raw?.askedAt) ?? 0,
  };
}

/** A source's health for its heading, or null when it has no id. */
export function readSource(raw) {
  const id = textOrNull(raw?.id);
  if (!id) return null;
  return {
    id,
    label: text(raw.label) || id,
    node: readNode(raw.node),
    version: textOrNull(raw.version),
    freshness: oneOf(freshnesses, raw.freshness, "suspect"),
    since: instant(raw.since),
    lastGoodReadAt: instant(raw.lastGoodReadAt),
    schedulerOn: raw.schedulerOn !== false,
    message: textOrNull(raw.message),
    help: textOrNull(raw.help),
  };
}

export function readNodeInfo(raw) {
  return { ...readNode(raw), platform: text(raw?.platform), version: text(raw?.version), self: raw?.self === true, lastHeartbeatAt: instant(raw?.lastHeartbeatAt) };
}

export function readPlugin(raw) {
  const notice = raw?.notice;
  return {
    id: text(raw?.id, "?"),
    name: text(raw?.name) || text(raw?.id, "?"),
    version: textOrNull(raw?.version),
    state: text(raw?.state, "unknown"),
    error: raw?.error ? { message: text(raw.error.message, "It failed."), problems: list(raw.error.problems).map((problem) => ({ path: text(problem?.path), message: text(problem?.message), mend: textOrNull(problem?.mend) })) } : null,
    notice: notice ? { level: oneOf(["info", "warning", "error"], notice.level, "info"), title: text(notice.title), lines: list(notice.lines).map((line) => text(line)) } : null,
    warnings: list(raw?.warnings).map((warning) => text(warning)),
  };
}

import { exact, exactOrNull, instant, list, number, occurrenceStatuses, oneOf, readChange, readCommand, readNode, readSeen, readStep, readTick, readTrigger, stepStatuses, text, textOrNull } from "./shape.js";

/** What the strand panel and the Inbox read beyond the strands themselves, made safe to draw. Pure. */

/** What the strand panel shows beyond the strand itself. */
export function readDetail(raw) {
  return {
    firings: list(raw?.firings).map((firing) => ({ at: instant(firing?.at), by: oneOf(["owner", "computed"], firing?.by, "computed"), note: textOrNull(firing?.note) })).filter((firing) => firing.at !== null),
    definition: raw?.definition instanceof Object ? raw.definition : {},
    commands: list(raw?.commands).map(readCommand),
    firstSeenAt: instant(raw?.firstSeenAt),
    editedAt: instant(raw?.editedAt),
    version: number(raw?.version),
    grace: { ms: number(raw?.grace?.ms), by: oneOf(["rule", "person"], raw?.grace?.by, "rule") },
    p95Ms: number(raw?.p95Ms),
    inputSchema: raw?.inputSchema instanceof Object ? raw.inputSchema : null,
    inputDefault: raw?.inputDefault ?? null,
  };
}

/** One run; `steps` is null when the answer holds none (lists of runs). */
export function readRun(raw) {
  return {
    ...readTick({ ...raw, id: exactOrNull(raw?.id) ?? "?" }),
    strandId: exact(raw?.strandId),
    trigger: text(raw?.trigger, "unknown"),
    triggerBy: textOrNull(raw?.triggerBy),
    code: textOrNull(raw?.code),
    error: textOrNull(raw?.error),
    seen: readSeen(raw?.acknowledged),
    node: readNode(raw?.node),
    durationMs: number(raw?.durationMs),
    summary: raw?.summary instanceof Object ? raw.summary : null,
    steps: Array.isArray(raw?.steps) ? raw.steps.map(readStepRun) : null,
    version: number(raw?.version),
    versionNow: number(raw?.versionNow),
    input: raw?.input ?? null,
    rerunOf: exactOrNull(raw?.rerunOf),
    startedBy: raw?.startedBy ? { runId: exact(raw.startedBy.runId), step: text(raw.startedBy.step) } : null,
    attempts: list(raw?.attempts).map(readAttempt),
    artifacts: list(raw?.artifacts).map((artifact) => ({ step: exact(artifact?.step), id: exact(artifact?.name), name: text(artifact?.name), bytes: number(artifact?.bytes) ?? 0 })),
  };
}

/** One attempt at a step, and how it ended. */
function readAttempt(raw) {
  return { step: exact(raw?.step), attempt: number(raw?.attempt) ?? 0, status: oneOf(stepStatuses, raw?.status, null), code: textOrNull(raw?.code), error: textOrNull(raw?.error), startedAt: instant(raw?.startedAt), finishedAt: instant(raw?.finishedAt) };
}

function readStepRun(raw) {
  return {
    ...readStep(raw),
    node: readNode(raw?.node),
    startedAt: instant(raw?.startedAt),
    finishedAt: instant(raw?.finishedAt),
    durationMs: number(raw?.durationMs),
    exitCode: number(raw?.exitCode),
    outputTail: exactOrNull(raw?.outputTail),
    outputBytes: number(raw?.outputBytes),
    outputKeptBytes: number(raw?.outputKeptBytes),
    error: textOrNull(raw?.error),
    parent: exactOrNull(raw?.parent),
    code: textOrNull(raw?.code),
    attempt: number(raw?.attempt),
    retryAt: instant(raw?.retryAt),
    waitsFor: textOrNull(raw?.waitsFor),
    progress: number(raw?.progress),
    result: raw?.result ?? null,
  };
}

/** One planned firing and what became of it. */
export function readOccurrence(raw) {
  return {
    strandId: exact(raw?.strandId),
    dueAt: instant(raw?.dueAt) ?? 0,
    status: oneOf(occurrenceStatuses, raw?.status, "unknown"),
    causeText: textOrNull(raw?.causeText),
    runId: exactOrNull(raw?.runId),
    graceMs: number(raw?.graceMs),
    seen: readSeen(raw?.acknowledged),
  };
}

/** A definition as it was kept. */
export function readVersion(raw) {
  return {
    version: number(raw?.version) ?? 0,
    name: text(raw?.name),
    description: textOrNull(raw?.description),
    command: textOrNull(raw?.command),
    trigger: readTrigger(raw?.trigger),
    definition: raw?.definition instanceof Object ? raw.definition : {},
    seenAt: instant(raw?.seenAt),
    by: textOrNull(raw?.by),
  };
}

export { readChange };

/** A row of the audit log; `detail` is what was sent, in brief. */
export function readAuditEntry(raw) {
  const fields = raw?.detail instanceof Object ? raw.detail : {};
  return {
    id: exact(raw?.id),
    at: instant(raw?.at) ?? 0,
    who: text(raw?.who, "somebody"),
    tokenId: textOrNull(raw?.tokenId),
    role: textOrNull(raw?.role),
    via: text(raw?.via),
    peer: text(raw?.peer),
    action: text(raw?.action),
    target: textOrNull(raw?.target) ?? textOrNull(fields.strandId),
    fields,
    detail: Object.entries(fields).filter(([name]) => name !== "strandId").map(([name, value]) => `${name} ${JSON.stringify(value)}`).join(", ").slice(0, 300),
    result: textOrNull(raw?.result),
  };
}

/** OpenClaw's finished runs as Loom records them: what was executed, and whether its result was delivered. Pure. */
import type { JsonObject, ObservedRun, ObservedStep } from "loom-gateway";
import { bounded, clip, instant, integer, list, record, tail, text, type Wire } from "./wire.ts";

/** As much as OpenClaw keeps of what a command prints, and as Loom can be told to keep of it. */
const LONGEST_OUTPUT = 16 * 1_048_576;
const LONGEST_ERROR = 4_000;
const LONGEST_WORD = 100;
const LONGEST_RUN_ID = 400;

/** What is kept of a run beside its steps. */
const summaryFields = [
  "model", "provider", "usage", "sessionId", "sessionKey", "completionStatus", "errorReason", "triggerFired",
  "delivery", "deliveryStatus", "deliveryError", "deliverySuppressionReason",
] as const;

const statuses = new Map<unknown, ObservedRun["status"]>([["ok", "succeeded"], ["error", "failed"], ["skipped", "skipped"]]);

/**
 * Maps entries of `cron.runs`, newest first; what is no finished run with a start is left out. Of entries with the same
 * start the newest counts: OpenClaw corrects a run that it took for interrupted by writing it again. It also writes, after a
 * restart, that a run was interrupted whose end it has told already: that end counts then, whenever it is read.
 */
export function toObservedRuns(entries: readonly unknown[]): ObservedRun[] {
  const runs = new Map<string, ObservedRun>();
  for (const entry of entries) {
    const run = toObservedRun(entry);
    if (!run) continue;
    const newer = runs.get(run.key);
    if (!newer || (newer.code === "interrupted" && run.code !== "interrupted")) runs.set(run.key, run);
  }
  return [...runs.values()];
}

/** Maps one entry. Its key is its start: scheduled runs have no id, and a job never starts twice in one millisecond. */
export function toObservedRun(value: unknown): ObservedRun | null {
  const entry = record(value);
  const status = statuses.get(entry.status);
  const startedAt = instant(entry.runAtMs);
  if (status === undefined || startedAt === undefined) return null;
  const finishedAt = instant(startedAt + Math.max(0, integer(entry.durationMs) ?? 0)) ?? startedAt;
  const ownerRunId = text(entry.runId);
  const deliver = deliverStep(entry, finishedAt);
  const error = text(entry.error) ?? (deliver.status === "failed" ? deliver.error : undefined);
  const code = status === "failed" ? codeOf(entry) : undefined;
  return {
    key: String(startedAt),
    ...(ownerRunId !== undefined && { ownerRunId: clip(ownerRunId.toWellFormed(), LONGEST_RUN_ID) }),
    trigger: triggerOf(entry),
    status,
    ...(code !== undefined && { code }),
    ...(error !== undefined && { error: clip(error, LONGEST_ERROR) }),
    startedAt,
    finishedAt,
    steps: [execStep(entry, status, startedAt, finishedAt), deliver],
    summary: summaryOf(entry),
  };
}

function execStep(entry: Wire, status: ObservedRun["status"], startedAt: number, finishedAt: number): ObservedStep {
  if (status === "skipped") return { id: "exec", status: "skipped", reason: "passed_over", ...errorOf(entry.error) };
  const output = text(entry.summary);
  const exitCode = exitCodeOf(entry);
  const failed = status === "failed" && !onlyDeliveryFailed(entry);
  return {
    id: "exec",
    status: failed ? "failed" : "completed",
    ...(failed && codeOf(entry) === "interrupted" && { reason: "interrupted" }),
    startedAt,
    finishedAt,
    ...(exitCode !== undefined && { exitCode }),
    ...(failed && errorOf(entry.error)),
    ...(output !== undefined && { output: tail(output, LONGEST_OUTPUT), outputBytes: Buffer.byteLength(output) }),
  };
}

function deliverStep(entry: Wire, finishedAt: number): ObservedStep {
  const skipped = (reason: string): ObservedStep => ({ id: "deliver", status: "skipped", reason });
  if (text(entry.deliverySuppressionReason) !== undefined) return skipped("nothing_to_say");
  switch (entry.deliveryStatus) {
    case "delivered":
      return { id: "deliver", status: "completed", finishedAt };
    case "not-delivered":
      return { id: "deliver", status: "failed", finishedAt, ...errorOf(entry.deliveryError) };
    case "not-requested":
      return skipped("not_requested");
    default:
      // Work that went well and is called failed all the same did not reach anybody.
      if (entry.status === "ok" && entry.completionStatus === "failed") return { id: "deliver", status: "failed", finishedAt, ...errorOf(entry.deliveryError ?? entry.error) };
      return skipped("delivery_unknown");
  }
}

/** OpenClaw calls a run failed also when it did its work and its result could not be delivered. */
function onlyDeliveryFailed(entry: Wire): boolean {
  const error = text(entry.error);
  const output = text(entry.summary);
  return entry.deliveryStatus === "not-delivered" && error !== undefined && error === entry.deliveryError && output !== undefined && output !== error;
}

function codeOf(entry: Wire): string | undefined {
  if (/job interrupted by gateway restart/.test(text(entry.error) ?? "")) return "interrupted";
  const reason = text(entry.errorReason);
  return reason === undefined ? undefined : clip(reason, LONGEST_WORD);
}

/** Only runs that somebody asked for have an id; an interrupted one has lost it. */
function triggerOf(entry: Wire): ObservedRun["trigger"] {
  const runId = text(entry.runId);
  if (runId !== undefined) return runId.startsWith("manual:") ? "manual" : "unknown";
  return codeOf(entry) === "interrupted" ? "unknown" : "schedule";
}

function exitCodeOf(entry: Wire): number | undefined {
  const codes = list(record(entry.diagnostics).entries).map((line) => integer(record(line).exitCode));
  return codes.findLast((code) => code !== undefined);
}

function errorOf(value: unknown): { error?: string } {
  const error = text(value);
  return error === undefined ? {} : { error: clip(error, LONGEST_ERROR) };
}

function summaryOf(entry: Wire): JsonObject {
  return bounded(Object.fromEntries(summaryFields.map((field) => [field, entry[field]])));
}

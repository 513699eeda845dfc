/** OpenClaw's jobs as Loom sees them. Pure, but that a long list takes its turns. */
import type { JsonObject, ObservedJob, Schedule } from "loom-gateway";
import { alone, bounded, clip, duration, instant, integer, json, list, LONGEST_ID, record, text, type Wire } from "./wire.ts";

const LONGEST_NAME = 200;
const LONGEST_LINE = 4_000;
/** Firings that come more often are not foretold: each is kept and judged by itself. */
const SHORTEST_EVERY_MS = 1_000;

const LONGEST_SHARE = 150;
/** So many rows are mapped before others have their turn: a large one takes milliseconds. */
const PER_TURN = 10;

/** Jobs that OpenClaw and the plugins shipped with it declare for themselves. */
const systemKeys = /^(heartbeat|skill-collection-review|memory-core):/;

/** How long OpenClaw waits after the first, second, … error in a row, measured from the end of the failed run. */
const errorBackoffMs = [30_000, 60_000, 300_000, 900_000, 3_600_000];

/** Fields beside `state` that change from run to run, or that only copy it. */
const volatile = /^(state|status|enabled|updatedAtMs|configRevision|effectiveAgentId|deliveryPreview|deliverySuppressionReason|(next|last|running)[A-Z].*)$/;

/**
 * Maps rows of `cron.list`. Rows without an id are left out, of rows with the same id the first counts.
 * Others have their turn in between.
 * @param hostZone IANA zone of the machine that OpenClaw runs on, for jobs that name none
 */
export async function toObservedJobs(rows: readonly unknown[], hostZone: string): Promise<ObservedJob[]> {
  const jobs = new Map<string, ObservedJob>();
  for (const [at, row] of rows.entries()) {
    if (at % PER_TURN === PER_TURN - 1) await new Promise((resolve) => setImmediate(resolve));
    const job = toObservedJob(row, hostZone);
    if (job && !jobs.has(job.id)) jobs.set(job.id, job);
  }
  return [...jobs.values()];
}

/** What becomes of firings that fall while a job is off, as seen of OpenClaw 2026.9.6. */
export const firingsWhileOff = {
  cron: "They are not made up: OpenClaw goes on with the next one after it is on again.",
  every: "They are not made up: OpenClaw keeps the rhythm, and goes on with the next one after it is on again.",
  at: "OpenClaw makes it up: if its time has passed, it runs as soon as it is on again.",
} as const;

/** Maps one job; null when it has no id that can be kept. */
export function toObservedJob(value: unknown, hostZone: string): ObservedJob | null {
  const job = record(value);
  const id = text(job.id);
  // One that is not well-formed would be another one once it is stored.
  if (id === undefined || id.length > LONGEST_ID || !id.isWellFormed()) return null;
  const state = record(job.state);
  const description = text(job.description);
  const command = commandLine(record(job.payload));
  const disabledReason = job.enabled === false ? whyDisabled(job, state) : undefined;
  const runningAt = instant(state.runningAtMs);
  const lastRunAt = instant(state.lastRunAtMs);
  // Switching it on again ends the backoff.
  const notBefore = job.enabled === false ? undefined : backoffEnd(state);
  const by = whoMade(job);
  return {
    id,
    name: clip(visible(job.displayName) ?? visible(job.name) ?? id, LONGEST_NAME),
    ...(description !== undefined && { description: clip(description, LONGEST_LINE) }),
    ...(command !== undefined && { command: clip(command, LONGEST_LINE) }),
    enabled: job.enabled !== false,
    ...(disabledReason !== undefined && { disabledReason }),
    system: systemKeys.test(text(job.declarationKey) ?? "") || record(job.payload).kind === "heartbeat",
    schedule: job.trigger == null ? toSchedule(job.schedule, hostZone) : whenItsConditionHolds(job.schedule),
    steps: stepsOf(job),
    nextRunAt: instant(state.nextRunAtMs) ?? null,
    running: runningAt === undefined ? null : { key: String(runningAt), startedAt: runningAt },
    historyMark: historyMark(state.lastRunAtMs, state.lastRunStatus ?? state.lastStatus),
    // After its restart OpenClaw shows what it interrupted before it writes that down.
    ...(lastRunAt !== undefined && { newestRun: String(lastRunAt) }),
    ...(notBefore !== undefined && { notBefore }),
    ...(by !== undefined && { by }),
    ...(job.deleteAfterRun === true && { leavesByItself: true }),
    definition: definition(job),
  };
}

/** What the job did, and whether its result reached somebody. What the definition leaves open is shared with nobody. */
function stepsOf(job: Wire): ObservedJob["steps"] {
  const { kind, model } = record(job.payload);
  const delivery = record(job.delivery);
  const channel = delivery.mode === "announce" && delivery.channel !== "last" ? text(delivery.channel) : undefined;
  const to = text(delivery.to);
  return [
    { id: "exec", label: "EXEC", ...shares(kind === "agentTurn" ? `model:${text(model) ?? ""}` : "", `agent:${text(job.agentId) ?? ""}`) },
    { id: "deliver", label: "DELIVER", ...shares(`channel:${channel ?? ""}${channel !== undefined && to !== undefined ? `:${to}` : ""}`) },
  ];
}

/** Keeps those that name something. */
function shares(...all: string[]): { shares?: string[] } {
  const named = all.filter((share) => /:./.test(share)).map((share) => clip(share, LONGEST_SHARE));
  return named.length === 0 ? {} : { shares: named };
}

/** OpenClaw tells who made a job where an agent did, in a session of its own or of a person's. */
function whoMade(job: Wire): string | undefined {
  const owner = record(job.owner);
  const agent = text(owner.agentId);
  const session = text(owner.sessionKey) ?? text(job.sessionKey);
  const words = [agent !== undefined && `agent ${agent}`, session !== undefined && `session ${session}`].filter((part) => part !== false);
  return words.length === 0 ? undefined : clip(words.join(", "), LONGEST_SHARE);
}

/** Stands for the newest finished run; OpenClaw starts no two runs of a job in one millisecond. */
export function historyMark(lastRunAtMs: unknown, status: unknown): string | null {
  const at = instant(lastRunAtMs);
  return at === undefined ? null : `${at}:${clip(text(status) ?? "", 40)}`;
}

function toSchedule(value: unknown, hostZone: string): Schedule {
  const schedule = record(value);
  const unknown: Schedule = { kind: "unknown", what: clip(value === undefined ? "no schedule" : JSON.stringify(json(value)), LONGEST_NAME) };
  switch (schedule.kind) {
    case "cron": {
      const expression = text(schedule.expr);
      if (expression === undefined || expression.length > LONGEST_NAME) return unknown;
      const zone = text(schedule.tz);
      const staggerMs = duration(schedule.staggerMs);
      return {
        kind: "cron",
        expression,
        ...(zone === undefined ? { zone: hostZone, zoneIsHost: true } : { zone: clip(zone, LONGEST_NAME) }),
        ...(staggerMs !== undefined && { staggerMs }),
      };
    }
    case "every": {
      const everyMs = duration(schedule.everyMs);
      const anchorMs = instant(schedule.anchorMs);
      if (everyMs === undefined || everyMs < SHORTEST_EVERY_MS) return unknown;
      return { kind: "every", everyMs, ...(anchorMs !== undefined && { anchorMs }), drifts: true };
    }
    case "at": {
      const atMs = instantOf(schedule.at) ?? instant(schedule.atMs);
      return atMs === undefined ? unknown : { kind: "at", atMs };
    }
    case "on-exit":
      return { kind: "event", what: clip(`${text(schedule.command) ?? "a command"} exits`, LONGEST_NAME) };
    case "stream":
      return { kind: "event", what: clip(`${shellLine(schedule.command) ?? "a command"} prints a line`, LONGEST_NAME) };
    default:
      return unknown;
  }
}

/** With a condition, the schedule only says when OpenClaw asks it; where it does not hold there is no run, and none is missing. */
function whenItsConditionHolds(value: unknown): Schedule {
  const { kind, expr, everyMs } = record(value);
  const asked = kind === "cron" ? `, asked at ${text(expr) ?? "times"}` : kind === "every" ? `, asked every ${(integer(everyMs) ?? 0) / 1000} s` : "";
  return { kind: "event", what: clip(`its condition holds${asked}`, LONGEST_NAME) };
}

/** OpenClaw reads a time without an offset as UTC; JavaScript would take it for local time. */
function instantOf(value: unknown): number | undefined {
  const at = text(value)?.trim();
  if (at === undefined || at.length > 64) return undefined;
  const zoned = /(z|[+-]\d\d:?\d\d)$/i.test(at) || !at.includes("T") ? at : `${at}Z`;
  return instant(Date.parse(zoned));
}

function commandLine(payload: Wire): string | undefined {
  return payload.kind === "command" ? shellLine(payload.argv) : undefined;
}

/** An argument list as one would type it; `sh -c …` shows what the shell is given. Of a long one only what may be shown is written out. */
function shellLine(value: unknown): string | undefined {
  const argv = list(value).filter((part) => typeof part === "string");
  if (argv.length === 0) return undefined;
  if (argv.length === 3 && /(^|\/)(ba|da|z)?sh$/.test(argv[0]!) && /^-l?c$/.test(argv[1]!)) return argv[2];
  let line = "";
  for (const part of argv) {
    if (line.length > LONGEST_LINE) break;
    line += `${line && " "}${quoted(part.slice(0, LONGEST_LINE + 1))}`;
  }
  return line.length <= LONGEST_LINE ? line : alone(`${line.slice(0, LONGEST_LINE - 1)}…`);
}

function quoted(part: string): string {
  return /^[\w@%+=:,./-]+$/.test(part) ? part : `'${part.replaceAll("'", `'\\''`)}'`;
}

function whyDisabled(job: Wire, state: Wire): string | undefined {
  const auto = record(state.autoDisabled);
  const errors = integer(auto.consecutiveErrors);
  if (auto.reason === "consecutive-failures") return `OpenClaw switched it off after ${errors ?? "many"} failed runs in a row`;
  if (auto.reason === "schedule-errors") return "OpenClaw switched it off: its schedule cannot be computed";
  if (text(auto.reason) !== undefined) return `OpenClaw switched it off: ${clip(text(auto.reason)!, LONGEST_NAME)}`;
  if (record(job.schedule).kind === "at" && instant(state.lastRunAtMs) !== undefined) return "It was to run once, and has";
  return undefined;
}

function backoffEnd(state: Wire): number | undefined {
  const lastRunAt = instant(state.lastRunAtMs);
  if ((state.lastRunStatus ?? state.lastStatus) !== "error" || lastRunAt === undefined) return undefined;
  const errors = Math.max(1, integer(state.consecutiveErrors) ?? 1);
  const wait = errorBackoffMs[Math.min(errors, errorBackoffMs.length) - 1]!;
  return instant(lastRunAt + Math.max(0, integer(state.lastDurationMs) ?? 0) + wait);
}

function definition(job: Wire): JsonObject {
  const kept = Object.fromEntries(Object.entries(job).filter(([key]) => !volatile.test(key)));
  const payload = record(job.payload);
  // Environments of commands hold passwords. Their names are enough to recognise a job by.
  if (payload.env !== undefined) kept.payload = { ...payload, env: Object.keys(record(payload.env)).toSorted() };
  return bounded(kept);
}

/** A name that somebody can see: one of control characters and spaces alone would be no name. */
function visible(name: unknown): string | undefined {
  return typeof name === "string" && /[^\p{C}\p{Z}]/u.test(name) ? name : undefined;
}

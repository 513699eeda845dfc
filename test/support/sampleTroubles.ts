import type { ChangeView, OccurrenceView, StrandView, VersionView } from "../../core/http/schemas.ts";
import { causeText } from "../../core/occurrence/causes.ts";
import type { MissCause } from "../../core/store/contract.ts";

/** What befell a sample strand besides its runs: firings that were missed, edits, vanishing, waiting after an error. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const iso = (at: number): string => new Date(at).toISOString();

/** Where in the list a trouble strikes: at its first place, and again every so many strands. */
const places = {
  missedAsleep: [5, 37],
  edited: [6, 53],
  vanished: [8, 149],
  fresh: [10, 97],
  backoff: [13, 71],
  missedDown: [14, 83],
  stuck: [15, 121],
  returned: [16, 211],
  missedOverlap: [19, 127],
} as const;

export type Trouble = keyof typeof places;

/** The trouble of the strand at this place of the list, if it has one. */
export function troubleAt(at: number): Trouble | null {
  const found = Object.entries(places).find(([, [first, every]]) => at >= first && (at - first) % every === 0);
  return (found?.[0] as Trouble | undefined) ?? null;
}

const causes: Partial<Record<Trouble, { readonly cause: MissCause | null; readonly count: number }>> = {
  missedAsleep: { cause: "asleep", count: 3 },
  missedDown: { cause: "source_down", count: 1 },
  missedOverlap: { cause: "overlap", count: 2 },
};

/** How often the strand fires, and when it did last. */
interface Beat {
  readonly now: number;
  readonly every: number;
}

/** Newest first: what became of the last firings. */
export function occurrencesOf(strandId: string, trouble: Trouble | null, recent: StrandView["recent"], { now, every }: Beat): OccurrenceView[] {
  const graceMs = Math.min(HOUR, Math.max(MINUTE, every / 10));
  const missed = trouble ? causes[trouble] : undefined;
  const misses = Array.from({ length: missed?.count ?? 0 }, (_, at): OccurrenceView => {
    const dueAt = now - graceMs - 2 * MINUTE - at * Math.min(every, DAY);
    return { strandId, dueAt: iso(dueAt), status: "missed", cause: missed!.cause, causeText: causeText(missed!.cause), runId: null, graceMs, judgedAt: iso(dueAt + graceMs), acknowledged: null };
  });
  const met = recent.map((run): OccurrenceView => ({ strandId, dueAt: run.startedAt, status: "met", cause: null, causeText: null, runId: run.id, graceMs, judgedAt: run.startedAt, acknowledged: null }));
  return [...misses, ...met].sort((a, b) => (a.dueAt < b.dueAt ? 1 : -1));
}

/** What a strand shows of the firings that it missed. */
export function missedOf(occurrences: readonly OccurrenceView[]): StrandView["missed"] {
  const asking = occurrences.filter((one) => one.status === "missed" && !one.acknowledged);
  const newest = asking[0];
  return newest ? { count: asking.length, lastDueAt: newest.dueAt, cause: newest.cause, causeText: newest.causeText! } : null;
}

/** Changes that nobody has acknowledged, newest first. */
export function changesOf(strandId: string, trouble: Trouble | null, now: number): ChangeView[] {
  const change = (kind: ChangeView["kind"], ago: number, more: Partial<ChangeView> = {}): ChangeView => ({
    id: `${strandId}/${kind}`, strandId, kind, fromVersion: 1, version: 1, fields: [], seenAt: iso(now - ago), by: null, acknowledged: null, ...more,
  });
  switch (trouble) {
    case "edited":
      return [change("edited", 40 * MINUTE, { version: 2, fields: ["schedule", "payload"], by: "agent main" })];
    case "fresh":
      return [change("new", 25 * MINUTE, { fromVersion: null, by: "agent main" })];
    case "vanished":
      return [change("vanished", 3 * HOUR)];
    case "returned":
      return [change("returned", 2 * HOUR), change("vanished", 26 * HOUR)];
    default:
      return [];
  }
}

/** The definition as it is kept, newest version first. */
export function versionsOf(strand: StrandView, definition: Record<string, unknown>, trouble: Trouble | null, now: number): VersionView[] {
  const { name, description, command, trigger } = strand;
  const first: VersionView = { version: 1, name, description, command, trigger, definition, seenAt: iso(now - 60 * DAY), by: null };
  if (trouble !== "edited") return [first];
  const before = { ...definition, schedule: { kind: "cron", expr: "0 6 * * *", tz: "Europe/Berlin" }, payload: { kind: "agentTurn", message: "Look at what is new.", timeoutSeconds: 120 } };
  const old: VersionView = { ...first, definition: before, trigger: { kind: "cron", text: "every day at 06:00", zone: "Europe/Berlin", expression: "0 6 * * *" } };
  return [{ ...first, version: 2, seenAt: iso(now - 40 * MINUTE), by: "agent main" }, old];
}

const models = ["claude-opus-5", "gpt-5", "claude-haiku-4-5", "qwen3-coder"];
const agents = ["main", "main", "work", "research"];

/** What the first step shares with others: most jobs are an agent's, and a few models serve them all. */
export function sharesAt(at: number): string[] {
  if (at % 5 === 4) return [];
  return [`agent:${agents[(at * 7) % agents.length]}`, `model:${models[(at * 3 + Math.floor(at / 4)) % models.length]}`];
}

/** What OpenClaw makes of firings while a job is off. */
export const firingsWhileOff: Partial<Record<StrandView["trigger"]["kind"], string>> = {
  cron: "Firings that fall while it is off are not made up; the next one is the next on its schedule.",
  every: "It is counted anew from the moment that it is switched on.",
  at: "If its time passes while it is off, it runs as soon as it is switched on.",
};

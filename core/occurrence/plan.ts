import { nextOccurrence } from "../schedule/occurrences.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { newestBetween } from "./between.ts";
import { EARLY_MS, plannedSince, startsEarly, toldNext, type Case, type Dues, type Row } from "./case.ts";
import { driftingDues } from "./drift.ts";
import { graceMs } from "./grace.ts";

/** The most firings of one strand that are looked at together; older ones are passed over. */
export const MOST_AT_ONCE = 200;

/** One planned firing, and which runs are its own: those that start from `opensAt` until before `closesAt`. */
export interface Firing {
  readonly dueAt: number;
  readonly graceMs: number;
  readonly opensAt: number;
  readonly closesAt: number;
  /** What the store has of it. */
  readonly row: Row["status"] | null;
}

export interface Plan {
  /** Soonest first: what was due, and at most one firing that is not due yet. */
  readonly firings: readonly Firing[];
  /** Open occurrences that are planned no more, or too many to look at. */
  readonly void: readonly number[];
}

/** Which firings were planned, as far as they are not judged yet, and which one comes next. */
export function plan(given: Case): Plan {
  const { rows, now } = given;
  const { fresh, next, moved = [], closings }: Dues = isPlanned(given) ? dues(given) : { fresh: [], next: null };
  const known = new Map(rows.map((row) => [row.dueAt, row]));
  const kept = rows.filter(({ dueAt, status }) => status === "missed" || (dueAt <= now && !moved.includes(dueAt))).map(({ dueAt }) => dueAt);
  const past = [...new Set([...kept, ...fresh])].toSorted((a, b) => a - b).slice(-MOST_AT_ONCE);
  const all = next === null || known.get(next)?.status === "missed" ? past : [...new Set([...past, next])];
  const planned = new Set(all);
  return {
    firings: windows(given, all, closings).map((window) => ({ ...window, ...standing(given, window.dueAt, known.get(window.dueAt)) })),
    void: rows.filter(({ dueAt, status }) => status === "open" && !planned.has(dueAt)).map(({ dueAt }) => dueAt),
  };
}

/** Whether firings of it can be told ahead at all. */
export function isPlanned({ strand }: Pick<Case, "strand">): boolean {
  return strand.enabled && strand.goneAt === null && strand.schedule.kind !== "manual" && strand.schedule.kind !== "event";
}

/** Firings that came due since the last that is known, and the next one. */
function dues(given: Case): Dues {
  const { strand, now, missedInARow } = given;
  const { schedule } = strand;
  const most = missedInARow < MOST_AT_ONCE ? MOST_AT_ONCE : 1;
  const found = schedule.kind === "every" && schedule.drifts ? driftingDues(given, schedule.everyMs, most) : steadyDues(given, most);
  return { ...found, fresh: found.fresh.filter((due) => due <= now && !given.leaps.some(({ from, to }) => due > from && due <= to)) };
}

/** Of a schedule that keeps to the clock, however late its runs are. */
function steadyDues(given: Case, most: number): Dues {
  const { strand, rows, now } = given;
  const since = plannedSince(given);
  const last = rows.reduce((latest, row) => (row.status === "open" ? Math.max(latest, row.dueAt) : latest), given.lastDueAt ?? since);
  const fresh = newestBetween(strand.schedule, Math.max(since, last), now, most);
  const next = nextSteady(given, Math.max(since, now, given.lastDueAt ?? now));
  // One that was met moments before its time is done with, and what was opened after it stands.
  const after = next !== null && startsEarly(given, next, EARLY_MS) ? rows.find(({ dueAt, status }) => status === "open" && dueAt > next) : undefined;
  return { fresh, next: after?.dueAt ?? next };
}

function nextSteady(given: Case, after: number): number | null {
  const { strand } = given;
  const first = nextOccurrence(strand.schedule, after);
  const told = toldNext(given);
  // A schedule that Loom cannot reckon with, or a repetition that is none of the schedule's: the owner knows.
  if (first === null) return told !== null && told > after ? told : null;
  if (told === null || told <= first || startsEarly(given, first, EARLY_MS)) return first;
  // Held back after an error: the firings until then are excused.
  if (strand.notBefore !== null && strand.notBefore > first) return first;
  // What an owner foretells lies a little after its firing (stagger), so that firing is the last one before.
  return newestBetween(strand.schedule, first - 1, told + 1_000, 1)[0] ?? first;
}

function standing({ strand }: Case, dueAt: number, row: Row | undefined): Pick<Firing, "graceMs" | "row"> {
  return { graceMs: strand.graceMs ?? row?.graceMs ?? graceMs(strand.schedule, dueAt), row: row?.status ?? null };
}

/** Each run belongs to one firing: the latest that is due, or will be within a moment. */
function windows(given: Case, all: readonly number[], closings: Dues["closings"]): Pick<Firing, "dueAt" | "opensAt" | "closesAt">[] {
  const { schedule } = given.strand;
  return all.map((dueAt, i) => {
    const after = dueAfter(schedule, dueAt);
    // The firing before may be judged and not be among these: then it is taken to be as far away as the next one.
    const before = (schedule.kind === "every" ? undefined : all[i - 1]) ?? 2 * dueAt - after;
    // No run has started later than now, so what follows the next firing makes no difference.
    const following = dueAt > given.now ? Infinity : Math.min(all[i + 1] ?? Infinity, after);
    return { dueAt, opensAt: dueAt - early(before, dueAt), closesAt: closings?.get(dueAt) ?? following - early(dueAt, following) };
  });
}

/** Where firings follow one another closely, a run counts for the nearer one. */
function early(dueAt: number, nextDueAt: number): number {
  return Math.min(EARLY_MS, (nextDueAt - dueAt) / 2);
}

function dueAfter(schedule: Schedule, dueAt: number): number {
  return schedule.kind === "every" ? dueAt + schedule.everyMs : (nextOccurrence(schedule, dueAt) ?? Infinity);
}

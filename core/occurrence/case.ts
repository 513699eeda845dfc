import type { OccurrenceRecord, RunRecord, SourceState, StrandRecord } from "../store/contract.ts";

/** What the judge has to know of a strand. */
export type JudgedStrand = Pick<
  StrandRecord,
  | "schedule" | "enabled" | "firstSeenAt" | "scheduledAt" | "switchedAt" | "goneAt" | "graceMs"
  | "nextRunAt" | "ownerTellsNext" | "notBefore"
>;

export type JudgedRun = Pick<RunRecord, "id" | "trigger" | "startedAt" | "finishedAt">;

/** A firing that has a row: open, or missed and perhaps found late. */
export type Row = Pick<OccurrenceRecord, "dueAt" | "graceMs"> & { readonly status: "open" | "missed" };

/** A stretch of wall-clock time. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** Everything a judgement rests on: one strand's planned firings, and the evidence of what became of them. Times are milliseconds since 1970. */
export interface Case {
  readonly strand: JudgedStrand;
  /** Its open occurrences, and those missed ones that may be found late. */
  readonly rows: readonly Row[];
  /**
   * Where no open occurrence is yet to come: when the last one was due, or will be in a moment, whatever became of it; null:
   * there was none yet.
   */
  readonly lastDueAt: number | null;
  /** Its runs since `runsSince` and the one before, whatever set them off. */
  readonly runs: readonly JudgedRun[];
  /** From when on the runs are complete; what was due before is too old to be judged. */
  readonly runsSince: number;
  /** How its source stood around these times, oldest first. Empty for a strand of Loom's own. */
  readonly states: readonly SourceState[];
  /** Whether its source can tell later which runs there were. */
  readonly keepsHistory: boolean;
  /** The time of the last good look at the source whose runs are all imported; null: there is none to rely on. */
  readonly readAt: number | null;
  /** Since when Loom has been watching without a break: its start, or the end of the machine's last sleep. */
  readonly awakeSince: number;
  /** When the machine slept. */
  readonly sleeps: readonly Stretch[];
  /** What the wall clock jumped over: time that never was. */
  readonly leaps: readonly Stretch[];
  /** How many firings were missed since one was met. */
  readonly missedInARow: number;
  readonly now: number;
}

/** Firings that came due and have no row yet, and the one that comes next. */
export interface Dues {
  readonly fresh: readonly number[];
  readonly next: number | null;
  /** Open occurrences that were put off. */
  readonly moved?: readonly number[];
  /** Until when a start is the firing's, by its due time; of others it is until what is planned after them. */
  readonly closings?: ReadonlyMap<number, number>;
}

/** A run that starts this much before it is due is still on time: two clocks are never quite the same. */
export const EARLY_MS = 5_000;

/** Since when the strand has been planned as it is now: nothing was due of it before. */
export function plannedSince({ strand }: Pick<Case, "strand">): number {
  return Math.max(strand.firstSeenAt, strand.scheduledAt, strand.switchedAt);
}

/** By how much a clock may have been trimmed since without its having been set. */
const TRIMMED_MS = 60_000;

/**
 * The strand without times that are far from having come: a clock that was ahead wrote them.
 * @param since what holds in their place: when the clock was set right, or Loom started after that
 */
export function withoutFuture<Strand extends JudgedStrand>(strand: Strand, now: number, since: number): Strand {
  const past = (time: number): number => (time > now + TRIMMED_MS ? since : time);
  return { ...strand, firstSeenAt: past(strand.firstSeenAt), scheduledAt: past(strand.scheduledAt), switchedAt: past(strand.switchedAt) };
}

/** The owner's own word on when it fires next, where it gives one. */
export function toldNext({ strand }: Pick<Case, "strand">): number | null {
  return strand.ownerTellsNext ? strand.nextRunAt : null;
}

/** Whether the run of a firing that is not due yet has started already: its owner tells of the one after it by then. */
export function startsEarly({ runs }: Pick<Case, "runs">, dueAt: number, earlyMs: number): boolean {
  return runs.some((run) => run.trigger !== "manual" && run.startedAt >= dueAt - earlyMs);
}

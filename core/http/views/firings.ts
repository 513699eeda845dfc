import { nextOccurrence, occurrences } from "../../schedule/occurrences.ts";
import type { Schedule } from "../../schedule/schedule.ts";
import type { SourceRecord, StrandRecord } from "../../store/contract.ts";

/** Those after the next are told so far ahead: of a rare schedule they take long to reckon. */
const AHEAD_MS = 10 * 365.25 * 86_400_000;

/** A planned firing, and who says so: the job's owner, or Loom's own reckoning. */
export interface Firing {
  readonly at: number;
  readonly by: "owner" | "computed";
  readonly note: string | null;
}

/** The next firing; null while none is planned, the strand is off or paused, or its scheduler is off. */
export function nextFiring(strand: StrandRecord, source: SourceRecord | undefined, now: number): Firing | null {
  if (isOff(strand, source)) return null;
  if (strand.ownerTellsNext) return ownersFiring(strand);
  const at = nextOccurrence(strand.schedule, earliest(strand, now), lastStart(strand));
  return at === null ? null : { at, by: "computed", note: null };
}

/** The next firing, and those of ten years, `count` at most: the owner tells at most the first, the others are computed. */
export function nextFirings(strand: StrandRecord, source: SourceRecord | undefined, now: number, count: number): Firing[] {
  if (isOff(strand, source)) return [];
  const first = strand.ownerTellsNext ? ownersFiring(strand) : null;
  if (strand.ownerTellsNext && !first) return [];
  const { schedule, lastRunAt } = first ? anchoredAt(strand, first.at) : { schedule: strand.schedule, lastRunAt: lastStart(strand) };
  const after = Math.max(earliest(strand, now), first?.at ?? 0);
  const from = { after, ...(lastRunAt !== undefined && { lastRunAt }) };
  const soon = occurrences(schedule, { ...from, until: after + AHEAD_MS, count: first ? count - 1 : count });
  const rest = soon.length > 0 || first ? soon : occurrences(schedule, { ...from, count: 1 });
  return [...(first ? [first] : []), ...rest.map(({ at, note }): Firing => ({ at, by: "computed", note: note ?? null }))];
}

function isOff(strand: StrandRecord, source: SourceRecord | undefined): boolean {
  return !strand.enabled || Boolean(strand.paused) || strand.goneAt !== null || source?.health.schedulerOn === false;
}

/** As the owner tells it, also when that is past: then the firing is late. */
function ownersFiring({ nextRunAt, notBefore }: StrandRecord): Firing | null {
  if (nextRunAt === null) return null;
  if (notBefore === null || notBefore <= nextRunAt) return { at: nextRunAt, by: "owner", note: null };
  return { at: notBefore, by: "owner", note: "held back after an error" };
}

/** An interval that its owner counts from each run goes on from the firing that the owner tells. */
function anchoredAt(strand: StrandRecord, at: number): { schedule: Schedule; lastRunAt: number | undefined } {
  const { schedule } = strand;
  return schedule.kind === "every" ? { schedule: { ...schedule, anchorMs: at }, lastRunAt: at } : { schedule, lastRunAt: undefined };
}

function earliest(strand: StrandRecord, now: number): number {
  return Math.max(now, (strand.notBefore ?? 0) - 1);
}

function lastStart(strand: StrandRecord): number | undefined {
  return strand.lastRun?.startedAt;
}

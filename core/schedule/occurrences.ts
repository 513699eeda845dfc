import type { CronExpression } from "cron-parser";
import { cronTimes, readCron } from "./cron.ts";
import { Reckoned } from "./reckoned.ts";
import type { Occurrence, Schedule } from "./schedule.ts";
import { openZone, type LocalMs, type Place, type Zone } from "./zone.ts";

const DAY_MS = 86_400_000;
/** The last instant that JavaScript's dates can tell, less a year of room for arithmetic. */
const LATEST_MS = 8.64e15 - 366 * DAY_MS;

export interface OccurrencesOptions {
  /** Only firings later than this instant. */
  readonly after: number;
  /** Only firings no later than this one. */
  readonly until?: number;
  readonly count: number;
  /** Start of the last run, from which a schedule that drifts counts on. */
  readonly lastRunAt?: number;
}

type Stretch = Required<Pick<OccurrencesOptions, "after" | "until" | "count">>;

/**
 * The next firings, soonest first: at most `count`, and none where no clock foretells them or the schedule has
 * a mistake (`validateSchedule` tells it). Never throws.
 *
 * Clocks that change are handled as croner 10 does, which OpenClaw uses: a local time that does not exist fires later by the
 * length of the gap, one that comes twice fires the first time only. Both carry a note.
 */
export function occurrences(schedule: Schedule, { after, until = LATEST_MS, count, lastRunAt }: OccurrencesOptions): Occurrence[] {
  if (!Number.isFinite(after) || Math.abs(after) > LATEST_MS) return [];
  switch (schedule.kind) {
    case "cron":
      return cronOccurrences(schedule, { after, until, count });
    case "every":
      return everyOccurrences(schedule.everyMs, (schedule.drifts ? lastRunAt : undefined) ?? schedule.anchorMs, { after, until, count });
    case "at":
      return schedule.atMs > after && schedule.atMs <= Math.min(until, LATEST_MS) && count > 0 ? [{ at: schedule.atMs }] : [];
    case "manual":
    case "event":
    case "unknown":
      return [];
  }
}

const reckoned = new Reckoned();

/** The first firing later than `after`, or null where none can be told. */
export function nextOccurrence(schedule: Schedule, after: number, lastRunAt?: number): number | null {
  if (schedule.kind === "cron") return reckoned.next(`${schedule.zone} ${schedule.expression}`, after, () => occurrences(schedule, { after, count: 1 })[0] ?? null)?.at ?? null;
  return occurrences(schedule, { after, count: 1, ...(lastRunAt === undefined ? {} : { lastRunAt }) })[0]?.at ?? null;
}

function everyOccurrences(everyMs: number, anchor: number | undefined, { after, until, count }: Stretch): Occurrence[] {
  // Without an anchor nobody knows when the owner began to count.
  if (anchor === undefined || !(everyMs >= 1)) return [];
  const first = Math.max(1, Math.floor((after - anchor) / everyMs) + 1);
  return Array.from({ length: count }, (_, i) => ({ at: anchor + (first + i) * everyMs })).filter(({ at }) => at <= Math.min(until, LATEST_MS));
}

function cronOccurrences(schedule: Extract<Schedule, { kind: "cron" }>, { after, until, count }: Stretch): Occurrence[] {
  const zone = openZone(schedule.zone);
  if (!zone || count < 1) return [];
  const read = readCron(schedule.expression, firstLocal(zone, after), until < LATEST_MS ? until + DAY_MS : undefined);
  if ("problem" in read) return [];
  const found: Occurrence[] = [];
  let last = after;
  for (const local of cronTimes(read.cron)) {
    const place = zone.place(local);
    if (place.at <= last) continue;
    if (place.at > until) break;
    const note = noteOf(read.cron, zone, local, place);
    found.push(note === undefined ? { at: place.at } : { at: place.at, note });
    last = place.at;
    if (found.length === count) break;
  }
  return found;
}

/** The earliest local time that may lie later than `after`: within the length of a gap after it, the clocks of before count. */
function firstLocal(zone: Zone, after: number): LocalMs {
  const offset = zone.offset(after);
  const gap = offset - zone.offset(after - DAY_MS);
  return after + (gap > 0 ? zone.offset(after - gap) : offset);
}

function noteOf(cron: CronExpression, zone: Zone, local: LocalMs, place: Place): string | undefined {
  if (place.times === "once") return undefined;
  if (place.times === "twice") return `clocks go back: ${timeOfDay(local)} comes twice, fires the first time`;
  const shown = place.at + zone.offset(place.at);
  // A firing that is due then anyway needs no explanation.
  if (cron.includesDate(new Date(shown))) return undefined;
  return `clocks go forward: ${timeOfDay(local)} does not exist, fires at ${timeOfDay(shown)}`;
}

function timeOfDay(local: LocalMs): string {
  const text = new Date(local).toISOString().slice(11, 19);
  return text.endsWith(":00") ? text.slice(0, 5) : text;
}

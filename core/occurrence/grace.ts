import { nextOccurrence } from "../schedule/occurrences.ts";
import type { Schedule } from "../schedule/schedule.ts";

/** No firing is late sooner than this after it was due. */
export const SHORTEST_GRACE_MS = 60_000;
const LONGEST_GRACE_MS = 3_600_000;

/**
 * How late a firing may be, in milliseconds: a tenth of the time until the next one, at least a minute and at most an
 * hour, plus as long as the schedule itself may put it off.
 * @param dueAt when it is due, milliseconds since 1970
 */
export function graceMs(schedule: Schedule, dueAt: number): number {
  const interval = schedule.kind === "every" ? schedule.everyMs : (nextOccurrence(schedule, dueAt) ?? dueAt) - dueAt;
  return Math.min(LONGEST_GRACE_MS, Math.max(SHORTEST_GRACE_MS, Math.round(interval / 10))) + staggerMs(schedule);
}

/** What `graceMs` gives at most, without reckoning with the schedule. */
export function longestGraceMs(schedule: Schedule): number {
  return LONGEST_GRACE_MS + staggerMs(schedule);
}

function staggerMs(schedule: Schedule): number {
  return schedule.kind === "cron" ? (schedule.staggerMs ?? 0) : 0;
}

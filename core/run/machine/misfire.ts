import { occurrences } from "../../schedule/occurrences.ts";
import type { Occurrence, Schedule } from "../../schedule/schedule.ts";

/** What to do about firings that nobody was there for. */
export type MisfirePolicy =
  /** Let them go. */
  | { readonly kind: "skip" }
  /** Run once for all of them. */
  | { readonly kind: "once" }
  /** Run the newest of them, `most` at most, oldest first. */
  | { readonly kind: "all"; readonly most: number };

/** Why a firing is let go: by policy; one run stands for it; more were due than may be made up for. */
export type MisfireReason = "misfired" | "superseded" | "too_many";

export interface Due {
  readonly schedule: Schedule;
  /** The last firing that was dealt with, or when the strand was switched on. */
  readonly lastFiredAt: number;
  readonly now: number;
  /** A firing no later than this is on time, and no misfire. */
  readonly graceMs: number;
  readonly policy: MisfirePolicy;
}

export interface Firings {
  /** To run now, in this order. */
  readonly run: readonly Occurrence[];
  /** To record as skipped, oldest first. */
  readonly skip: readonly (Occurrence & { readonly reason: MisfireReason })[];
  /** Older ones, too many to record one by one: later than `after` and no later than `until`. */
  readonly unlisted: { readonly after: number; readonly until: number } | null;
}

/** How many firings are told one by one. */
export const MOST_LISTED = 100;

/** What is due of a schedule, and what becomes of it. A clock that was set back makes nothing due that has fired already. */
export function firingsDue({ schedule, lastFiredAt, now, graceMs, policy }: Due): Firings {
  const most = Math.max(MOST_LISTED, policy.kind === "all" ? policy.most : 0);
  const { due, unlisted } = newest(schedule, lastFiredAt, now, most);
  const late = due.filter(({ at }) => now - at > graceMs);
  const onTime = due.slice(late.length);
  const makeUp = policy.kind === "skip" ? 0 : policy.kind === "all" ? policy.most : onTime.length > 0 ? 0 : 1;
  const first = Math.max(0, late.length - makeUp);
  const reason = ({ skip: "misfired", once: "superseded", all: "too_many" } as const)[policy.kind];
  return { run: [...late.slice(first), ...onTime], skip: late.slice(0, first).map((firing) => ({ ...firing, reason })), unlisted };
}

/**
 * The newest firings later than `after`, at most `most`. Schedules tell what comes next only: after a year of silence, one that
 * fires each second is asked for ever longer stretches before now rather than for thirty million firings.
 */
function newest(schedule: Schedule, after: number, now: number, most: number): { due: Occurrence[]; unlisted: Firings["unlisted"] } {
  const enough = 2 * most;
  const since = (from: number): Occurrence[] => occurrences(schedule, { after: from, until: now, count: enough + 1 });
  let due = since(after);
  if (due.length <= most) return { due, unlisted: null };
  // More than enough come after `many`, fewer than `most` after `few`.
  let [many, few] = [after, now];
  while (due.length > enough || due.length < most) {
    const from = Math.floor(Math.max((many + few) / 2, now - 2 * (now - few) - 1_000));
    due = since(from);
    if (due.length > enough) many = from;
    else few = from;
  }
  due = due.slice(-most);
  return { due, unlisted: { after, until: due[0]!.at - 1 } };
}

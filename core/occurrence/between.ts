import { nextOccurrence, occurrences } from "../schedule/occurrences.ts";
import type { Schedule } from "../schedule/schedule.ts";

/** How many times more firings than wanted are looked through before a shorter stretch is tried. */
const ROOM = 10;

/**
 * The newest firings later than `from` and no later than `to`, soonest first, at most `most`. What a schedule of seconds
 * fired in a month is not walked through: ever longer stretches before `to` are, until one holds enough.
 */
export function newestBetween(schedule: Schedule, from: number, to: number, most: number): number[] {
  if (to <= from || most < 1) return [];
  // Mostly nothing has come due, which is known.
  const next = nextOccurrence(schedule, from);
  if (next === null || next > to) return [];
  const whole = to - from;
  let tooShort = 0;
  let tooLong = Infinity;
  for (let span = Math.min(whole, most * 1000); ; ) {
    const found = occurrences(schedule, { after: to - span, until: to, count: ROOM * most }).map(({ at }) => at);
    const filled = found.length === ROOM * most;
    if (tooLong - tooShort <= 1 || (!filled && (found.length >= most || span === whole))) return found.slice(-most);
    if (filled) tooLong = span;
    else tooShort = span;
    span = tooLong === Infinity ? Math.min(whole, span * 2) : Math.floor((tooShort + tooLong) / 2);
  }
}

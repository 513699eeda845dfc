import type { Clock } from "../clock/clock.ts";
import type { KvStore } from "./contract.ts";

const DAY_MS = 86_400_000;
/** A machine may have been off for so long. */
const LEAP_MS = 14 * DAY_MS;
/** Long enough for somebody to see that every time on the page is wrong. */
const DOUBT_MS = 7 * DAY_MS;
/** A machine may sleep or be off between two questions, which even time does not tell of. */
const UNSEEN_MS = DAY_MS;

/** Where it is kept. */
const OWNER = "loom";
const KEY = "believed-date";

/** A date that was believed, and how the clock has gone since. */
interface Belief {
  readonly date: number;
  /** What it showed when somebody asked last. */
  readonly wall: number;
  readonly mono: number;
  /** By how much it has leapt ahead of what can have passed; what passes makes up for it. */
  readonly ahead: number;
  /** How much has passed since it leapt too far; null: it is believed. */
  readonly doubted: number | null;
}

/**
 * The date by which old things are forgotten. It is the clock's, but for a week after that has leapt ahead by more than two weeks, at once
 * or little by little: then it is the one of before, so that a clock that is set wrong costs nobody a history. Leaps are no part of that week.
 */
export async function trustedDate(kv: Pick<KvStore, "get" | "set">, clock: Clock): Promise<{ readonly date: number; readonly isTrusted: boolean }> {
  const belief = next((await kv.get(OWNER, KEY)) as Belief | undefined, clock.now(), clock.mono());
  await kv.set(OWNER, KEY, { ...belief });
  return { date: belief.date, isTrusted: belief.doubted === null };
}

function next(before: Belief | undefined, wall: number, mono: number): Belief {
  const believed: Belief = { date: wall, wall, mono, ahead: 0, doubted: null };
  if (!before) return believed;
  const gap = wall - before.wall;
  // Where Loom has started since, at least as much has passed as since then.
  const steady = mono < before.mono ? mono : mono - before.mono;
  const passed = Math.max(0, Math.min(gap, steady + UNSEEN_MS));
  const leap = gap - passed;
  if (before.doubted === null) {
    const ahead = Math.max(0, Math.max(0, before.ahead - passed) + leap);
    return ahead + UNSEEN_MS > LEAP_MS ? { ...believed, date: before.date, doubted: 0 } : { ...believed, ahead };
  }
  if (wall - before.date <= LEAP_MS) return { ...believed, ahead: Math.max(0, wall - before.date - UNSEEN_MS) };
  const doubted = before.doubted + (leap + UNSEEN_MS > LEAP_MS ? steady : passed);
  return doubted < DOUBT_MS ? { ...believed, date: before.date, doubted } : believed;
}

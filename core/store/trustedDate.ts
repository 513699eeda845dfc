import type { Clock } from "../clock/clock.ts";
import type { KvStore } from "./contract.ts";

const DAY_MS = 86_400_000;
/** A machine may have been off for so long. */
const LEAP_MS = 14 * DAY_MS;
/** Long enough for somebody to see that every time on the page is wrong. */
const DOUBT_MS = 7 * DAY_MS;

/** Where it is kept. */
const OWNER = "loom";
const KEY = "date";

/** A date that was believed, and when the clock was first seen to have leapt away from it. */
interface Belief {
  readonly date: number;
  readonly leaptAt: number | null;
}

/**
 * The date by which old things are forgotten. It is the clock's, but for a week after that has leapt ahead by more than two weeks since
 * somebody asked: then it is the one of before, so that a clock that is set wrong costs nobody a history.
 */
export async function trustedDate(kv: Pick<KvStore, "get" | "set">, clock: Clock): Promise<{ readonly date: number; readonly isTrusted: boolean }> {
  const belief = next((await kv.get(OWNER, KEY)) as Belief | undefined, clock.now());
  await kv.set(OWNER, KEY, { ...belief });
  return { date: belief.date, isTrusted: belief.leaptAt === null };
}

function next(before: Belief | undefined, now: number): Belief {
  if (!before || now - before.date <= LEAP_MS) return { date: now, leaptAt: null };
  const leaptAt = Math.min(before.leaptAt ?? now, now);
  return now - leaptAt < DOUBT_MS ? { date: before.date, leaptAt } : { date: now, leaptAt: null };
}

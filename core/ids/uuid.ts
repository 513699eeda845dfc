import { v7 } from "uuid";
import type { Clock } from "../clock/clock.ts";

/** A new time-ordered id (UUIDv7, RFC 9562 §5.7). */
export function newId(clock: Clock): string {
  return newIdAt(clock.now());
}

/** A new id that sorts among those of the given time (milliseconds since 1970), for what happened earlier. */
export function newIdAt(ms: number): string {
  return v7({ msecs: Math.max(0, Math.trunc(ms)) });
}

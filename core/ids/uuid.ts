import { v7 } from "uuid";
import type { Clock } from "../clock/clock.ts";

/** A new time-ordered id (UUIDv7, RFC 9562 §5.7). */
export function newId(clock: Clock): string {
  return v7({ msecs: clock.now() });
}

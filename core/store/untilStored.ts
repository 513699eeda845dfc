import type { Clock } from "../clock/clock.ts";
import type { ErrorCode } from "../errors/catalogue.ts";
import { isLoomError } from "../errors/loomError.ts";

const PAUSE_MS = 1_000;
const PASSING: ReadonlySet<string> = new Set<ErrorCode>(["STORE_BUSY", "STORE_UNAVAILABLE"]);

/**
 * Writes again for as long as another program holds the database, or its disk takes nothing: for a change that nobody would
 * ask for a second time.
 * @throws what `write` throws but STORE_BUSY and STORE_UNAVAILABLE; the reason of `stop` when that aborts
 */
export async function untilStored<T>(clock: Clock, stop: AbortSignal, write: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!isLoomError(error) || !PASSING.has(error.code)) throw error;
      await clock.sleep(error.retryAfterMs ?? PAUSE_MS, stop);
    }
  }
}

import type { Clock } from "../clock/clock.ts";
import { isLoomError } from "../errors/loomError.ts";

const PAUSE_MS = 1_000;

/**
 * Writes again for as long as another program holds the database: for a change that nobody would ask for a second time.
 * @throws what `write` throws but STORE_BUSY; the reason of `stop` when that aborts in a pause
 */
export async function untilStored<T>(clock: Clock, stop: AbortSignal, write: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!isLoomError(error) || error.code !== "STORE_BUSY") throw error;
      await clock.sleep(error.retryAfterMs ?? PAUSE_MS, stop);
    }
  }
}

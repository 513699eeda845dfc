import type { Clock } from "../clock/clock.ts";
import { isLoomError } from "../errors/loomError.ts";
import { KeyedQueue } from "../keyedQueue.ts";
import type { Log } from "../log/log.ts";
import type { NewRun } from "../store/contract.ts";
import { untilStored } from "../store/untilStored.ts";

const PAUSE_MS = 1_000;
/** How long is left to what could not be stored, through no fault that passes by itself within moments, before it is told again. */
const REST_MS = 30_000;
/** So much is asked of the store at a time, which refuses everybody's more beyond ten times this: thousands of steps may begin in one moment. */
const AT_A_TIME = 1_000;

/** Writes what has happened until it is stored: nobody would tell it a second time. */
export class Persist {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #giveUp: AbortSignal;
  readonly #line = new KeyedQueue(AT_A_TIME);

  /** @param giveUp when nothing more is worth waiting for */
  constructor(clock: Clock, log: Log, giveUp: AbortSignal) {
    [this.#clock, this.#log, this.#giveUp] = [clock, log, giveUp];
  }

  get hasGivenUp(): boolean {
    return this.#giveUp.aborted;
  }

  /** Waits before something is told again; answers whether that is still worth it. */
  async rest(): Promise<boolean> {
    await this.#clock.sleep(REST_MS, this.#giveUp).catch(() => {});
    return !this.hasGivenUp;
  }

  /** @throws what `write` throws where no wait would mend it, such as a change that the store does not take, or damage; the reason of `giveUp` */
  async write<T>(write: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await untilStored(this.#clock, this.#giveUp, () => this.#line.add("", write));
      } catch (error) {
        if (this.#giveUp.aborted || !isLoomError(error) || error.kind.status !== 503 || error.kind.retry !== "backoff") throw error;
        this.#log.error("a run's change cannot be stored; it is tried again", { error });
        await this.#clock.sleep(error.retryAfterMs ?? PAUSE_MS, this.#giveUp);
      }
    }
  }
}

/** Whether who asked for a run is better told that it is not stored: the sender of a webhook asks again, and must not wait for room on a disk. */
export function isSentAgain({ trigger }: Pick<NewRun, "trigger">): boolean {
  return trigger === "webhook";
}

import type { Clock } from "../clock/clock.ts";
import { isLoomError } from "../errors/loomError.ts";
import type { Log } from "../log/log.ts";

/** Until a part is started again. */
const REST_MS = 30_000;

/** Starts the parts of a gateway. What cannot start keeps nothing else from starting but what builds upon it. */
export class PartStarts {
  readonly #clock: Pick<Clock, "sleep">;
  readonly #log: Log;
  readonly #stop: AbortSignal;
  /** Those to be started again: what kept them passes, such as a database that others hold. */
  readonly #late = new Map<string, () => Promise<void>>();
  #isWhole = true;

  /** @param stop when nothing is started any more */
  constructor(clock: Pick<Clock, "sleep">, log: Log, stop: AbortSignal) {
    [this.#clock, this.#log, this.#stop] = [clock, log, stop];
  }

  /** @param start where it fails it leaves nothing begun, so that it can be called again */
  async begin(part: string, start: () => Promise<void>): Promise<void> {
    try {
      await start();
      if (this.#late.delete(part)) this.#log.info("a part of Loom has started after all", { part });
    } catch (error) {
      if (isPassing(error)) this.#late.set(part, start);
      else {
        this.#late.delete(part);
        this.#isWhole = false;
      }
      this.#log.error("a part of Loom could not start, the others do", { part, error });
    }
  }

  /** Starts again what was kept by what passes, until nothing is. Resolves with whether all have started. */
  async all(): Promise<boolean> {
    while (this.#late.size > 0) {
      await this.#clock.sleep(REST_MS, this.#stop).catch(() => {});
      if (this.#stop.aborted) return false;
      for (const [part, start] of [...this.#late]) await this.begin(part, start);
    }
    return this.#isWhole;
  }
}

function isPassing(error: unknown): boolean {
  return isLoomError(error) && error.kind.status === 503 && error.kind.retry === "backoff";
}

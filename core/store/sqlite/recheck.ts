import type { Clock } from "../../clock/clock.ts";
import { lookThrough } from "./check.ts";
import type { Health } from "./health.ts";

/** How long after damage was told the file is looked through, and at most from one time to the next. */
const FIRST_MS = 10_000;
const LONGEST_MS = 3_600_000;

export interface RecheckOptions {
  readonly file: string;
  readonly busyTimeoutMs: number;
  readonly clock: Clock;
  readonly health: Health;
}

/**
 * Looks through a database of which damage was told until it is found whole: SQLite calls a page damaged also where the disk did
 * not give it, and that passes. In a process of its own, as `LateCheck`.
 */
export class Recheck implements AsyncDisposable {
  readonly #options: RecheckOptions;
  readonly #stop = new AbortController();
  readonly #told: Disposable;
  #looking: Promise<void> | null = null;

  constructor(options: RecheckOptions) {
    this.#options = options;
    this.#told = options.health.on((trouble) => {
      if (trouble?.code === "STORE_CORRUPT") this.#looking ??= this.#look().catch(() => {}).finally(() => (this.#looking = null));
    });
  }

  /** Ends it wherever it is. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#told[Symbol.dispose]();
    this.#stop.abort();
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { clock, health, ...database } = this.#options;
    for (let ms = FIRST_MS; health.trouble?.code === "STORE_CORRUPT"; ms = Math.min(2 * ms, LONGEST_MS)) {
      await clock.sleep(ms, this.#stop.signal);
      const began = clock.mono();
      if ((await lookThrough(database, this.#stop.signal)) === "") health.whole(began);
    }
  }
}

import type { Clock } from "../clock/clock.ts";

/** Strands that are judged at the same time: their writes share commits. */
const AT_ONCE = 32;
/** Whoever judges for longer than this without a pause rests as long: thousands of strands that fire every second would keep a core for themselves. */
const LONGEST_WORK_MS = 1_000;
const LONGEST_REST_MS = 30_000;

/** What happened to a strand since it was last judged. */
export interface News {
  /** The start of the earliest run that was told of. */
  readonly runsFrom: number | null;
  /** Its source has been looked at for its sake. */
  readonly looked: boolean;
}

export interface NewsLineOptions {
  readonly clock: Clock;
  readonly stop: AbortSignal;
  /** Judges a strand; never throws. */
  take(id: string, news: News): Promise<void>;
  /** None waits any more, or it was stopped: nothing may be added from now on. */
  over(): void;
}

/** Strands of one source that wait to be judged: what came first first, and each once for all that happened to it meanwhile. */
export class NewsLine {
  readonly done: Promise<void>;
  readonly #options: NewsLineOptions;
  readonly #news = new Map<string, News>();

  constructor(options: NewsLineOptions) {
    this.#options = options;
    this.done = this.#work();
  }

  add(id: string, { runsFrom, looked }: News): void {
    const known = this.#news.get(id);
    this.#news.set(id, { runsFrom: least(known?.runsFrom ?? null, runsFrom), looked: looked || (known?.looked ?? false) });
  }

  async #work(): Promise<void> {
    const { clock, stop, take, over } = this.#options;
    // What comes in one commit is judged together.
    await Promise.resolve();
    let since = clock.mono();
    while (this.#news.size > 0 && !stop.aborted) {
      await Promise.all(this.#next().map(([id, news]) => take(id, news)));
      const worked = clock.mono() - since;
      if (worked < LONGEST_WORK_MS) continue;
      // A stop ends it.
      await clock.sleep(Math.min(worked, LONGEST_REST_MS), stop).catch(() => {});
      since = clock.mono();
    }
    over();
  }

  #next(): [id: string, news: News][] {
    const batch: [string, News][] = [];
    for (const entry of this.#news) {
      batch.push(entry);
      this.#news.delete(entry[0]);
      if (batch.length === AT_ONCE) break;
    }
    return batch;
  }
}

function least(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.min(a, b);
}

import type { Clock, Timer } from "../../../clock/clock.ts";
import type { IsolateLimits } from "../contract.ts";
import type { HostThread } from "./hostThread.ts";

const LOOK_MS = 50;
/** Threads that do not answer within this time are in native code, such as that which fills a Buffer. */
const ASK_MS = 300;
const MB = 1_048_576;
/** A thread below this share of the limit is not what fills the process. */
const INNOCENT_SHARE = 0.25;
/** Above so many times the limit there is no time left to end a thread. */
const TOO_LATE = 2.5;

export interface WatchOptions {
  readonly clock: Clock;
  readonly limits: IsolateLimits;
  threads(): readonly HostThread[];
  /** All memory of this process, in bytes. */
  rss(): number;
  /** The process has grown, and no thread is to blame. */
  worn(): void;
  /** There is no time left for this thread to end. */
  stuck(thread: HostThread): void;
}

/** Ends threads that keep their event loop from turning, or take more memory than the process may have. */
export class Watch {
  readonly #options: WatchOptions;
  #timer: Timer | null = null;
  #judging = false;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  turn(on: boolean): void {
    this.#timer?.cancel();
    this.#timer = on ? this.#options.clock.interval(LOOK_MS, () => this.#look()) : null;
  }

  #look(): void {
    const { limits, threads, rss } = this.#options;
    // Looks are counted and not milliseconds: while this process is held up or halted, so are its threads.
    for (const thread of threads()) {
      if (thread.unanswered() * LOOK_MS > limits.blockedMs) thread.end("blocked", `It kept its thread busy for ${limits.blockedMs} ms without a pause.`);
    }
    if (rss() > limits.memoryMb * MB) void this.#judge();
  }

  async #judge(): Promise<void> {
    const { limits, threads, rss, worn, stuck } = this.#options;
    // One that is ending gives its memory back with its end.
    const ending = threads().find((thread) => thread.ending !== null);
    if (ending && rss() > TOO_LATE * limits.memoryMb * MB) return stuck(ending);
    if (this.#judging || ending) return;
    this.#judging = true;
    try {
      const asked = await Promise.all(threads().map(async (thread) => ({ thread, bytes: (await thread.memory(ASK_MS)) ?? Infinity })));
      const largest = asked.toSorted((a, b) => b.bytes - a.bytes)[0];
      if (largest && largest.bytes > INNOCENT_SHARE * limits.memoryMb * MB) {
        largest.thread.end("memory", `Its process came to ${Math.round(rss() / MB)} MB; the most is ${limits.memoryMb}.`);
      } else worn();
    } finally {
      this.#judging = false;
    }
  }
}

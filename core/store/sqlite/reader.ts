import { AsyncLocalStorage } from "node:async_hooks";
import type { Clock, Timer } from "../../clock/clock.ts";
import { ownFile } from "../../ownFiles.ts";
import { Thread } from "../../threads/thread.ts";
import { Channel, type ArgsOf, type ValueOf } from "./channel.ts";
import type { ReaderData } from "./readerThread.ts";
import type { Reads } from "./reads.ts";

/** So long a read waits for its answer in the writer's thread before it is asked in a thread for reads as well. */
export const LATE_MS = 100;
/** So often a thread for reads is asked whether it is still needed. */
export const IDLE_MS = 10_000;
/** The module that reads, in whichever thread. */
export const READER = "core/store/sqlite/readerThread.ts";

export interface ReaderOptions {
  /** The writer's thread. */
  readonly thread: Thread;
  readonly data: ReaderData;
  readonly maxWaiting: number;
  readonly clock: Clock;
  /** Hears of damage that a read has come upon. */
  readonly onDamage?: (message: string) => void;
}

/**
 * Asks reads in the writer's thread, as long as they are answered there at once. The first that is late, behind a lock
 * or a slow disk or many writes, starts a thread for reads alone. It ends when nobody has asked it for a while, or when
 * the writer's thread answers in time again: whoever asks now and then must not keep its 9 MB for ever.
 */
export class Reader {
  readonly #options: ReaderOptions;
  readonly #beside: Channel<Reads>;
  /** A thread that a plugin's call made us start is not the plugin's. */
  readonly #outside = AsyncLocalStorage.snapshot();
  #alone: ReadingThread | null = null;
  #ending: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#beside = this.#channel(options.thread);
  }

  /** Settles when reads are answered at once. */
  ready(): Promise<unknown> {
    return this.#beside.ready();
  }

  call<Name extends keyof Reads>(name: Name, ...args: ArgsOf<Reads[Name]>): Promise<ValueOf<Reads[Name]>> {
    if (this.#alone) return this.#askAlone(name, args);
    const { promise, resolve, reject } = Promise.withResolvers<ValueOf<Reads[Name]>>();
    const { clock } = this.#options;
    // A read changes nothing, so it may be carried out twice.
    const askAgain = (): void => void (this.#closed || this.#askAlone(name, args).then(resolve, reject));
    // Two timers: when the event loop itself stood still, the answer may have come meanwhile.
    let late = clock.timer(LATE_MS, () => (late = clock.timer(0, askAgain)));
    void this.#beside.call(name, ...args).then(resolve, reject).finally(() => late.cancel());
    return promise;
  }

  /** Refuses further calls and lets those under way finish. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#endThread();
    await Promise.all([this.#beside.close(), this.#ending]);
  }

  #askAlone<Name extends keyof Reads>(name: Name, args: ArgsOf<Reads[Name]>): Promise<ValueOf<Reads[Name]>> {
    this.#alone ??= this.#outside(() => this.#startThread());
    this.#alone.asked = true;
    return this.#alone.channel.call(name, ...args);
  }

  #startThread(): ReadingThread {
    const thread = new Thread("loom-reader");
    const idling = this.#options.clock.interval(IDLE_MS, () => {
      if (!alone.asked && alone.channel.idle) this.#endThread();
      else void this.#isPromptBeside().then((isPrompt) => isPrompt && this.#alone === alone && this.#endThread());
      alone.asked = false;
    });
    const alone: ReadingThread = { thread, channel: this.#channel(thread), idling, asked: true };
    return alone;
  }

  /** Whether the writer's thread answers a small read in time. */
  async #isPromptBeside(): Promise<boolean> {
    // It still owes an answer that was late.
    if (!this.#beside.idle) return false;
    const begun = this.#options.clock.mono();
    const isAnswered = await this.#beside.call("events.last").then(() => true, () => false);
    return isAnswered && this.#options.clock.mono() - begun < LATE_MS;
  }

  #endThread(): void {
    if (!this.#alone) return;
    const { thread, channel, idling } = this.#alone;
    this.#alone = null;
    idling.cancel();
    this.#ending = Promise.all([this.#ending, channel.close().then(() => thread.end())]);
  }

  #channel(thread: Thread): Channel<Reads> {
    const { data, maxWaiting, clock, onDamage } = this.#options;
    return new Channel({
      thread,
      module: ownFile(READER),
      data,
      clock,
      maxWaiting,
      onAnswers: ({ faults }) => faults.forEach(({ code, message }) => code === "STORE_CORRUPT" && onDamage?.(message)),
    });
  }
}

interface ReadingThread {
  readonly thread: Thread;
  readonly channel: Channel<Reads>;
  readonly idling: Timer;
  /** Since its timer looked last. */
  asked: boolean;
}

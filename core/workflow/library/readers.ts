import type { Timer } from "../../clock/clock.ts";
import { Reader, type ReaderOptions } from "../reader.ts";
import type { Reading } from "../reading.ts";
import type { SourceFile } from "../sources.ts";

/** A file that takes longer is read on apart, so that it holds up no other … */
const QUICK_MS = 1_000;
/** … or, where that is longer, so many times as long as its process took to start: on a busy machine more of them make all slower … */
const QUICK_STARTS = 3;
const LONGEST_QUICK_MS = 5_000;
/** … as long as there are not too many of them. */
const MOST_APART = 3;
/** A process takes memory: without work it is ended. */
const IDLE_MS = 30_000;

/** What came of a file or, of a slow one, what will come of it. */
export type Read = { readonly reading: Reading } | { readonly later: Promise<Reading>; readonly abandon: () => void };

/** Reads files one after the other, in a process that is kept for the next one as long as there is something to do. */
export class Readers implements AsyncDisposable {
  readonly #options: ReaderOptions;
  #reader: Reader;
  readonly #apart = new Set<Reader>();
  #isReading = false;
  #idle: Timer | null = null;

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#reader = new Reader(options);
  }

  /** Brings up the process that the next file needs. */
  warm(): void {
    void this.#reader.warm();
    this.#restSoon();
  }

  /** Loads one file, the one before having been answered. Never throws. */
  async read(file: SourceFile): Promise<Read> {
    this.#isReading = true;
    const reader = this.#reader;
    await reader.warm();
    const reading = reader.read(file);
    const isQuick = this.#apart.size >= MOST_APART || (await this.#isQuick(reading, reader.startedInMs));
    const read = isQuick ? { reading: await reading } : this.#readApart(reader, reading);
    this.#isReading = false;
    this.#restSoon();
    return read;
  }

  /** Ends the process that is kept, as after a long time without work. */
  rest(): void {
    this.#idle?.cancel();
    if (!this.#isReading) void this.#reader[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#idle?.cancel();
    await Promise.all([this.#reader, ...this.#apart].map((reader) => reader[Symbol.asyncDispose]()));
  }

  #restSoon(): void {
    this.#idle?.cancel();
    this.#idle = this.#options.clock.timer(IDLE_MS, () => this.rest());
  }

  async #isQuick(reading: Promise<Reading>, startMs: number): Promise<boolean> {
    const late = Promise.withResolvers<boolean>();
    using _timer = this.#options.clock.timer(Math.min(Math.max(QUICK_MS, QUICK_STARTS * startMs), LONGEST_QUICK_MS), () => late.resolve(false));
    return await Promise.race([reading.then(() => true), late.promise]);
  }

  #readApart(reader: Reader, reading: Promise<Reading>): Read {
    this.#reader = new Reader(this.#options);
    this.#apart.add(reader);
    const end = async (): Promise<void> => {
      await reader[Symbol.asyncDispose]();
      this.#apart.delete(reader);
    };
    return { later: reading.finally(end), abandon: () => void end() };
  }
}

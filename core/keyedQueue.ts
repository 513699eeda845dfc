interface Line {
  underWay: number;
  /** Lets the next one begin; who came first is the first. */
  readonly waiting: (() => void)[];
  /** So many of them have begun: to take the first out of a hundred thousand moves all others. */
  begun: number;
}

/** Work in the order in which it came, by key: of what has the same key so many are under way at a time, other keys beside it. */
export class KeyedQueue {
  readonly #atATime: number;
  readonly #lines = new Map<string, Line>();
  readonly #work = new Set<Promise<void>>();

  /** @param atATime how many of one key: one after the other where nothing is said */
  constructor(atATime = 1) {
    this.#atATime = atATime;
  }

  /**
   * Does `act` once there is room for it under its key, after what was added there before.
   * @returns what `act` comes to; a failure is the caller's to handle, and holds up nothing
   */
  add<T>(key: string, act: () => Promise<T>): Promise<T> {
    const done = this.#inTurn(key).then(act).finally(() => this.#leave(key));
    const over: Promise<void> = done.then(() => {}, () => {}).finally(() => this.#work.delete(over));
    this.#work.add(over);
    return done;
  }

  /** Whether what is added now under a key has to wait. */
  isFull(key: string): boolean {
    return (this.#lines.get(key)?.underWay ?? 0) >= this.#atATime;
  }

  /** Resolves when nothing is left to do, with what was added meanwhile. */
  async settled(): Promise<void> {
    while (this.#work.size > 0) await Promise.all(this.#work);
  }

  async #inTurn(key: string): Promise<void> {
    let line = this.#lines.get(key);
    if (!line) this.#lines.set(key, (line = { underWay: 0, waiting: [], begun: 0 }));
    const { waiting } = line;
    if (line.underWay < this.#atATime) line.underWay += 1;
    else await new Promise<void>((begin) => waiting.push(begin));
  }

  /** Its place is taken by the next one, if there is any. */
  #leave(key: string): void {
    const line = this.#lines.get(key)!;
    const next = line.waiting[line.begun];
    if (!next) {
      if ((line.underWay -= 1) === 0) this.#lines.delete(key);
      return;
    }
    line.begun++;
    if (2 * line.begun >= line.waiting.length) {
      line.waiting.splice(0, line.begun);
      line.begun = 0;
    }
    next();
  }
}

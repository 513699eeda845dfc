/** Work in the order in which it came, by key: what has the same key is done one after the other, other keys beside it. */
export class KeyedQueue {
  /** Ends with the last piece of work that was added under its key. */
  readonly #last = new Map<string, Promise<void>>();

  /**
   * Does `act` once everything that was added under this key before it is over, however it ended.
   * @returns what `act` comes to; a failure is the caller's to handle, and holds up nothing
   */
  add<T>(key: string, act: () => Promise<T>): Promise<T> {
    const done = (this.#last.get(key) ?? Promise.resolve()).then(act);
    const over: Promise<void> = done
      .then(() => {}, () => {})
      .finally(() => {
        if (this.#last.get(key) === over) this.#last.delete(key);
      });
    this.#last.set(key, over);
    return done;
  }

  /** Resolves when nothing is left to do, with what was added meanwhile. */
  async settled(): Promise<void> {
    while (this.#last.size > 0) await Promise.all(this.#last.values());
  }
}

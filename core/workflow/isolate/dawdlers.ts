/** So many versions are remembered, the latest. */
const MOST = 10_000;

/** Versions whose short work was none the last time: they are not to hold all threads that are there for it. */
export class Dawdlers {
  readonly #versions = new Set<string>();
  readonly #longestMs: number;

  /** @param longestMs short work is over by then */
  constructor(longestMs: number) {
    this.#longestMs = longestMs;
  }

  /** How long short work of this version has taken. */
  took(hash: string, ms: number): void {
    this.#versions.delete(hash);
    if (ms <= this.#longestMs) return;
    this.#versions.add(hash);
    if (this.#versions.size > MOST) this.#versions.delete(this.#versions.values().next().value!);
  }

  /**
   * Whether short work of a version may have one of so many threads now: all that dawdle together leave one to the others.
   * @param atWork the versions of those threads that are at work
   */
  mayHave(hash: string, threads: number, atWork: readonly (string | null)[]): boolean {
    if (!this.#versions.has(hash)) return true;
    const others = atWork.filter((other) => other !== null && other !== hash && this.#versions.has(other));
    return others.length < Math.max(1, threads - 1);
  }
}

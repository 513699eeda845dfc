/** Of JSON; what waits to be stored is copied on the way. */
const MOST_LENGTH = 8 * 1_048_576;

/** How much of results waits to be stored, of all runs: steps can make them faster than a disk takes them. */
export class ResultRoom {
  #taken = 0;
  #held: (() => void)[] = [];

  /**
   * One has come.
   * @param length characters of JSON
   * @returns a promise where there is no room for more, which settles once there is
   */
  enter(length: number): void | Promise<void> {
    this.#taken += length;
    if (this.#taken > MOST_LENGTH) return new Promise((resolve) => this.#held.push(resolve));
  }

  /** It is stored, or nobody's any more. */
  leave(length: number): void {
    this.#taken -= length;
    if (this.#taken <= MOST_LENGTH) for (const goOn of this.#held.splice(0)) goOn();
  }
}

/** Work goes on for so long before others have their turn, in milliseconds. */
const TURN_MS = 10;

/** For long work on the event loop: what else waits goes on in between. */
export class Turns {
  readonly #mono: () => number;
  #began: number;

  /** @param mono milliseconds that only grow */
  constructor(mono: () => number) {
    this.#mono = mono;
    this.#began = mono();
  }

  /** To be awaited after each piece of the work: resolves at once, or where ten milliseconds have passed after others had their turn. */
  async pass(): Promise<void> {
    if (this.#mono() - this.#began < TURN_MS) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.#began = this.#mono();
  }
}

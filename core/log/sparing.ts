/** Says which of many alike are told: so many in so long, since who causes them may cause them without end. */
export class Sparing {
  readonly #mono: () => number;
  readonly #most: number;
  readonly #everyMs: number;
  #since = -Infinity;
  #count = 0;

  /** @param mono milliseconds that only grow */
  constructor(mono: () => number, { most = 20, everyMs = 600_000 }: { readonly most?: number; readonly everyMs?: number } = {}) {
    [this.#mono, this.#most, this.#everyMs] = [mono, most, everyMs];
  }

  /** Of the next one: whether it is told, and whether it is the last for a while. */
  next(): "told" | "last" | "left out" {
    const now = this.#mono();
    if (now - this.#since >= this.#everyMs) [this.#since, this.#count] = [now, 0];
    this.#count++;
    if (this.#count > this.#most) return "left out";
    return this.#count === this.#most ? "last" : "told";
  }
}

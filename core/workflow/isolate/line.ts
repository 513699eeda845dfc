import type { StepOutcome } from "./contract.ts";
import type { KeptSeat } from "./seat.ts";

/** What is to be called, as far as its place depends on it. */
export interface Wish {
  readonly hash: string;
  readonly key: string;
  /** Work that is over soon: what a start asks a workflow, and what a step is asked before it begins. */
  readonly short: "admit" | "evaluate" | null;
}

/** One who waits for a place. */
export interface Waiting extends Wish {
  /** Counts those who come. */
  readonly order: number;
  /** Leaves the line, with its place or without. */
  leave(answer: KeptSeat | NotPlaced): void;
}

/** Why a call gets no place. */
export type NotPlaced = Exclude<StepOutcome, { is: "completed" }>;

/** Those who wait, of all versions, in the order in which they came. Thousands may be of one version, or each of its own. */
export class Line {
  readonly #all = new Set<Waiting>();
  readonly #byHash = new Map<string, Set<Waiting>>();
  /** By their order. */
  readonly #firsts: Waiting[] = [];

  /** One who has come after all who are there. */
  add(one: Waiting): void {
    this.#all.add(one);
    const same = this.#byHash.get(one.hash);
    if (same) same.add(one);
    else {
      this.#byHash.set(one.hash, new Set([one]));
      this.#firsts.push(one);
    }
  }

  remove(one: Waiting): void {
    if (!this.#all.delete(one)) return;
    const same = this.#byHash.get(one.hash)!;
    same.delete(one);
    const [next] = same;
    if (!next) this.#byHash.delete(one.hash);
    const at = this.#placeOf(one.order);
    if (this.#firsts[at] !== one) return;
    this.#firsts.splice(at, 1);
    if (next) this.#firsts.splice(this.#placeOf(next.order), 0, next);
  }

  /** The first of each version. */
  get firsts(): readonly Waiting[] {
    return this.#firsts;
  }

  get isEmpty(): boolean {
    return this.#all.size === 0;
  }

  has(one: Waiting): boolean {
    return this.#all.has(one);
  }

  [Symbol.iterator](): SetIterator<Waiting> {
    return this.#all.values();
  }

  /** Those of one version. */
  of(hash: string): Iterable<Waiting> {
    return this.#byHash.get(hash) ?? [];
  }

  /** Where the first of them is that came no earlier. */
  #placeOf(order: number): number {
    let [from, to] = [0, this.#firsts.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.#firsts[middle]!.order < order) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

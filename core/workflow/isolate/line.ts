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

/** Those who wait, of all versions, in the order in which they came. */
export class Line {
  readonly #all = new Set<Waiting>();
  readonly #byHash = new Map<string, Set<Waiting>>();

  add(one: Waiting): void {
    this.#all.add(one);
    this.#byHash.set(one.hash, (this.#byHash.get(one.hash) ?? new Set()).add(one));
  }

  remove(one: Waiting): void {
    const same = this.#byHash.get(one.hash);
    same?.delete(one);
    if (same?.size === 0) this.#byHash.delete(one.hash);
    this.#all.delete(one);
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
}

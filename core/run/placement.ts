import type { StepFacts, WorkflowFacts } from "../workflow/facts.ts";
import type { ProcessIdentity } from "../workflow/isolate/contract.ts";
import type { Isolates } from "../workflow/isolate/isolates.ts";
import type { Placement } from "./machine/decision.ts";

/** This node, as far as steps ask for it. */
export interface Place {
  readonly id: string;
  readonly name: string;
  /** What it has, as steps name it in `requires`. */
  readonly tags: readonly string[];
}

/** A run that may have to wait for room. */
export interface Waiter {
  /** There may be room now. */
  look(): void;
}

/** Says whether a step can be done here now, and wakes those that waited for room. */
export class Places {
  readonly #node: Place;
  readonly #isolates: Pick<Isolates, "full" | "likely" | "onRoom">;
  /** Steps that are about to be called, by the hash of their code. */
  readonly #coming = new Map<string, number>();
  readonly #waiting = new Map<string, Set<Waiter>>();
  #isLooking = false;
  #isClosed = false;

  constructor(node: Place, isolates: Pick<Isolates, "full" | "likely" | "onRoom">) {
    this.#node = node;
    this.#isolates = isolates;
    isolates.onRoom(() => this.#madeRoom());
  }

  get nodeId(): string {
    return this.#node.id;
  }

  /**
   * Where a step can be done. `here` keeps a place free for it, until it is `taken`.
   * @param hash of its code; null: it runs no code in an isolate
   */
  find(workflow: WorkflowFacts, step: StepFacts, hash: string | null, run: Waiter): Placement {
    if (this.#isClosed) return { is: "full", reason: "Loom is stopping." };
    const unfit = this.#unfit(workflow, step);
    if (unfit !== null) return { is: "nowhere", reason: unfit };
    const full = hash === null ? null : this.#full(hash);
    if (hash === null || full === null) {
      if (hash !== null) this.#coming.set(hash, (this.#coming.get(hash) ?? 0) + 1);
      return { is: "here", nodeId: this.#node.id };
    }
    this.#waiting.set(hash, (this.#waiting.get(hash) ?? new Set()).add(run));
    return { is: "full", reason: full };
  }

  /** A place that `find` kept free is taken by a call now, or is not needed. */
  taken(hash: string): void {
    const left = (this.#coming.get(hash) ?? 0) - 1;
    if (left > 0) this.#coming.set(hash, left);
    else this.#coming.delete(hash);
    this.#madeRoom();
  }

  /** Where a call would be, if it were made now; null: nobody knows yet. */
  likely(hash: string): ProcessIdentity | null {
    return this.#isolates.likely(hash);
  }

  #madeRoom(): void {
    if (this.#isLooking || this.#waiting.size === 0) return;
    this.#isLooking = true;
    // Not within what the isolates are at.
    queueMicrotask(() => {
      this.#isLooking = false;
      this.#wake();
    });
  }

  /** Those that waited look again, as many as there is room for. */
  #wake(): void {
    for (const [hash, runs] of this.#waiting) {
      for (const run of runs) {
        if (this.#full(hash) !== null) break;
        runs.delete(run);
        run.look();
      }
      if (runs.size === 0 && this.#waiting.get(hash) === runs) this.#waiting.delete(hash);
    }
  }

  /** It has ended. */
  forget(run: Waiter): void {
    for (const runs of this.#waiting.values()) runs.delete(run);
  }

  /** From now on nothing begins. */
  close(): void {
    this.#isClosed = true;
  }

  #full(hash: string): string | null {
    return this.#isolates.full(hash, this.#coming.get(hash) ?? 0);
  }

  #unfit(workflow: WorkflowFacts, step: StepFacts): string | null {
    const { name, tags } = this.#node;
    const host = step.hostHint ?? workflow.defaultHost;
    if (host !== null && host !== name) return `It is to run on the node ${host}; this one is ${name}.`;
    const missing = [...new Set([...workflow.requires, ...step.requires])].filter((tag) => !tags.includes(tag));
    if (missing.length === 0) return null;
    return `No node has ${missing.join(", ")}: this one has ${tags.length > 0 ? tags.join(", ") : "no tags"}.`;
  }
}

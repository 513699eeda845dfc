import type { StepFacts, WorkflowFacts } from "../workflow/facts.ts";
import type { Placement } from "./machine/decision.ts";

/** This node, as far as steps ask for it. */
export interface Place {
  readonly id: string;
  readonly name: string;
  /** What it has, as steps name it in `requires`. */
  readonly tags: readonly string[];
}

/** Says whether a step can be done here. Whether it begins at once is up to its executor. */
export class Places {
  readonly #node: Place;
  #isClosed = false;

  constructor(node: Place) {
    this.#node = node;
  }

  find(workflow: WorkflowFacts, step: StepFacts): Placement {
    if (this.#isClosed) return { is: "full", reason: "Loom is stopping." };
    const unfit = this.#unfit(workflow, step);
    return unfit === null ? { is: "here", nodeId: this.#node.id } : { is: "nowhere", reason: unfit };
  }

  /** From now on nothing begins. */
  close(): void {
    this.#isClosed = true;
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

import type { Registry } from "../../registry/registry.ts";
import type { RunBundles } from "../../store/contract.ts";
import type { StepFacts } from "../../workflow/facts.ts";
import type { Isolates } from "../../workflow/isolate/isolates.ts";
import type { Perform } from "../attempt.ts";
import type { Recovery } from "../machine/plan.ts";
import { byChild, type Children } from "./child.ts";
import { byExecutor, byOperation } from "./inProcess.ts";
import type { Given } from "./given.ts";
import { isolated } from "./isolated.ts";

/** Who performs a step. */
export interface Performer {
  readonly perform: Perform;
  /**
   * Where the work is done. An `isolate` counts its time from the first line of its code, and ends it by itself. What is `here`, in
   * the gateway's own process, nothing can end, and it may never answer. Another `run` goes on without this gateway.
   */
  readonly where: "isolate" | "here" | "run";
}

export interface PerformersOptions {
  readonly isolates: Pick<Isolates, "place" | "run">;
  readonly registry: Pick<Registry, "executors" | "operations">;
  /** Ids of the operations that files have. */
  readonly operations: () => readonly string[];
  readonly children: Children;
  readonly given: Given;
}

/** The hash of the code that a step is; null: it has none that runs in an isolate. */
export function hashOf({ does }: StepFacts, bundles: RunBundles): string | null {
  if (does.kind === "run") return bundles.workflow;
  return does.kind === "operation" ? (bundles.operations[does.operationId] ?? null) : null;
}

/** Finds who performs a step. An operation of a file goes before one of a plugin. */
export class Performers {
  readonly #options: PerformersOptions;

  constructor(options: PerformersOptions) {
    this.#options = options;
  }

  of(step: StepFacts, recovers: Recovery, bundles: RunBundles): Performer {
    const { isolates, registry, operations, children, given } = this.#options;
    const hash = hashOf(step, bundles);
    if (hash !== null) return { perform: isolated(isolates, given, hash, recovers), where: "isolate" };
    const { does } = step;
    const inputOf = given.inputOf.bind(given);
    if (does.kind === "workflow") return { perform: byChild(children, does.workflow, inputOf), where: "run" };
    if (does.kind === "executor") return { perform: byExecutor(() => ({ item: registry.executors.get(does.executor)?.item, names: namesIn(registry.executors) }), inputOf), where: "here" };
    const id = does.kind === "operation" ? does.operationId : "";
    return { perform: byOperation(() => ({ item: registry.operations.get(id)?.item, names: [...operations(), ...namesIn(registry.operations)] }), inputOf), where: "here" };
  }
}

function namesIn(collection: { list(): readonly { readonly key: string }[] }): string[] {
  return collection.list().map(({ key }) => key);
}

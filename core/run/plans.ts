import type { Registry } from "../registry/registry.ts";
import type { WorkflowFacts, StepFacts } from "../workflow/facts.ts";
import type { Library } from "../workflow/libraryContract.ts";
import { planOf, type Plan, type Recovery } from "./machine/plan.ts";

/** Who knows how steps recover that are not the workflow's own code. */
export interface Performers {
  readonly library: Pick<Library, "operation">;
  readonly registry: Pick<Registry, "executors" | "operations">;
}

/** The plan of a version of a workflow, as the machine needs it. */
export function planOfFacts({ steps }: WorkflowFacts, performers: Performers): Plan {
  return planOf(steps.map(({ label: _label, does: _does, requires: _requires, hostHint: _hint, ...step }, index) => ({
    ...step,
    asks: false,
    recovers: recoveryOf(steps[index]!, performers),
  })));
}

function recoveryOf({ does }: StepFacts, { library, registry }: Performers): Recovery {
  switch (does.kind) {
    case "run":
      return does.afterCrash === "fail" ? "crash" : "retry";
    case "operation":
      return library.operation(does.operationId)?.facts.afterCrash === "fail" ? "crash" : "retry";
    case "executor":
      // Of one that is not there nobody knows whether it may be done twice.
      return registry.executors.get(does.executor)?.item.recovery ?? "crash";
    case "workflow":
      return "reattach";
  }
}

import type { Given } from "./decision.ts";
import type { Draft } from "./draft.ts";
import { driveRow } from "./driveRow.ts";
import { driveItems, spread } from "./fanOut.ts";
import { isStepOver } from "./states.ts";
import type { PlannedStep } from "./plan.ts";
import type { StepState } from "./state.ts";

/** Takes one step of a run as far as it can go now. The steps it depends on have been driven before. */
export function driveStep(draft: Draft, step: PlannedStep, given: Given): void {
  const row = draft.step(step.id);
  if (row.status === "pending") return drivePending(draft, step, row, given);
  if (isStepOver(row.status)) return;
  if (step.each) return driveItems(draft, step, row, given);
  driveRow(draft, step, row, given);
}

function drivePending(draft: Draft, step: PlannedStep, row: StepState, given: Given): void {
  if (draft.run.status === "cancelling") return draft.moveStep(row.id, "skipped", { reason: "cancelled", hold: null });
  const before = step.dependsOn.map((id) => draft.step(id));
  if (before.some((needed) => isStepOver(needed.status) && !isSettled(needed))) return draft.moveStep(row.id, "skipped", { reason: "dependency" });
  if (!before.every(isSettled)) return;
  if (step.evaluates && row.answer === null) return draft.task({ do: "evaluate", step: row.id });
  if (step.asks && !row.answered) return draft.task({ do: "ask", step: row.id });
  if (step.each) {
    spread(draft, step, row, given);
    return driveStep(draft, step, given);
  }
  driveRow(draft, step, row, given);
}

/** Whether what depends on it may go on: a step that its own `when` skipped has nothing to give, and is no failure. */
function isSettled({ status, reason }: StepState): boolean {
  return status === "completed" || (status === "skipped" && reason === "when");
}

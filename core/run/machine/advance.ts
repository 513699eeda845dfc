import type { Decision, Given } from "./decision.ts";
import { Draft } from "./draft.ts";
import { driveStep } from "./driveStep.ts";
import { isRunOver, isStepOver, isUnderWay } from "./states.ts";
import { workedOn, type Plan } from "./plan.ts";
import type { RunState, StepState } from "./state.ts";

/**
 * Looks at a run and says what is to be done now: which steps begin, which are skipped, which attempts took too long,
 * whether the run has ended. The same look again, once its moves are stored, moves nothing.
 */
export function advance(plan: Plan, run: RunState, given: Given): Decision {
  const draft = new Draft(run);
  drive(plan, draft, given);
  return draft.decision();
}

/** The same, on top of what was decided before. */
export function drive(plan: Plan, draft: Draft, given: Given): void {
  draft.anew();
  if (draft.run.status === "queued" || isRunOver(draft.run.status)) return;
  for (const step of plan.steps) driveStep(draft, step, given);
  const rows = plan.steps.map(({ id }) => draft.step(id));
  if (rows.every(({ status }) => isStepOver(status))) return endRun(draft, rows);
  if (draft.run.status === "cancelling") return;
  const now = isMoving(plan, draft) ? "running" : "waiting";
  if (draft.run.status !== now) draft.moveRun(now);
}

function endRun(draft: Draft, rows: readonly StepState[]): void {
  if (draft.run.status === "cancelling") return draft.moveRun("cancelled", { code: "cancelled" });
  // In the order of the plan, so that it does not matter which result came first.
  const failed = rows.find(({ status }) => status === "failed" || status === "failed_crash");
  draft.moveRun(failed ? "failed" : "succeeded", { code: failed?.code ?? null });
}

/** Whether something is done now, or will be without anybody's help; otherwise the run waits for a person or a node. */
function isMoving(plan: Plan, draft: Draft): boolean {
  if (draft.tasks.some((task) => task.do === "evaluate")) return true;
  for (const { id, status, hold } of draft.steps.values()) {
    const isActive = isUnderWay(status) || (hold === null ? status === "retrying" : hold.until === null);
    if (isActive && workedOn(plan, id)) return true;
  }
  return false;
}

import type { Decision } from "./decision.ts";
import { Draft } from "./draft.ts";
import { isRunOver, isStepOver } from "./states.ts";
import type { RunState } from "./state.ts";

/**
 * Ends a run that nobody can drive on, since how it is to go on cannot be read any more: what was not done fails by `code`. One that
 * was being cancelled is cancelled.
 */
export function abandon(run: RunState, code: string): Decision {
  const draft = new Draft(run);
  if (!isRunOver(run.status)) giveUp(draft, code);
  return draft.decision();
}

/** The same, of one that is not over, on top of what was decided before. */
export function giveUp(draft: Draft, code: string): void {
  const isCancelling = draft.run.status === "cancelling";
  for (const { id, status } of draft.steps.values()) {
    if (!isStepOver(status)) draft.moveStep(id, "failed", { code: isCancelling ? "cancelled" : code, hold: null, retryAt: null, deadlineAt: null });
  }
  if (draft.run.status === "queued") draft.moveRun("running");
  draft.moveRun(isCancelling ? "cancelled" : "failed", { code: isCancelling ? "cancelled" : code });
}

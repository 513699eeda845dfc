import { drive } from "./advance.ts";
import { endAttempt } from "./attempt.ts";
import type { Decision, Given } from "./decision.ts";
import { Draft } from "./draft.ts";
import { isRunOver, isUnderWay } from "./states.ts";
import { workedOn, type Plan, type PlannedStep } from "./plan.ts";
import type { RunState, StepState } from "./state.ts";

/**
 * Takes up a run that another start of the gateway left behind, once everything that start had under way is gone, and advances
 * it. Attempts that were interrupted count: a step that kills the gateway must not do so for ever. What is pending or retrying
 * just goes on, and so does what was in line: it had not begun. The second recovery of the same start finds nothing to do.
 */
export function recover(plan: Plan, run: RunState, given: Given): Decision {
  const draft = new Draft(run);
  takeUpAll(plan, draft, given);
  drive(plan, draft, given);
  return draft.decision();
}

/** The same, but that the run is to be driven then. */
export function takeUpAll(plan: Plan, draft: Draft, given: Given): void {
  if (isRunOver(draft.run.status)) return;
  for (const row of [...draft.steps.values()]) {
    const step = workedOn(plan, row.id);
    if (!step) continue;
    if (isUnderWay(row.status)) {
      if (row.bootId !== given.bootId) takeUp(draft, step, row, given);
    } else setRight(draft, step, row, given.now);
  }
}

/** The clock may have run ahead when it was stored what the row waits for: it waits no longer from now than it would have then. */
function setRight(draft: Draft, step: PlannedStep, { id, retryAt, hold }: StepState, now: number): void {
  if (retryAt !== null && retryAt > now + step.backoff.maxMs) draft.note(id, { retryAt: now + step.backoff.maxMs });
  if (hold?.until != null && hold.until > now + step.timeoutMs) draft.note(id, { hold: { ...hold, until: now + step.timeoutMs } });
}

function takeUp(draft: Draft, step: PlannedStep, row: StepState, given: Given): void {
  if (row.inLine) return endAttempt(draft, step, row, { is: "displaced" }, given);
  if (step.recovers === "reattach") {
    draft.note(row.id, { bootId: given.bootId });
    return draft.task({ do: "reattach", step: row.id, epoch: row.epoch });
  }
  endAttempt(draft, step, row, { is: "interrupted", final: step.recovers === "crash" }, given);
}

import type { StepStatus } from "../../store/statuses.ts";
import { backoffMs } from "./backoff.ts";
import type { Given, Placement } from "./decision.ts";
import type { Draft } from "./draft.ts";
import type { PlannedStep } from "./plan.ts";
import type { StepState } from "./state.ts";

/** How an attempt ended, as its executor tells. */
export type Outcome =
  | { readonly is: "completed" }
  /** It threw, or said that it is not ok. A `final` failure is not tried again. */
  | { readonly is: "failed"; readonly code: string; readonly final?: boolean }
  /** What it ran in died under it. */
  | { readonly is: "crashed"; readonly code: string }
  /** The gateway died, as `recover` finds. `final` where it may not be done twice. */
  | { readonly is: "interrupted"; readonly final?: boolean }
  /** It was ended through no fault of its own, such as by a neighbour or an orderly stop: no attempt is lost. */
  | { readonly is: "displaced" };

type Ending = { readonly status: StepStatus; readonly code: string | null };

/** Dispatches a row that is due, where there is room for it; answers whether it did. */
export function beginAttempt(draft: Draft, step: PlannedStep, row: StepState, given: Given): boolean {
  if (row.hold?.until != null && row.hold.until <= given.now) {
    draft.moveStep(row.id, "failed", { code: "no_node", hold: null, retryAt: null });
    return false;
  }
  const placement = given.place(step, row.id);
  if (placement.is !== "here") {
    hold(draft, step, row, placement, given.now);
    return false;
  }
  const { nodeId, inLine = false } = placement;
  const [epoch, attempt] = [row.epoch + 1, row.attempt + 1];
  // The wait in a line is none of its doing.
  const deadlineAt = inLine ? null : given.now + step.timeoutMs;
  draft.moveStep(row.id, "dispatched", { epoch, attempt, nodeId, bootId: given.bootId, inLine, hold: null, retryAt: null, deadlineAt });
  draft.task({ do: "start", step: row.id, epoch, attempt, nodeId });
  if (deadlineAt !== null) draft.wakeBy(deadlineAt);
  return true;
}

function hold(draft: Draft, step: PlannedStep, row: StepState, { is, reason }: Exclude<Placement, { is: "here" }>, now: number): void {
  const until = is === "full" ? null : (row.hold?.until ?? now + step.timeoutMs);
  if (row.hold?.reason !== reason || row.hold.until !== until) draft.note(row.id, { hold: { reason, until } }, "step.held");
  if (until !== null) draft.wakeBy(until);
}

/** It is still in line: says why, so that people see what it waits for. */
export function markWaiting(draft: Draft, row: StepState, reason: string): void {
  draft.note(row.id, { hold: { reason, until: null } }, "step.held");
}

/** Its turn has come: from now on its code may begin. */
export function leaveLine(draft: Draft, row: StepState): void {
  draft.note(row.id, { inLine: false, hold: null });
}

/** The executor has begun: its time counts from here, unless it was asked to stop already. */
export function markStarted(draft: Draft, step: PlannedStep, row: StepState, now: number): void {
  const isLate = row.deadlineAt !== null && row.deadlineAt <= now;
  draft.moveStep(row.id, "running", isLate ? {} : { deadlineAt: now + step.timeoutMs });
}

/** Ends the attempt under way, and with it the phases that it left open. */
export function endAttempt(draft: Draft, step: PlannedStep, row: StepState, outcome: Outcome, given: Given): void {
  const idle = row.inLine ? { deadlineAt: null, inLine: false, hold: null } : { deadlineAt: null };
  if (outcome.is === "completed") {
    // One that is done at once may not have told that it began.
    if (row.status === "dispatched") draft.moveStep(row.id, "running");
    endPhases(draft, row, { status: "completed", code: null });
    return draft.moveStep(row.id, "completed", { ...idle, code: null });
  }
  const end = endingOf(draft, row, outcome, given.now);
  endPhases(draft, row, end);
  if (outcome.is === "displaced" && end.code !== "cancelled") {
    return draft.moveStep(row.id, "retrying", { ...idle, attempt: row.attempt - 1, retryAt: given.now });
  }
  if (isTriedAgain(step, row, outcome, end.code)) {
    return draft.moveStep(row.id, "retrying", { ...idle, code: end.code, retryAt: given.now + backoffMs(step.backoff, row.attempt, given.random()) });
  }
  draft.moveStep(row.id, end.status, { ...idle, code: end.code });
}

function endingOf(draft: Draft, row: StepState, outcome: Exclude<Outcome, { is: "completed" }>, now: number): Ending {
  if (draft.run.status === "cancelling") return { status: "failed", code: "cancelled" };
  if (outcome.is === "displaced") return { status: "failed", code: "interrupted" };
  if (outcome.is === "interrupted") return { status: "failed_crash", code: "interrupted" };
  // Whatever it says of its end, it ended because we stopped it.
  if (row.deadlineAt !== null && row.deadlineAt <= now) return { status: "failed", code: "timeout" };
  return { status: outcome.is === "crashed" ? "failed_crash" : "failed", code: outcome.code };
}

function isTriedAgain(step: PlannedStep, row: StepState, outcome: Outcome, code: string | null): boolean {
  const isFinal = "final" in outcome && outcome.final === true;
  return code !== "cancelled" && !isFinal && row.attempt <= step.retries;
}

function endPhases(draft: Draft, row: StepState, { status, code }: Ending): void {
  for (const phase of draft.openPhases(row.id)) draft.moveStep(phase, status, { code });
}

import { beginAttempt } from "./attempt.ts";
import type { Given } from "./decision.ts";
import type { Draft } from "./draft.ts";
import { isUnderWay } from "./states.ts";
import type { PlannedStep } from "./plan.ts";
import type { StepState } from "./state.ts";

/** A row that an executor works on: a step, or an item of one. It is ready. */
export function driveRow(draft: Draft, step: PlannedStep, row: StepState, given: Given): void {
  if (isUnderWay(row.status)) return watch(draft, row, given);
  if (draft.run.status === "cancelling") return endCancelled(draft, row);
  if (row.retryAt !== null && row.retryAt > given.now) return draft.wakeBy(row.retryAt);
  beginAttempt(draft, step, row, given);
}

function endCancelled(draft: Draft, row: StepState): void {
  if (row.status === "pending") draft.moveStep(row.id, "skipped", { reason: "cancelled", hold: null });
  else draft.moveStep(row.id, "failed", { code: "cancelled", hold: null, retryAt: null });
}

/** Stops an attempt whose time is over, or whose run is cancelled: first kindly, then by force. */
function watch(draft: Draft, row: StepState, { now, graceMs }: Given): void {
  const { cancel } = draft.run;
  const timeout = { stopAt: row.deadlineAt ?? Infinity, code: "timeout" as const, graceMs };
  const due = cancel && cancel.at < timeout.stopAt ? { stopAt: cancel.at, code: "cancelled" as const, graceMs: cancel.graceMs } : timeout;
  if (now < due.stopAt) return draft.wakeBy(due.stopAt);
  const killAt = due.stopAt + due.graceMs;
  draft.task({ do: now < killAt ? "stop" : "kill", step: row.id, epoch: row.epoch, code: due.code });
  if (now < killAt) draft.wakeBy(killAt);
}

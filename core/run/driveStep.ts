import { beginAttempt } from "./attempt.ts";
import type { Given } from "./decision.ts";
import type { Draft } from "./draft.ts";
import { isStepOver, isUnderWay } from "./machine.ts";
import type { PlannedStep } from "./plan.ts";
import { itemId } from "./rowId.ts";
import { freshStep, type StepState } from "./state.ts";

/** Takes one step of a run as far as it can go now. The steps it depends on have been driven before. */
export function driveStep(draft: Draft, step: PlannedStep, given: Given): void {
  const row = draft.step(step.id);
  if (row.status === "pending") return drivePending(draft, step, row, given);
  if (isStepOver(row.status)) return;
  if (step.each) return driveItems(draft, step, row, given);
  driveRow(draft, step, row, given);
}

function drivePending(draft: Draft, step: PlannedStep, row: StepState, given: Given): void {
  if (isCancelled(draft)) return draft.moveStep(row.id, "skipped", { reason: "cancelled", hold: null });
  const before = step.dependsOn.map((id) => draft.step(id));
  if (before.some((needed) => isStepOver(needed.status) && !isSettled(needed))) return draft.moveStep(row.id, "skipped", { reason: "dependency" });
  if (!before.every(isSettled)) return;
  if (step.evaluates && row.answer === null) return draft.task({ do: "evaluate", step: row.id });
  if (step.asks && !row.answered) return draft.task({ do: "ask", step: row.id });
  if (step.each) {
    spread(draft, row, given);
    return driveItems(draft, step, draft.step(row.id), given);
  }
  driveRow(draft, step, row, given);
}

/** Whether what depends on it may go on: a step that its own `when` skipped has nothing to give, and is no failure. */
function isSettled({ status, reason }: StepState): boolean {
  return status === "completed" || (status === "skipped" && reason === "when");
}

/** A row that an executor works on: a step, or an item of one. It is ready. */
function driveRow(draft: Draft, step: PlannedStep, row: StepState, given: Given): void {
  if (isUnderWay(row.status)) return watch(draft, row, given);
  if (isCancelled(draft)) return endCancelled(draft, row);
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

/** Gives each item a row. The step itself needs no executor: it is under way as long as its items are. */
function spread(draft: Draft, row: StepState, given: Given): void {
  draft.moveStep(row.id, "dispatched", { epoch: row.epoch + 1, attempt: row.attempt + 1, bootId: given.bootId });
  draft.moveStep(row.id, "running");
  for (const id of itemIds(row)) if (!draft.steps.has(id)) draft.bear(freshStep(id));
}

/** Items that fail do not keep the others from being done. */
function driveItems(draft: Draft, step: PlannedStep, row: StepState, given: Given): void {
  const items = itemIds(row);
  let room = step.each!.parallel - items.filter((id) => isUnderWay(draft.step(id).status)).length;
  for (const id of items) {
    const before = draft.step(id);
    if (isStepOver(before.status)) continue;
    if (room <= 0 && !isUnderWay(before.status) && !isCancelled(draft)) continue;
    driveRow(draft, step, before, given);
    const after = draft.step(id);
    if (!isUnderWay(before.status) && isUnderWay(after.status)) room--;
    // Where one has to wait for its turn, all do.
    if (isQueued(after)) room = 0;
  }
  endItems(draft, row, items.map((id) => draft.step(id)));
}

function endItems(draft: Draft, row: StepState, items: readonly StepState[]): void {
  if (!items.every(({ status }) => isStepOver(status))) return;
  if (items.every(({ status }) => status === "completed")) draft.moveStep(row.id, "completed");
  else draft.moveStep(row.id, "failed", { code: isCancelled(draft) ? "cancelled" : "items_failed" });
}

function isQueued({ hold }: StepState): boolean {
  return hold !== null && hold.until === null;
}

function itemIds({ id, answer }: StepState): string[] {
  return Array.from({ length: answer?.items ?? 0 }, (_, index) => itemId(id, index));
}

function isCancelled(draft: Draft): boolean {
  return draft.run.status === "cancelling";
}

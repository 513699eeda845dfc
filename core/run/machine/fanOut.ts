import type { Given } from "./decision.ts";
import type { Draft } from "./draft.ts";
import { driveRow } from "./driveRow.ts";
import { isStepOver, isUnderWay } from "./states.ts";
import type { PlannedStep } from "./plan.ts";
import { itemId } from "./rowId.ts";
import { freshStep, mostOpenRows, MOST_ROWS, type StepState } from "./state.ts";

/**
 * Gives each item a row, or fails the step where the run would have too many. The step itself needs no executor: it is under way as long as
 * its items are.
 */
export function spread(draft: Draft, step: PlannedStep, row: StepState, given: Given): void {
  // A run that goes on from another has rows of its items already.
  const more = itemIds(step, row).filter((id) => !draft.steps.has(id));
  const rows = draft.steps.size + more.length;
  const beside = given.rowsBeside();
  if (rows > MOST_ROWS || rows + beside.own > mostOpenRows(beside)) return draft.moveStep(row.id, "failed", { code: "too_many_rows" });
  draft.moveStep(row.id, "dispatched", { epoch: row.epoch + 1, attempt: row.attempt + 1, bootId: given.bootId });
  draft.moveStep(row.id, "running");
  for (const id of more) draft.bear(freshStep(id));
}

/** Items that fail do not keep the others from being done. */
export function driveItems(draft: Draft, step: PlannedStep, row: StepState, given: Given): void {
  const items = itemIds(step, row).map((id) => draft.step(id));
  let room = step.each!.parallel - items.filter(({ status }) => isUnderWay(status)).length;
  const isCancelled = draft.run.status === "cancelling";
  let isOpen = false;
  for (const before of items) {
    if (isStepOver(before.status)) continue;
    if (room > 0 || isCancelled || isUnderWay(before.status)) driveRow(draft, step, before, given);
    const after = draft.step(before.id);
    isOpen ||= !isStepOver(after.status);
    if (!isUnderWay(before.status) && isUnderWay(after.status)) room--;
    // Where one has to wait for its turn, all do.
    if (isQueued(after)) room = 0;
  }
  if (!isOpen) endItems(draft, step, row);
}

function endItems(draft: Draft, step: PlannedStep, row: StepState): void {
  if (itemIds(step, row).every((id) => draft.step(id).status === "completed")) draft.moveStep(row.id, "completed");
  else draft.moveStep(row.id, "failed", { code: draft.run.status === "cancelling" ? "cancelled" : "items_failed" });
}

function isQueued({ hold }: StepState): boolean {
  return hold !== null && hold.until === null;
}

/** Long lists are looked at often, and to make their ids anew would be most of the work. */
const idsOf = new WeakMap<PlannedStep, string[]>();

function itemIds(step: PlannedStep, { answer }: StepState): readonly string[] {
  const count = answer?.items ?? 0;
  const ids = idsOf.get(step) ?? [];
  idsOf.set(step, ids);
  while (ids.length < count) ids.push(itemId(step.id, ids.length));
  return ids.length === count ? ids : ids.slice(0, count);
}

import type { Plan, PlannedStep } from "./plan.ts";
import { itemId, readRowId } from "./rowId.ts";
import { freshStep, type RunState, type StepState } from "./state.ts";

/**
 * The rows of a new run that goes on where an earlier one failed: what was done there, and all it depends on, stands as it is
 * (the store copies the results); the rest begins anew, under the plan of now. A list that was begun is not asked for again,
 * since its items are known by their place; one for which there was no room has not begun.
 */
export function resumed(plan: Plan, earlier: RunState): RunState {
  const steps = new Map<string, StepState>();
  const kept = new Set<string>();
  for (const step of plan.steps) {
    const row = earlier.steps.get(step.id);
    if (row && isDone(step, row) && step.dependsOn.every((id) => kept.has(id))) {
      kept.add(step.id);
      steps.set(step.id, keep(row));
    } else {
      const items = step.each && step.dependsOn.every((id) => kept.has(id)) ? itemsOf(earlier, step.id) : null;
      steps.set(step.id, { ...freshStep(step.id), answer: items && row!.answer });
      for (const item of items ?? []) steps.set(item.id, item.status === "completed" ? keep(item) : freshStep(item.id));
    }
  }
  for (const row of earlier.steps.values()) if (isWithin(row.id, kept)) steps.set(row.id, keep(row));
  return { status: "queued", code: null, cancel: null, steps };
}

/** Completed, or skipped by its own `when`, which would see the same again. */
function isDone(step: PlannedStep, row: StepState): boolean {
  const isSameShape = row.status === "skipped" || (row.answer?.items != null) === (step.each !== null);
  return isSameShape && (row.status === "completed" || (row.status === "skipped" && row.reason === "when"));
}

/** Items and phases of what is kept. */
function isWithin(rowId: string, kept: ReadonlySet<string>): boolean {
  return !kept.has(rowId) && kept.has(readRowId(rowId).step);
}

/** The items of a list that was begun, each of which has its row; null: it was not. */
function itemsOf({ steps }: RunState, stepId: string): StepState[] | null {
  const count = steps.get(stepId)?.answer?.items ?? null;
  if (count === null) return null;
  const items = Array.from({ length: count }, (_, index) => steps.get(itemId(stepId, index)));
  return items.every((item) => item !== undefined) ? items : null;
}

/** Nothing of its attempts belongs to the new run. */
function keep(row: StepState): StepState {
  return { ...freshStep(row.id), status: row.status, reason: row.reason, answer: row.answer };
}

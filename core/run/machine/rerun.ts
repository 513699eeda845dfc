import type { Plan, PlannedStep } from "./plan.ts";
import { itemId, readRowId } from "./rowId.ts";
import { freshStep, type RunState, type StepState } from "./state.ts";

/**
 * The rows of a new run that goes on where an earlier one failed: what was done there, and all it depends on, stands as it is
 * (the store copies the results); the rest begins anew, under the plan of now. A list that was begun is not asked for again,
 * since its items are known by their place.
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
      const list = step.each && row?.answer?.items != null && step.dependsOn.every((id) => kept.has(id)) ? row.answer : null;
      steps.set(step.id, { ...freshStep(step.id), answer: list });
      for (const item of itemsOf(earlier, step.id, list?.items ?? 0)) steps.set(item.id, item);
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

/** Those that have a row there, where what they are given is: a list for which there was no room has none, and is spread anew. */
function itemsOf(earlier: RunState, stepId: string, count: number): StepState[] {
  const ids = Array.from({ length: count }, (_, index) => itemId(stepId, index)).filter((id) => earlier.steps.has(id));
  return ids.map((id) => {
    const row = earlier.steps.get(id)!;
    return row.status === "completed" ? keep(row) : freshStep(id);
  });
}

/** Nothing of its attempts belongs to the new run. */
function keep(row: StepState): StepState {
  return { ...freshStep(row.id), status: row.status, reason: row.reason, answer: row.answer };
}

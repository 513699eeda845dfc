import type { Draft } from "./draft.ts";
import { phaseId } from "./rowId.ts";
import { freshStep, MOST_ROWS, type StepState } from "./state.ts";

/**
 * Begins or ends a phase of the attempt under way; answers why not, where it does not. A phase is a row to be
 * seen, no task: nobody dispatches it, and a later attempt begins it anew.
 */
export function changePhase(draft: Draft, row: StepState, name: string, to: "running" | "completed" | "failed"): "told_before" | "too_many" | null {
  const id = phaseId(row.id, name);
  const phase = draft.steps.get(id);
  const isOfAttempt = phase?.epoch === row.epoch;
  if (to === "running") {
    if (isOfAttempt) return "told_before";
    if (!phase && draft.steps.size >= MOST_ROWS) return "too_many";
    const { epoch, attempt, bootId, nodeId } = row;
    draft.bear({ ...freshStep(id), status: "running", epoch, attempt, bootId, nodeId });
    return null;
  }
  if (!isOfAttempt || phase.status !== "running") return "told_before";
  draft.moveStep(id, to);
  return null;
}

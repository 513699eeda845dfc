import type { Draft } from "./draft.ts";
import { phaseId } from "./rowId.ts";
import { freshStep, type StepState } from "./state.ts";

/**
 * Begins or ends a phase of the attempt under way; answers false where that was told before. A phase is a row to be
 * seen, no task: nobody dispatches it, and a later attempt begins it anew.
 */
export function changePhase(draft: Draft, row: StepState, name: string, to: "running" | "completed" | "failed"): boolean {
  const id = phaseId(row.id, name);
  const phase = draft.steps.get(id);
  const isOfAttempt = phase?.epoch === row.epoch;
  if (to === "running") {
    if (isOfAttempt) return false;
    const { epoch, attempt, bootId, nodeId } = row;
    draft.bear({ ...freshStep(id), status: "running", epoch, attempt, bootId, nodeId });
    return true;
  }
  if (!isOfAttempt || phase.status !== "running") return false;
  draft.moveStep(id, to);
  return true;
}

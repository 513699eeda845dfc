import type { RunStatus, StepStatus } from "../../store/statuses.ts";

/** How a run may go on from each of its states. */
export const runMoves: Readonly<Record<RunStatus, readonly RunStatus[]>> = {
  queued: ["running", "cancelling", "skipped"],
  running: ["waiting", "succeeded", "failed", "cancelling"],
  waiting: ["running", "succeeded", "failed", "cancelling"],
  cancelling: ["cancelled"],
  succeeded: [],
  failed: [],
  cancelled: [],
  skipped: [],
};

/** How a step run may go on from each of its states. */
export const stepMoves: Readonly<Record<StepStatus, readonly StepStatus[]>> = {
  pending: ["dispatched", "failed", "skipped"],
  dispatched: ["running", "failed", "retrying", "failed_crash"],
  running: ["completed", "failed", "retrying", "failed_crash"],
  retrying: ["dispatched", "failed"],
  completed: [],
  failed: [],
  failed_crash: [],
  skipped: [],
};

/** Where rows begin: a run that may not start is told too. */
export const runBirths: readonly RunStatus[] = ["queued", "skipped"];

/** Where rows begin: a phase with its own work, and what a re-run keeps where it stood. */
export const stepBirths: Readonly<Record<"step" | "phase" | "kept", readonly StepStatus[]>> = {
  step: ["pending"],
  phase: ["running"],
  kept: ["completed", "skipped"],
};

/** How the feed calls it that a run came to a state. */
export const runEvents: Readonly<Record<RunStatus, string>> = {
  queued: "run.queued",
  running: "run.started",
  waiting: "run.waiting",
  cancelling: "run.cancelling",
  succeeded: "run.finished",
  failed: "run.finished",
  cancelled: "run.finished",
  skipped: "run.finished",
};

/** How the feed calls it that a step came to a state. */
export const stepEvents: Readonly<Record<StepStatus, string>> = {
  pending: "step.pending",
  dispatched: "step.dispatched",
  running: "step.started",
  retrying: "step.retrying",
  completed: "step.completed",
  failed: "step.failed",
  failed_crash: "step.failed_crash",
  skipped: "step.skipped",
};

/** The event of a run's move, or null where the machine does not allow it. `from` is null for a new run. */
export function runEvent(from: RunStatus | null, to: RunStatus): string | null {
  if (!(from === null ? runBirths : runMoves[from]).includes(to)) return null;
  return from === "waiting" && to === "running" ? "run.resumed" : runEvents[to];
}

/** The event of a step's move, or null where the machine does not allow it. `from` is null for a new row. */
export function stepEvent(from: StepStatus | null, to: StepStatus): string | null {
  const allowed = from === null ? Object.values(stepBirths).flat() : stepMoves[from];
  return allowed.includes(to) ? stepEvents[to] : null;
}

/** Whether a run has ended for good. */
export function isRunOver(status: RunStatus): boolean {
  return runMoves[status].length === 0;
}

/** Whether a step has ended for good. */
export function isStepOver(status: StepStatus): boolean {
  return stepMoves[status].length === 0;
}

/** Whether an executor has the step in hand. */
export function isUnderWay(status: StepStatus): boolean {
  return status === "dispatched" || status === "running";
}

import type { RunStatus, StepStatus } from "../../store/statuses.ts";
import type { PlannedStep } from "./plan.ts";
import type { OpenRows, RunState, StepState } from "./state.ts";

/**
 * What the machine wants: first the moves, in one transaction and each only if `from` still holds; then the tasks.
 * A gateway that dies between the two finds the rest by `recover`.
 */
export interface Decision {
  readonly moves: readonly Move[];
  /**
   * What has to be under way now. All but `start` and `reattach` is told again at each look as long as it holds: a runner that is at it
   * already lets it be.
   */
  readonly tasks: readonly Task[];
  /** When to look again, should nothing happen before; null: no need. */
  readonly wakeAt: number | null;
  /** The run as it stands after the moves. */
  readonly after: RunState;
}

export type Move = RunMove | StepMove;

export interface RunMove {
  readonly of: "run";
  readonly from: RunStatus;
  readonly to: RunStatus;
  readonly event: string;
  readonly patch: Partial<Omit<RunState, "steps" | "status">>;
}

export interface StepMove {
  readonly of: "step";
  readonly id: string;
  /** Null: the row is new, or a phase that a later attempt begins anew. */
  readonly from: StepStatus | null;
  /** The same as `from` where only facts change. */
  readonly to: StepStatus;
  /** Null: nobody needs to be told. */
  readonly event: string | null;
  readonly patch: Partial<Omit<StepState, "id" | "status">>;
}

export type Task =
  /** Evaluate `when`, `each` and `input`, then tell the machine `evaluated`. */
  | { readonly do: "evaluate"; readonly step: string }
  /** Have the question open, then tell `answered`. */
  | { readonly do: "ask"; readonly step: string }
  /** Begin an attempt; then tell `started`, and `ended`, with this epoch. */
  | { readonly do: "start"; readonly step: string; readonly epoch: number; readonly attempt: number; readonly nodeId: string }
  /** Find the work of an earlier gateway, and tell `ended` when it has. */
  | { readonly do: "reattach"; readonly step: string; readonly epoch: number }
  /** Ask the attempt to stop. */
  | { readonly do: "stop"; readonly step: string; readonly epoch: number; readonly code: "timeout" | "cancelled" }
  /** It did not: end it by force, and tell `ended`. */
  | { readonly do: "kill"; readonly step: string; readonly epoch: number; readonly code: "timeout" | "cancelled" };

/** What begins or finds an attempt again, and is told once. */
export type Beginning = Extract<Task, { do: "start" | "reattach" }>;

export function isBeginning(task: Task): task is Beginning {
  return task.do === "start" || task.do === "reattach";
}

/** Where a step can be done now. */
export type Placement =
  /** `inLine`: its executor takes it, and begins it when its turn comes. */
  | { readonly is: "here"; readonly nodeId: string; readonly inLine?: boolean }
  /** No node can do it. It waits until its time is over. */
  | { readonly is: "nowhere"; readonly reason: string }
  /** Others are first. It waits as long as it takes; the runner looks again when there is room. */
  | { readonly is: "full"; readonly reason: string };

/** What the machine is told of the world. */
export interface Given {
  /** Milliseconds since 1970, from a clock that never goes back while the gateway lives. */
  readonly now: number;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** This start of the gateway. */
  readonly bootId: string;
  /** How long an attempt that took too long may take to stop by itself. */
  readonly graceMs: number;
  /** Asked for each step that is about to be dispatched, in that order; `here` means that it will be. */
  readonly place: (step: PlannedStep, rowId: string) => Placement;
  /** Those of all runs but this one; asked where a list begins. */
  readonly rowsBeside: () => OpenRows;
}

import type { Cancel, RunState, StepState } from "../../../run/machine/state.ts";
import type { DrivenRun, NewRun } from "../../contract.ts";

/** Runs on their way to and from the thread: messages are JSON, which has no maps. */

export interface SentState extends Omit<RunState, "steps"> {
  readonly cancel: Cancel | null;
  readonly steps: readonly StepState[];
}

export interface SentRun extends Omit<NewRun, "state" | "labels"> {
  readonly state: SentState;
  /** In the order in which they are shown. */
  readonly labels: readonly (readonly [id: string, label: string])[];
}

export interface ReadRun extends Omit<DrivenRun, "state"> {
  readonly state: SentState;
}

export function sent(run: NewRun): SentRun {
  return { ...run, labels: [...run.labels], state: { ...run.state, steps: [...run.state.steps.values()] } };
}

export function received(run: ReadRun): DrivenRun {
  return { ...run, state: { ...run.state, steps: new Map(run.state.steps.map((step) => [step.id, step])) } };
}

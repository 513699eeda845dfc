import type { RunStatus, StepStatus } from "../../store/statuses.ts";
import { isBeginning, type Decision, type Move, type RunMove, type StepMove, type Task } from "./decision.ts";
import { runEvent, stepEvent } from "./states.ts";
import type { RunState, StepState } from "./state.ts";

/** A decision in the making. Refuses what the machine does not allow, so that no caller has to be trusted. */
export class Draft {
  readonly #moves: Move[] = [];
  #tasks: Task[] = [];
  readonly #steps: Map<string, StepState>;
  #run: Omit<RunState, "steps">;
  #wakeAt = Infinity;

  constructor({ steps, ...run }: RunState) {
    this.#steps = new Map(steps);
    this.#run = run;
  }

  get run(): Omit<RunState, "steps"> {
    return this.#run;
  }

  get steps(): ReadonlyMap<string, StepState> {
    return this.#steps;
  }

  get tasks(): readonly Task[] {
    return this.#tasks;
  }

  step(id: string): StepState {
    const row = this.#steps.get(id);
    if (!row) throw new Error(`the run has no step ${id}`);
    return row;
  }

  moveRun(to: RunStatus, patch: RunMove["patch"] = {}): void {
    const from = this.#run.status;
    const event = runEvent(from, to);
    if (event === null) throw new Error(`a run does not go from ${from} to ${to}`);
    this.#run = { ...this.#run, ...patch, status: to };
    this.#moves.push({ of: "run", from, to, event, patch });
  }

  moveStep(id: string, to: StepStatus, patch: StepMove["patch"] = {}): void {
    const row = this.step(id);
    const event = stepEvent(row.status, to);
    if (event === null) throw new Error(`a step does not go from ${row.status} to ${to}: ${id}`);
    this.#steps.set(id, { ...row, ...patch, status: to });
    this.#moves.push({ of: "step", id, from: row.status, to, event, patch });
  }

  /** Changes facts of a step that stays where it is. */
  note(id: string, patch: StepMove["patch"], event: string | null = null): void {
    const row = this.step(id);
    this.#steps.set(id, { ...row, ...patch });
    this.#moves.push({ of: "step", id, from: row.status, to: row.status, event, patch });
  }

  /** Adds a row, or begins a phase anew. */
  bear(row: StepState): void {
    const { id, status: to, ...patch } = row;
    const event = stepEvent(null, to);
    if (event === null) throw new Error(`no step begins as ${to}: ${id}`);
    this.#steps.set(id, row);
    this.#moves.push({ of: "step", id, from: null, to, event, patch });
  }

  /** The run is looked at anew: what an earlier look wanted may not hold any more. What is to begin is so once, and stays. */
  anew(): void {
    this.#tasks = this.#tasks.filter(isBeginning);
    this.#wakeAt = Infinity;
  }

  task(task: Task): void {
    this.#tasks.push(task);
  }

  wakeBy(at: number): void {
    this.#wakeAt = Math.min(this.#wakeAt, at);
  }

  decision(): Decision {
    return {
      moves: this.#moves,
      tasks: this.#tasks,
      wakeAt: this.#wakeAt === Infinity ? null : this.#wakeAt,
      after: { ...this.#run, steps: this.#steps },
    };
  }
}

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
  /** Phases that run, by the row that they are in; null: nobody has asked for them. */
  #openPhases: Map<string, Set<string>> | null = null;

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

  /** The phases of a row that run. */
  openPhases(rowId: string): string[] {
    if (!this.#openPhases) {
      this.#openPhases = new Map();
      for (const row of this.#steps.values()) this.#notePhase(row);
    }
    return [...(this.#openPhases.get(rowId) ?? [])];
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
    this.#put({ ...row, ...patch, status: to });
    this.#moves.push({ of: "step", id, from: row.status, to, event, patch });
  }

  /** Changes facts of a step that stays where it is. */
  note(id: string, patch: StepMove["patch"], event: string | null = null): void {
    const row = this.step(id);
    this.#put({ ...row, ...patch });
    this.#moves.push({ of: "step", id, from: row.status, to: row.status, event, patch });
  }

  /** Adds a row, or begins a phase anew. */
  bear(row: StepState): void {
    const { id, status: to, ...patch } = row;
    const event = stepEvent(null, to);
    if (event === null) throw new Error(`no step begins as ${to}: ${id}`);
    this.#put(row);
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

  #put(row: StepState): void {
    this.#steps.set(row.id, row);
    if (this.#openPhases) this.#notePhase(row);
  }

  #notePhase({ id, status }: StepState): void {
    const slash = id.indexOf("/");
    if (slash === -1) return;
    const inside = id.slice(0, slash);
    const open = this.#openPhases!.get(inside);
    if (status !== "running") open?.delete(id);
    else if (open) open.add(id);
    else this.#openPhases!.set(inside, new Set([id]));
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

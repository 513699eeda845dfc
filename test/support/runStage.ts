import { advance } from "../../core/run/machine/advance.ts";
import type { Outcome } from "../../core/run/machine/attempt.ts";
import { decide, type Evaluation, type Happening, type Refusal } from "../../core/run/machine/decide.ts";
import type { Decision, Given, Move, Placement, Task } from "../../core/run/machine/decision.ts";
import { planOf, type Plan, type PlannedStep } from "../../core/run/machine/plan.ts";
import { recover } from "../../core/run/machine/recover.ts";
import { freshRun, type RunState, type StepState } from "../../core/run/machine/state.ts";

/** A run and its machine without anything around them: the test is the runner, and moves the clock. */
export class RunStage {
  readonly plan: Plan;
  run: RunState;
  now = 1_000_000;
  /** What the latest decision wants. */
  tasks: readonly Task[] = [];
  wakeAt: number | null = null;
  /** Every move there was, in order. */
  readonly moves: Move[] = [];
  place: (step: PlannedStep) => Placement = () => ({ is: "here", nodeId: "node" });
  /** Rows of other open runs. */
  rowsBeside = { own: 0, all: 0 };
  random: () => number = () => 0;
  readonly #graceMs = 5_000;
  #boot = 1;
  #onDecision: (before: RunState, decision: Decision) => void;

  constructor(steps: Parameters<typeof planOf>[0], options: { run?: RunState; onDecision?: (before: RunState, decision: Decision) => void } = {}) {
    this.plan = planOf(steps);
    this.run = options.run ?? freshRun(this.plan);
    this.#onDecision = options.onDecision ?? (() => {});
  }

  /** One whose run has begun. */
  static begun(...args: ConstructorParameters<typeof RunStage>): RunStage {
    const stage = new RunStage(...args);
    stage.admit();
    return stage;
  }

  /** Tells the machine; answers why it changed nothing, or null. */
  tell(happening: Happening): Refusal | null {
    const verdict = decide(this.plan, this.run, happening, this.#given());
    if (verdict.outcome === "refused") return verdict.why;
    this.#take(verdict.decision);
    return null;
  }

  look(): void {
    this.#take(advance(this.plan, this.run, this.#given()));
  }

  /** Lets time pass, and looks. */
  pass(ms: number): void {
    this.now += ms;
    this.look();
  }

  /** The gateway dies and starts again. */
  crash(): void {
    this.#boot++;
    this.recover();
  }

  recover(): void {
    this.#take(recover(this.plan, this.run, this.#given()));
  }

  admit(): Refusal | null {
    return this.tell({ is: "admitted" });
  }

  cancel(graceMs = 10_000): Refusal | null {
    return this.tell({ is: "cancelled", graceMs });
  }

  evaluated(step: string, answer: Evaluation = { is: "ready", items: null }): Refusal | null {
    return this.tell({ is: "evaluated", step, answer });
  }

  waits(step: string, reason: string): Refusal | null {
    return this.tell({ is: "waits", step, epoch: this.step(step).epoch, reason });
  }

  placed(step: string, epoch = this.step(step).epoch): Refusal | null {
    return this.tell({ is: "placed", step, epoch });
  }

  started(step: string, epoch = this.step(step).epoch): Refusal | null {
    return this.tell({ is: "started", step, epoch });
  }

  ended(step: string, outcome: Outcome, epoch = this.step(step).epoch): Refusal | null {
    return this.tell({ is: "ended", step, epoch, outcome });
  }

  completed(step: string): Refusal | null {
    return this.ended(step, { is: "completed" });
  }

  failed(step: string, code = "broken"): Refusal | null {
    return this.ended(step, { is: "failed", code });
  }

  phase(step: string, name: string, to: "running" | "completed" | "failed"): Refusal | null {
    return this.tell({ is: "phase", step, epoch: this.step(step).epoch, name, to });
  }

  step(id: string): StepState {
    const row = this.run.steps.get(id);
    if (!row) throw new Error(`no step ${id}`);
    return row;
  }

  /** Rows and how they stand, as in `fetch completed`. */
  get rows(): string[] {
    return [...this.run.steps.values()].map(({ id, status, reason, code }) => [id, status, reason ?? code].filter((word) => word !== null).join(" "));
  }

  /** The tasks of the latest decision, as in `start fetch`. */
  get wanted(): string[] {
    return this.tasks.map((task) => `${task.do} ${task.step}`);
  }

  get events(): string[] {
    return this.moves.flatMap((move) => (move.event === null ? [] : [move.of === "run" ? move.event : `${move.event} ${move.id}`]));
  }

  #given(): Given {
    return { now: this.now, random: this.random, bootId: `boot-${this.#boot}`, graceMs: this.#graceMs, place: (step) => this.place(step), rowsBeside: () => this.rowsBeside };
  }

  #take(decision: Decision): void {
    this.#onDecision(this.run, decision);
    this.run = decision.after;
    this.tasks = decision.tasks;
    this.wakeAt = decision.wakeAt;
    this.moves.push(...decision.moves);
  }
}

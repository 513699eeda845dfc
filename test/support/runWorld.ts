import type { Outcome } from "../../core/run/machine/attempt.ts";
import type { Decision, Placement } from "../../core/run/machine/decision.ts";
import { isRunOver, isUnderWay } from "../../core/run/machine/states.ts";
import type { PlannedStep } from "../../core/run/machine/plan.ts";
import type { RunState } from "../../core/run/machine/state.ts";
import { RunStage } from "./runStage.ts";

type Steps = ConstructorParameters<typeof RunStage>[0];

/** A runner and its executors that do whatever numbers tell them: the same numbers, the same story. */
export class RunWorld {
  readonly stage: RunStage;
  /** Attempts that executors have in hand: row → epoch. */
  readonly attempts = new Map<string, number>();
  /** How often each row was begun, and how often an attempt was given back. */
  readonly begun = new Map<string, number>();
  readonly givenBack = new Map<string, number>();
  /** Attempts that are in line, and have not begun. */
  readonly inLine = new Set<string>();
  #placement: Placement = { is: "here", nodeId: "node" };
  #next: () => number;

  /** `choices` are used up one by one; afterwards every choice is 0. */
  constructor(steps: Steps, choices: readonly number[], onDecision: (before: RunState, decision: Decision) => void = () => {}) {
    const left = choices.values();
    this.#next = () => left.next().value ?? 0;
    this.stage = new RunStage(steps, {
      onDecision: (before, decision) => {
        onDecision(before, decision);
        this.#begin(decision);
      },
    });
    this.stage.place = () => this.#placement;
    this.stage.random = () => (this.#next() % 100) / 100;
  }

  get isOver(): boolean {
    return isRunOver(this.stage.run.status);
  }

  /** Does one thing of all that may happen. */
  happen(): void {
    const deeds = [
      () => this.#endOne(), () => this.#endOne(), () => this.#endOne(), () => this.#startOne(),
      () => this.#answer(), () => this.#answer(), () => this.#wake(), () => this.#wake(),
      () => this.#placeOne(), () => this.#phase(), () => this.#tellStale(), () => this.#move(), () => this.crash(),
      () => (this.#next() % 3 === 0 ? void this.stage.cancel(this.#next()) : this.stage.look()),
    ];
    deeds[this.#next() % deeds.length]!();
  }

  /** Everything goes well from here: true once the run has ended. */
  settle(): boolean {
    this.#placement = { is: "here", nodeId: "node" };
    for (let turn = 0; turn < 500 && !this.isOver; turn++) {
      if (this.stage.run.status === "queued") this.stage.admit();
      else if (this.attempts.size > 0) this.#end([...this.attempts.keys()][0]!, { is: "completed" });
      else if (!this.#answer()) this.stage.pass(Math.max(0, (this.stage.wakeAt ?? this.stage.now) - this.stage.now));
    }
    return this.isOver;
  }

  /** The gateway dies: all it had in hand is gone, but for what goes on without it. */
  crash(): void {
    for (const id of this.inLine) this.#giveBack(id);
    for (const id of this.attempts.keys()) if (this.inLine.has(id) || this.#planned(id).recovers !== "reattach") this.attempts.delete(id);
    this.inLine.clear();
    this.stage.crash();
  }

  #begin(decision: Decision): void {
    for (const task of decision.tasks) {
      if (task.do === "start") this.begun.set(task.step, (this.begun.get(task.step) ?? 0) + 1);
      if (task.do === "start" || task.do === "reattach") this.attempts.set(task.step, task.epoch);
      if (task.do === "start" && decision.after.steps.get(task.step)!.inLine) this.inLine.add(task.step);
    }
  }

  #endOne(): void {
    const id = this.#pick([...this.attempts.keys()]);
    if (id === undefined) return;
    const outcomes: Outcome[] = [
      { is: "completed" }, { is: "completed" }, { is: "failed", code: "broken" }, { is: "failed", code: "gone", final: true },
      { is: "crashed", code: "killed" }, { is: "displaced" },
    ];
    // What has not begun can only be taken away.
    this.#end(id, this.inLine.has(id) ? { is: "displaced" } : this.#pick(outcomes)!);
  }

  #end(id: string, outcome: Outcome): void {
    const epoch = this.attempts.get(id)!;
    this.attempts.delete(id);
    this.inLine.delete(id);
    if (outcome.is === "displaced") this.#giveBack(id);
    this.stage.ended(id, outcome, epoch);
  }

  #giveBack(id: string): void {
    this.givenBack.set(id, (this.givenBack.get(id) ?? 0) + 1);
  }

  /** One in line has its turn, or is told to wait on. */
  #placeOne(): void {
    const id = this.#pick([...this.inLine]);
    if (id === undefined) return;
    if (this.#next() % 3 === 0) return void this.stage.waits(id, "all are at work");
    this.inLine.delete(id);
    this.stage.placed(id, this.attempts.get(id)!);
  }

  #startOne(): void {
    const id = this.#pick([...this.attempts.keys()].filter((one) => !this.inLine.has(one)));
    if (id !== undefined) this.stage.started(id, this.attempts.get(id)!);
  }

  #phase(): void {
    const id = this.#pick([...this.attempts.keys()].filter((one) => !this.inLine.has(one)));
    if (id !== undefined) this.stage.phase(id, this.#pick(["one", "two"])!, this.#pick(["running", "completed", "failed"] as const)!);
  }

  /** Tells what the machine asked for; answers whether it asked. */
  #answer(): boolean {
    if (this.stage.run.status === "queued") return this.stage.admit() === null;
    const task = this.#pick(this.stage.tasks.filter((one) => one.do === "evaluate" || one.do === "ask"));
    if (!task) return false;
    if (task.do === "ask") this.stage.tell({ is: "answered", step: task.step });
    else if (this.#planned(task.step).each) this.stage.evaluated(task.step, { is: "ready", items: this.#next() % 4 });
    else {
      const answers = [{ is: "ready", items: null }, { is: "ready", items: null }, { is: "skipped" }, { is: "failed", code: "bad" }] as const;
      this.stage.evaluated(task.step, this.#pick(answers)!);
    }
    return true;
  }

  #wake(): void {
    const { wakeAt, now } = this.stage;
    this.stage.pass(wakeAt === null ? this.#next() : Math.max(0, wakeAt - now));
  }

  /** What an executor tells that lost its attempt long ago, or never had one. */
  #tellStale(): void {
    const row = this.#pick([...this.stage.run.steps.values()]);
    if (row) this.stage.ended(row.id, { is: "completed" }, row.epoch - 1 - (this.#next() % 2));
    const idle = row && !isUnderWay(row.status);
    if (idle) this.stage.ended(row.id, { is: "failed", code: "stale" }, row.epoch);
  }

  #move(): void {
    const placements: Placement[] = [{ is: "here", nodeId: "node" }, { is: "here", nodeId: "node", inLine: true }, { is: "nowhere", reason: "no gpu" }, { is: "full", reason: "no room" }];
    this.#placement = this.#pick(placements)!;
    this.stage.look();
  }

  #planned(rowId: string): PlannedStep {
    return this.stage.plan.byId.get(rowId.replace(/\[.*/, ""))!;
  }

  #pick<T>(from: readonly T[]): T | undefined {
    return from.length === 0 ? undefined : from[this.#next() % from.length];
  }
}

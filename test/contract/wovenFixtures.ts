import type { Decision } from "../../core/run/machine/decision.ts";
import { defaultOverlap } from "../../core/run/machine/overlap.ts";
import { stepDefaults, type PlannedStep } from "../../core/run/machine/plan.ts";
import { freshRun, type RunState } from "../../core/run/machine/state.ts";
import type { Bundle, NewRun, RowFacts, Store } from "../../core/store/contract.ts";
import type { StepFacts, WorkflowFacts } from "../../core/workflow/facts.ts";
import { RunStage } from "../support/runStage.ts";
import { T } from "./fixtures.ts";

export function aStep(id: string, over: Partial<StepFacts> = {}): StepFacts {
  const { dependsOn, evaluates, each, retries, backoff, timeoutMs } = stepDefaults;
  const planned = { dependsOn, evaluates, each, retries, backoff, timeoutMs };
  return { ...planned, id, label: id.toUpperCase(), does: { kind: "run", afterCrash: "retry" }, requires: [], hostHint: null, ...over };
}

export function aWorkflow(id: string, over: Partial<WorkflowFacts> = {}): WorkflowFacts {
  return {
    id,
    name: `The ${id}`,
    description: null,
    schedule: { kind: "cron", expression: "0 2 * * *", zone: "UTC" },
    triggers: [],
    enabled: true,
    input: null,
    requires: [],
    defaultHost: null,
    overlap: defaultOverlap,
    keyed: false,
    misfire: { kind: "skip" },
    steps: [aStep("fetch"), aStep("post", { dependsOn: ["fetch"], does: { kind: "operation", operationId: "notify.webhook" } })],
    ...over,
  };
}

export function aBundle(hash: string, over: Partial<Bundle> = {}): Bundle {
  return { hash, code: `// ${hash}`, map: null, entry: `/flows/${hash}.ts`, ...over };
}

/** Lays a workflow down, with code of its own. */
export function lay(store: Store, facts: WorkflowFacts, { at = T, hash = "c1" } = {}) {
  return store.weave.lay({ nodeId: "node-1", at, modulePath: `/flows/${facts.id}.ts`, shipped: false, facts, bundle: aBundle(hash) });
}

export function aNewRun(id: string, state: RunState, over: Partial<NewRun> = {}): NewRun {
  return {
    id,
    strandId: "a",
    nodeId: "node-1",
    at: T,
    trigger: "manual",
    triggerBy: "ann",
    onceKey: null,
    input: { rows: 3 },
    isLetIn: true,
    concurrencyKey: null,
    version: 1,
    bundles: { workflow: "c1", operations: { "notify.webhook": "c2" } },
    rerunOf: null,
    takesOver: null,
    parent: null,
    labels: new Map([...state.steps.keys()].map((id) => [id, id.toUpperCase()])),
    state,
    ...over,
  };
}

/** Has the run take over all that it goes on from. Answers in how many parts. */
export async function takeAllOver(store: Store, runId: string): Promise<number> {
  let parts = 0;
  for (let after: string | null = ""; after !== null; parts++) after = await store.driven.takeOver(runId, after);
  return parts;
}

type Steps = (Pick<PlannedStep, "id"> & Partial<PlannedStep>)[];

/** A run of strand `a` in the store beside the machine that drives it: what the machine decides, `store` takes in. */
export class DrivenStage {
  readonly machine: RunStage;
  readonly #store: Store;
  readonly #runId: string;
  #decisions: Decision[] = [];

  constructor(store: Store, steps: Steps, { runId = "r1", run }: { runId?: string; run?: RunState } = {}) {
    this.#store = store;
    this.#runId = runId;
    this.machine = new RunStage(steps, { ...(run && { run }), onDecision: (_, decision) => this.#decisions.push(decision) });
    this.machine.now = T + 1_000;
  }

  /** One that is stored, of a strand that is laid down. */
  static async queued(store: Store, steps: Steps, over: Partial<NewRun> = {}): Promise<DrivenStage> {
    await lay(store, aWorkflow("a", { steps: steps.map((step) => aStep(step.id)) }));
    const stage = new DrivenStage(store, steps, { runId: over.id ?? "r1" });
    const begun = await store.driven.begin(aNewRun(over.id ?? "r1", freshRun(stage.machine.plan), over));
    if (begun.outcome !== "ok") throw new Error(`the run did not begin: ${begun.outcome}`);
    return stage;
  }

  static async begun(store: Store, steps: Steps, over: Partial<NewRun> = {}): Promise<DrivenStage> {
    const stage = await DrivenStage.queued(store, steps, over);
    stage.machine.admit();
    await stage.store();
    return stage;
  }

  /** What the machine has decided since, not stored yet. */
  take(): Decision[] {
    return this.#decisions.splice(0);
  }

  /** Stores what was decided since, with what belongs to it. */
  async store(...facts: RowFacts[]): Promise<void> {
    const moves = this.take().flatMap((decision) => decision.moves);
    const answer = await this.#store.driven.apply({ runId: this.#runId, at: this.machine.now, moves, facts });
    if (answer.outcome !== "ok") throw new Error(`the moves were not stored: ${answer.outcome}`);
  }
}

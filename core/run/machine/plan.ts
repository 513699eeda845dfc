import type { Backoff } from "./backoff.ts";
import { readRowId } from "./rowId.ts";

/** How an executor goes on with a step that was under way when the gateway died. */
export type Recovery =
  /** Begins it anew, as long as attempts are left. */
  | "retry"
  /** Finds the work where it goes on without us. */
  | "reattach"
  /** May not do it twice: a person decides. */
  | "crash";

/** A step, as far as the machine has to know it. */
export interface PlannedStep {
  readonly id: string;
  readonly dependsOn: readonly string[];
  /** It has a `when`, an `each` or an `input`, to be evaluated once, when it becomes ready. */
  readonly evaluates: boolean;
  /** It is done once for each item of a list, `parallel` items at a time; null: once. */
  readonly each: { readonly parallel: number } | null;
  /** It waits for a person's answer before it is dispatched. */
  readonly asks: boolean;
  /** How often it may be tried again after a first attempt. */
  readonly retries: number;
  readonly backoff: Backoff;
  /** How long an attempt may take, and how long the step may wait for a node that can do it. */
  readonly timeoutMs: number;
  readonly recovers: Recovery;
}

/** The steps of one version of a workflow, each after those it depends on. */
export interface Plan {
  readonly steps: readonly PlannedStep[];
  readonly byId: ReadonlyMap<string, PlannedStep>;
}

/** What a step has where its author says nothing. */
export const stepDefaults: Omit<PlannedStep, "id"> = {
  dependsOn: [],
  evaluates: false,
  each: null,
  asks: false,
  retries: 0,
  backoff: { initialMs: 1_000, factor: 2, maxMs: 300_000, jitter: 0.2 },
  timeoutMs: 300_000,
  recovers: "retry",
};

/**
 * Puts steps in an order in which they can be done; the author's order holds where that is free.
 * Throws where steps wait for each other, or for one that is not there: validation has told the author before.
 */
export function planOf(steps: readonly (Pick<PlannedStep, "id"> & Partial<PlannedStep>)[]): Plan {
  const whole = steps.map((step): PlannedStep => ({ ...stepDefaults, ...step, evaluates: step.evaluates === true || step.each != null }));
  const byId = new Map(whole.map((step) => [step.id, step]));
  const ordered = new Set<PlannedStep>();
  const place = (step: PlannedStep, trail: readonly string[]): void => {
    if (ordered.has(step)) return;
    if (trail.includes(step.id)) throw new Error(`steps wait for each other: ${[...trail, step.id].join(" → ")}`);
    for (const id of step.dependsOn) {
      const before = byId.get(id);
      if (!before) throw new Error(`${step.id} depends on ${id}, which is not there`);
      place(before, [...trail, step.id]);
    }
    ordered.add(step);
  };
  for (const step of whole) place(step, []);
  return { steps: [...ordered], byId };
}

/** The step whose executor works on this row; none for a phase, nor for a step that is done by its items. */
export function workedOn(plan: Plan, rowId: string): PlannedStep | undefined {
  const { step: id, item, phase } = readRowId(rowId);
  const step = plan.byId.get(id);
  return step && phase === null && (item === null) === (step.each === null) ? step : undefined;
}

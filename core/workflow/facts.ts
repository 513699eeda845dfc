import type { Json, JsonObject } from "../mirror/contract.ts";
import type { MisfirePolicy } from "../run/machine/misfire.ts";
import type { OverlapPolicy } from "../run/machine/overlap.ts";
import type { PlannedStep } from "../run/machine/plan.ts";
import type { Schedule } from "../schedule/schedule.ts";
import type { AfterCrash, TriggerSpec } from "./contract.ts";

/**
 * All of a workflow that is data. The gateway works with these facts and never runs the code they were read from; they are
 * stored with each version, so that a run goes on by its own version after a restart.
 */
export interface WorkflowFacts {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  /** `manual` where the author names none. */
  readonly schedule: Schedule;
  readonly triggers: readonly TriggerSpec[];
  /** What the file says; a person's switch goes before it. */
  readonly enabled: boolean;
  readonly input: InputFacts | null;
  readonly requires: readonly string[];
  readonly defaultHost: string | null;
  readonly overlap: OverlapPolicy;
  /** Runs are counted by a key that the author's code makes of their input. */
  readonly keyed: boolean;
  readonly misfire: MisfirePolicy;
  readonly steps: readonly StepFacts[];
}

/** What a run may be started with. */
export interface InputFacts {
  /** JSON Schema (2020-12) where the author's library tells one: forms and flags are made of it. Null: any JSON, checked by code. */
  readonly schema: JsonObject | null;
  /** What the schema makes of no input at all; undefined: it refuses that. */
  readonly default?: Json;
  /** It makes something else of that each time, such as today's date, and is asked for each run. What is the same each time is in `default` and `schema`. */
  readonly varies?: true;
}

/** Whether a run's input has a field of this name, so that it can be told something there. */
export function takes({ input }: Pick<WorkflowFacts, "input">, field: string): boolean {
  const properties = input?.schema?.["properties"];
  return typeof properties === "object" && properties !== null && Object.hasOwn(properties, field);
}

/** One step: what the machine has to know, but for how its executor recovers where that is not the step's own to say. */
export interface StepFacts extends Omit<PlannedStep, "recovers" | "asks"> {
  readonly label: string;
  readonly does: StepDoes;
  readonly requires: readonly string[];
  readonly hostHint: string | null;
}

export type StepDoes =
  | { readonly kind: "run"; readonly afterCrash: AfterCrash }
  | { readonly kind: "operation"; readonly operationId: string }
  | { readonly kind: "executor"; readonly executor: string }
  | { readonly kind: "workflow"; readonly workflow: string };

/** The same of an operation. */
export interface OperationFacts {
  readonly id: string;
  readonly label: string;
  readonly description: string | null;
  readonly input: InputFacts | null;
  readonly afterCrash: AfterCrash;
}

import type { ObservedStep } from "../../mirror/contract.ts";
import type { RunStatus, StepStatus } from "../contract.ts";
import { EVENT_ERROR_BYTES, head } from "./bounds.ts";
import type { Transaction } from "./transaction.ts";

/** How a run stands, as its events and its row tell it. */
export interface Outcome {
  readonly status: RunStatus;
  readonly code: string | null;
  readonly error: string | null;
  readonly red: boolean;
  readonly trigger: string;
  readonly startedAt: number;
  /** Null: it is under way. */
  readonly finishedAt: number | null;
}

/** How a step of it stands. */
interface StepOutcome {
  readonly id: string;
  readonly status: StepStatus;
  readonly reason?: string | null | undefined;
}

/** The strand whose run is told of, and when. */
export interface ToldStrand {
  readonly id: string;
  readonly at: number;
}

/** How it is told what became of a run: in full; as a correction, where it had an end before; or not at all. */
export type Telling = "news" | "correction" | "silence";

/** Tells how a step ended, once: a correction of the run says how all its steps stand. */
export function tellStep(tx: Transaction, strand: ToldStrand, runId: string, telling: Telling, step: ObservedStep): void {
  if (telling !== "news") return;
  const { id: stepId, status, reason = null, startedAt = null, finishedAt = null } = step;
  const error = briefly(step.error ?? null);
  tx.emit({ at: strand.at, type: `step.${status}`, strandId: strand.id, runId, data: { stepId, status, reason, startedAt, finishedAt, error } });
}

/** Tells how a run stands: `run.finished` once in its life, `run.corrected` whenever another word takes the place of its end. */
export function tellOutcome(tx: Transaction, strand: ToldStrand, runId: string, telling: Telling, outcome: Outcome, steps: readonly StepOutcome[]): void {
  if (telling === "silence") return;
  const data = { ...outcome, error: briefly(outcome.error), steps: steps.map(({ id, status, reason = null }) => ({ id, status, reason })) };
  tx.emit({ at: strand.at, type: telling === "news" ? "run.finished" : "run.corrected", strandId: strand.id, runId, data });
}

function briefly(error: string | null): string | null {
  return error === null ? null : head(error, EVENT_ERROR_BYTES);
}

import type { NewEvent, RunStatus } from "../../contract.ts";
import { EVENT_ERROR_BYTES, head } from "../bounds.ts";
import type { StepRow } from "./stepRows.ts";

/** The run that is told of, and when. */
export interface ToldRun {
  readonly runId: string;
  readonly strandId: string;
  readonly at: number;
}

/** How a run under way stands. */
interface Standing {
  readonly status: RunStatus;
  readonly code: string | null;
  readonly trigger: string;
  readonly queuedAt: number;
  readonly startedAt: number;
}

/** Tells that a run goes on; its end is told by `tellOutcome`. */
export function runEvent(run: ToldRun, type: string, { status, code, trigger, queuedAt, startedAt }: Standing): NewEvent {
  return { at: run.at, type, strandId: run.strandId, runId: run.runId, data: { status, code, trigger, queuedAt, startedAt } };
}

/** Tells how a row stands now. */
export function rowEvent(run: ToldRun, type: string, row: StepRow): NewEvent {
  const { step_id: stepId, status, reason, code, attempt, epoch, started_at: startedAt, finished_at: finishedAt } = row;
  const error = row.error === null ? null : head(row.error, EVENT_ERROR_BYTES);
  const hold = row.hold_reason === null ? {} : { hold: row.hold_reason };
  return { at: run.at, type, strandId: run.strandId, runId: run.runId, data: { stepId, status, reason, code, attempt, epoch, startedAt, finishedAt, error, ...hold } };
}

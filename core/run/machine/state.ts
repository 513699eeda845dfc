import type { RunStatus, StepStatus } from "../../store/statuses.ts";
import type { Plan } from "./plan.ts";

/** Why a step was not done. */
export type SkipReason = "when" | "dependency" | "cancelled";

/** Why an attempt, a step or a run failed, where the machine itself says so. Executors have codes of their own. */
export const failureCodes = ["timeout", "cancelled", "interrupted", "no_node", "items_failed", "too_many_rows"] as const;
export type FailureCode = (typeof failureCodes)[number];

/** What `when` and `each` said: evaluated once and kept. The input is kept beside it and is no concern of the machine. */
export interface Answer {
  /** How many items there are; null: the step is done once. */
  readonly items: number | null;
}

/** Why a step that could go on does not. */
export interface Hold {
  /** In words for people. */
  readonly reason: string;
  /** When it is given up; null: it waits as long as it takes. */
  readonly until: number | null;
}

/** One row: a step `post`, an item `post[3]`, a phase `post/upload` or `post[3]/upload`. */
export interface StepState {
  readonly id: string;
  readonly status: StepStatus;
  readonly reason: SkipReason | null;
  /** Why the last attempt failed. */
  readonly code: string | null;
  /** Counts dispatches; a phase has that of the attempt it belongs to. What comes with an old one changes nothing. */
  readonly epoch: number;
  /** Counts attempts, without those that ended through no fault of the step. */
  readonly attempt: number;
  /** The start of the gateway that dispatched it. */
  readonly bootId: string | null;
  readonly nodeId: string | null;
  /** Null: not evaluated yet. */
  readonly answer: Answer | null;
  /** Whether a person has answered what the step asks. */
  readonly answered: boolean;
  /** Dispatched, and in line for a thread: none of its code has begun. */
  readonly inLine: boolean;
  readonly hold: Hold | null;
  /** When a retry is due. */
  readonly retryAt: number | null;
  /** When the attempt under way has taken too long; null: its time has not begun. */
  readonly deadlineAt: number | null;
}

export interface RunState {
  readonly status: RunStatus;
  readonly code: string | null;
  /** Set once somebody cancelled it. */
  readonly cancel: Cancel | null;
  readonly steps: ReadonlyMap<string, StepState>;
}

export interface Cancel {
  readonly at: number;
  /** How long steps may take to stop by themselves. */
  readonly graceMs: number;
}

/** A run with so many rows has no more phases and begins no more lists: each change of the run would cost more, and nobody would look at them. */
export const MOST_ROWS = 10_000;
/** So many rows may all runs of a workflow have that have not ended: each takes some 3 KB of memory, and 10 KB while it waits in line. */
const MOST_OPEN_ROWS = 50_000;
/** So many those of all workflows. */
const MOST_ROWS_OF_ALL = 100_000;

/** A run itself takes as much memory as so many rows. */
export const ROWS_OF_RUN = 16;

/** Rows of runs that have not ended, with those that the runs themselves count for. */
export interface OpenRows {
  /** Of the workflow. */
  readonly own: number;
  /** Of all workflows. */
  readonly all: number;
}

/** How many rows the open runs of a workflow may have beside those of others, which leave it as many as one run may have. */
export function mostOpenRows({ own, all }: OpenRows): number {
  return Math.max(MOST_ROWS, Math.min(MOST_OPEN_ROWS, MOST_ROWS_OF_ALL - (all - own)));
}

/** A row that nothing has happened to. */
export function freshStep(id: string): StepState {
  return {
    id, status: "pending", reason: null, code: null, epoch: 0, attempt: 0, bootId: null, nodeId: null,
    answer: null, answered: false, inLine: false, hold: null, retryAt: null, deadlineAt: null,
  };
}

/** A run that waits for its turn, with a row for each step. */
export function freshRun(plan: Plan): RunState {
  return { status: "queued", code: null, cancel: null, steps: new Map(plan.steps.map(({ id }) => [id, freshStep(id)])) };
}

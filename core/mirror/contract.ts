import type { Schedule } from "../schedule/schedule.ts";

/** Anything JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/**
 * A foreign scheduler, seen through an adapter. The adapter only reads and asks; what is kept, compared and shown is
 * the kernel's. All times are milliseconds since 1970 (UTC), all durations milliseconds.
 */
export interface Source {
  /** What makes this scheduler the same one tomorrow, such as the real path of its state folder. Never shown. */
  readonly identity: string;
  /** Its name on the page. */
  readonly label: string;
  /** What it can do; a string says, for people, why not. Read again after each look, since an owner may be replaced by its next release. */
  readonly can: { readonly setEnabled: true | string; readonly runNow: true | string };
  /** What becomes of firings that fall while a job is off, by the kind of schedule: told before a person switches a job. */
  readonly firingsWhileOff?: FiringsWhileOff;
  /**
   * True where a run may be shown as under way before it starts, as when a scheduler sets jobs aside to catch up with them:
   * its history then tells a later start, and so another key.
   */
  readonly startsMayMove?: boolean;
  /** Longest time between two looks when nothing wakes the mirror. Default 15000. */
  readonly pollMs?: number;
  /** Shortest time between two looks when wake-ups come thick. Default 100. */
  readonly spacingMs?: number;

  /**
   * The whole state of the scheduler now. Throws a `SourceProblem` when it cannot be read: nothing is changed then,
   * and no strand is deleted.
   */
  snapshot(look: Look): Promise<Snapshot>;

  /**
   * One page of a job's finished runs, newest first. Only called for jobs whose `historyMark` changed.
   * Leave out when the scheduler keeps no history.
   */
  runs?(jobId: string, page: { readonly cursor: string | null; readonly signal: AbortSignal }): Promise<RunPage>;

  /** Calls `wake` whenever a new look may be worth while, until the signal aborts. */
  watch?(wake: () => void, signal: AbortSignal): void;

  /** Asks the scheduler to switch a job. Its word is not taken: the kernel looks again before it says confirmed. */
  setEnabled?(jobId: string, enabled: boolean, ask: Ask): Promise<Answer>;

  /** Asks the scheduler to run a job now. */
  runNow?(jobId: string, ask: Ask): Promise<Answer>;

  /**
   * Where the scheduler limits how often it can be asked: how long an ask of this kind would wait, in milliseconds, that
   * has `ahead` others before it. Commands wait for it in a queue. Left out: no limit.
   */
  askWaitMs?(kind: "setEnabled" | "runNow", ahead: number): number;
}

/** Words for people, such as "They are not made up; the next firing is the next one after it is on again." */
export type FiringsWhileOff = Partial<Readonly<Record<Schedule["kind"], string>>>;

export interface Look {
  /** The `revision` of the last snapshot that was taken in, or null: a full snapshot is needed. */
  readonly revision: string | null;
  readonly signal: AbortSignal;
}

export type Snapshot =
  /** Nothing has changed since `look.revision`. */
  | { readonly unchanged: true; readonly version?: string }
  | {
      readonly unchanged?: false;
      /** The scheduler's own version, for people. */
      readonly version?: string;
      /** A token that stands for exactly this state, where the scheduler has one. */
      readonly revision?: string;
      /** False when the scheduler as a whole is switched off. Default true. */
      readonly schedulerOn?: boolean;
      readonly jobs: readonly ObservedJob[];
      /** Jobs seen since the last look that are gone again: their last state, so that their runs are kept. */
      readonly departed?: readonly ObservedJob[];
    };

export interface ObservedJob {
  /** The scheduler's own id, unique within the source. */
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  /** The command line, where the job is one. */
  readonly command?: string;
  readonly enabled: boolean;
  /** Why it is off, where the scheduler tells. */
  readonly disabledReason?: string;
  /** True for jobs that the scheduler made for itself. */
  readonly system?: boolean;
  readonly schedule: Schedule;
  /** The steps that a run of this job goes through, in order. */
  readonly steps: readonly { readonly id: string; readonly label: string; readonly operationId?: string; readonly shares?: readonly string[] }[];
  /** The next firing as the scheduler tells it; null: none is planned; undefined: it does not tell. */
  readonly nextRunAt?: number | null;
  /** The run that is under way. `key` must be the key under which `runs` gives it when it has finished. */
  readonly running?: { readonly key: string; readonly startedAt: number } | null;
  /** Changes whenever the job has runs that were not there before; null: it never ran. */
  readonly historyMark: string | null;
  /** Key of the run that `historyMark` stands for, where the scheduler tells it: its history may show that run later. */
  readonly newestRun?: string;
  /** No firing is expected before this time although `nextRunAt` may be earlier (error backoff). */
  readonly notBefore?: number;
  /** Who made or last changed the job, where the scheduler tells. */
  readonly by?: string;
  /** True for a job that its scheduler takes away when it has done its work: that it went, seen among `departed`, is no news then. */
  readonly leavesByItself?: boolean;
  /** The job as its owner keeps it, without what changes from run to run: a change here is an edit. */
  readonly definition: JsonObject;
}

export interface RunPage {
  readonly runs: readonly ObservedRun[];
  /** Where the next (older) page begins; null: there is none. */
  readonly next: string | null;
}

export interface ObservedRun {
  /** Unique within the job, and the same each time the run is seen. */
  readonly key: string;
  /** The id that the owner gave to a run that was asked for, where there is one. */
  readonly ownerRunId?: string;
  readonly trigger: "schedule" | "manual" | "unknown";
  readonly status: "succeeded" | "failed" | "skipped" | "cancelled";
  /** Stable word for the reason, such as `interrupted` or `timeout`. */
  readonly code?: string;
  /** The reason in the owner's words. */
  readonly error?: string;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly steps: readonly ObservedStep[];
  /** Model, tokens, session and whatever else the owner tells of the run. */
  readonly summary?: JsonObject;
}

export interface ObservedStep {
  readonly id: string;
  readonly status: "completed" | "failed" | "skipped";
  /** Why it was skipped: `when`, `dependency`, `passed_over`, `cancelled`, `not_requested`, `nothing_to_say`, `delivery_unknown`; of a failed one `interrupted`. */
  readonly reason?: string;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly exitCode?: number;
  readonly error?: string;
  /** The output, whole or as much of its end as the adapter has; the kernel keeps as much of its end as it is configured to. */
  readonly output?: string;
  /** How long the whole output was, in bytes, where `output` is only its end. */
  readonly outputBytes?: number;
  readonly result?: Json;
}

export interface Ask {
  /** Name of the person or token that asked. */
  readonly by: string;
  /** The definition as Loom showed it to the person, so that an owner can refuse when it has changed. */
  readonly definition: JsonObject;
  readonly signal: AbortSignal;
}

export type Answer =
  /** The owner took it. `ownerRunId` names the run that was asked for. */
  | { readonly accepted: true; readonly ownerRunId?: string }
  /** The owner said no, in its own words; `retryAfterMs` when asking again after that long may help. */
  | { readonly accepted: false; readonly reason: string; readonly retryAfterMs?: number };

/** What a source cannot do just now. `unreachable` makes it stale, `incompatible` incompatible, the others stale with what to do. */
export type SourceTrouble = "unreachable" | "incompatible" | "needs_configuration" | "refused";

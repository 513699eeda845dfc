import type { Duplicate, NotFound, Ok, Page } from "./answers.ts";
import type { MissCause, OccurrenceStatus } from "./statuses.ts";

/** One planned firing and what became of it. */
export interface OccurrenceRecord {
  readonly strandId: string;
  readonly dueAt: number;
  readonly status: OccurrenceStatus;
  readonly cause: MissCause | null;
  /** The run that met it. */
  readonly runId: string | null;
  readonly graceMs: number;
  readonly judgedAt: number | null;
  readonly ackAt: number | null;
  readonly ackBy: string | null;
}

export interface Judgement {
  readonly dueAt: number;
  /** Compare-and-set: what the occurrence must be now. */
  readonly from: OccurrenceStatus;
  readonly to: OccurrenceStatus;
  readonly cause?: MissCause | null;
  readonly runId?: string | null;
}

export interface OccurrenceStore {
  /**
   * Opens, judges and drops occurrences of one strand, as one change. Events: `occurrence.missed`, `occurrence.late` (was
   * missed), `occurrence.unknown`, with `dueAt`, `cause` and `runId`; what is met or excused in time tells none. One that is
   * there already is not opened again, and a judgement whose `from` no longer holds changes nothing.
   * @param change `drop` forgets open ones that a new schedule has made void
   */
  settle(change: {
    readonly strandId: string;
    readonly at: number;
    readonly open?: readonly { readonly dueAt: number; readonly graceMs: number }[];
    readonly judge?: readonly Judgement[];
    readonly drop?: readonly number[];
  }): Promise<Ok<{ readonly opened: number; readonly judged: number; readonly lost: number }> | NotFound>;
  /** The open occurrences of a strand by time, the first thousand of them. */
  openOf(strandId: string): Promise<readonly OccurrenceRecord[]>;
  /** The next strands that have open occurrences, by id, some hundreds at once: those after an id, null for the first ones. */
  withOpen(after: string | null): Promise<readonly string[]>;
  /** Latest due time first. */
  list(filter: {
    readonly strandId?: string;
    readonly status?: readonly OccurrenceStatus[];
    /** Only missed ones that nobody has acknowledged. */
    readonly asking?: boolean;
    /** Due times from (inclusive) and to (exclusive). */
    readonly from?: number;
    readonly to?: number;
    readonly cursor?: string | null;
    readonly limit: number;
  }): Promise<Page<OccurrenceRecord>>;
  /**
   * Acknowledges the missed occurrences of a strand (event `strand.acknowledged`). `duplicate`: none was asking.
   * @param until the due time of the last one that the person has seen; left out: all
   */
  acknowledge(strandId: string, by: string, at: number, until?: number): Promise<Ok<{ readonly acknowledged: number }> | Duplicate | NotFound>;
  /** Forgets some of what was met or excused before a time: others write in between. Answers how many went, 0 when none is left. */
  prune(before: number): Promise<number>;
  /** Forgets some of what was met or excused of a strand but its newest `keep`, the oldest first. Answers as `prune` does. */
  pruneStrand(strandId: string, keep: number): Promise<number>;
  /** How many firings ended how, since the store began to count. */
  counts(): Promise<Readonly<Record<OccurrenceStatus, number>>>;
}

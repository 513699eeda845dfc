import type { Json, JsonObject, ObservedRun } from "../mirror/contract.ts";
import type { LoomEvent } from "../plugin/contract.ts";
import type { Schedule } from "../schedule/schedule.ts";
import type { AuditStore, SessionStore, TokenStore } from "./accessContract.ts";
import type { Duplicate, Lost, NotFound, Ok, Page } from "./answers.ts";
import type { ChangeRecord, ChangeStore } from "./changeContract.ts";
import type { CommandStore } from "./commandContract.ts";
import type { StoreHealth } from "./healthContract.ts";
import type { OccurrenceStore } from "./occurrenceContract.ts";
import type { PauseStore } from "./pauseContract.ts";
import type { SourceHealth, SourceStore } from "./sourceContract.ts";
import type { MissCause, RunStatus, StepStatus } from "./statuses.ts";
import type { DrivenRunStore, RunParent, WeaveStore, Woven } from "./wovenContract.ts";

export type * from "./accessContract.ts";
export type * from "./answers.ts";
export type * from "./changeContract.ts";
export type * from "./commandContract.ts";
export type * from "./healthContract.ts";
export type * from "./occurrenceContract.ts";
export type * from "./pauseContract.ts";
export type * from "./sourceContract.ts";
export type * from "./statuses.ts";
export type * from "./wovenContract.ts";

/**
 * Where everything that must survive is kept. Each method that writes is one whole change, with the events that tell
 * of it in the same transaction, and answers after the commit. Times are milliseconds since 1970 (UTC), given by the
 * caller's clock. Every driver passes the suite in `test/contract/store.contract.ts`.
 *
 * Refusals are tagged answers; what throws is a `LoomError` with STORE_BUSY, STORE_UNAVAILABLE, STORE_CORRUPT or
 * SCHEMA_TOO_NEW.
 */
export interface Store {
  /** Names this database's numbering of events; a restored database gets a new one. */
  readonly feed: string;
  /** Whether it does its work: what fails is refused, and this says why. */
  readonly health: StoreHealth;
  readonly events: EventStore;
  readonly nodes: NodeStore;
  readonly sources: SourceStore;
  readonly strands: StrandStore;
  readonly runs: RunStore;
  readonly occurrences: OccurrenceStore;
  readonly changes: ChangeStore;
  readonly commands: CommandStore;
  /** Strands of Loom's own. */
  readonly weave: WeaveStore;
  /** Their runs. */
  readonly driven: DrivenRunStore;
  readonly pauses: PauseStore;
  readonly sessions: SessionStore;
  readonly tokens: TokenStore;
  readonly audit: AuditStore;
  readonly kv: KvStore;
  /** Calls `listener` after each commit with its events, in order. What it throws is not caught here. */
  onCommit(listener: (events: readonly LoomEvent[]) => void): () => void;
  stats(): Promise<StoreStats>;
  /**
   * Writes a whole copy as of one moment into a new file, and checks it; other writes go on meanwhile.
   * @throws LoomError as all do; nothing is left of the copy then
   */
  backup(file: string): Promise<{ readonly bytes: number }>;
  /**
   * Gives some of the room that forgotten rows have left back to the disk, and answers after a rest: others write meanwhile. A part of it
   * stays, for what is stored next. Answers how many bytes, 0 when there is no more to give, or not while somebody reads as of before.
   */
  shrink(): Promise<number>;
  /** Lets writes under way finish, then closes. Closing twice is allowed. */
  close(): Promise<void>;
}

export interface EventStore {
  /** Events with a greater number, oldest first: at most `limit`, fewer where they say much, and none only where there is none. `pruned` when some of them are no longer kept. */
  after(seq: number, limit: number): Promise<{ readonly events: readonly LoomEvent[]; readonly pruned: boolean }>;
  /** The newest number given out, 0 when none was. */
  last(): Promise<number>;
  /** Forgets some of all but the newest `keep` events, the oldest first: others write in between. Answers how many went, 0 when none is left. */
  prune(keep: number): Promise<number>;
  /** For what belongs to no other change, such as a plugin that loaded. */
  append(event: NewEvent): Promise<void>;
}

export interface NewEvent {
  readonly at: number;
  readonly type: string;
  readonly strandId?: string | null;
  readonly runId?: string | null;
  readonly data?: JsonObject;
}

export interface NodeRecord {
  readonly id: string;
  readonly name: string;
  readonly hostname: string;
  /** Operating system and architecture, such as `linux_x64`. */
  readonly platform: string;
  readonly loomVersion: string;
  readonly capabilities: readonly string[];
  readonly cpuCores: number;
  readonly memGb: number;
  readonly startedAt: number;
  readonly lastHeartbeatAt: number;
}

export interface NodeStore {
  /** Adds or replaces the node's row. */
  save(node: NodeRecord): Promise<void>;
  list(): Promise<readonly NodeRecord[]>;
}

export interface StepDefinition {
  readonly id: string;
  readonly label: string;
  readonly operationId?: string;
  /** What it shares with steps of other strands, such as `model:gpt-5` or `agent:main`: drawn as braids. */
  readonly shares?: readonly string[];
}

/** What a look tells of a strand. */
export interface StrandState {
  readonly id: string;
  readonly ownerJobId: string;
  readonly name: string;
  readonly description: string | null;
  readonly command: string | null;
  readonly system: boolean;
  readonly schedule: Schedule;
  readonly steps: readonly StepDefinition[];
  readonly enabled: boolean;
  readonly disabledReason: string | null;
  /** The owner's own next firing; null: none planned. Meaningless unless `ownerTellsNext`. */
  readonly nextRunAt: number | null;
  readonly ownerTellsNext: boolean;
  /** No firing is expected before this time (error backoff). */
  readonly notBefore: number | null;
  readonly overdue: boolean;
  readonly definition: JsonObject;
  readonly definitionHash: string;
  /** The owner's mark of its history as last seen. */
  readonly historyMark: string | null;
}

export interface StrandRecord extends StrandState {
  readonly kind: "woven" | "mirrored";
  /** Null for a mirrored strand. */
  readonly woven: Woven | null;
  readonly nodeId: string;
  readonly sourceId: string | null;
  /** The history mark up to which runs are imported. */
  readonly importedMark: string | null;
  /** True once the whole history was imported. */
  readonly historyComplete: boolean;
  readonly firstSeenAt: number;
  /** Last change of the definition. */
  readonly editedAt: number;
  /** Last change of the schedule alone; at first, when it was first seen. */
  readonly scheduledAt: number;
  /** When it was last seen to be switched on; while it is off, when it was switched off. */
  readonly switchedAt: number;
  /** Number of the newest of its kept definitions, from 1. */
  readonly version: number;
  /** How late a firing may be before it is missed, set by a person; null: by the rule of `core/occurrence/grace.ts`. */
  readonly graceMs: number | null;
  /** Who paused it, or everything, so that nothing starts it; null: it is not paused. Of woven strands only: a mirrored one is switched off. */
  readonly paused: { readonly at: number; readonly by: string } | null;
  /** Its owner has not had it since; null: it does. Such a strand is on the page as long as its vanishing is not acknowledged. */
  readonly goneAt: number | null;
  /** `stuckAt`: when it was found to have run for too long. */
  readonly activeRun: { readonly id: string; readonly key: string | null; readonly startedAt: number; readonly stuckAt: number | null } | null;
  /** 95th percentile of how long its last 100 successful runs took; null with fewer than five. */
  readonly p95Ms: number | null;
  /** Missed firings that nobody has acknowledged; 10,000 of them are counted at most. */
  readonly missed: { readonly count: number; readonly lastDueAt: number; readonly cause: MissCause | null } | null;
  /** How it changed since somebody last acknowledged its changes, newest first, at most 20; where many long names of fields differ, older ones have `…` in their place. */
  readonly changes: readonly ChangeRecord[];
  readonly lastRun: RunTick | null;
  /** Runs that failed, or have a failed step, and that nobody has acknowledged; 10,000 are counted at most. */
  readonly redRuns: number;
  /** The newest runs, newest first, at most 20. */
  readonly recent: readonly RunTick[];
  /** How each step stood in the newest run. */
  readonly stepStates: readonly { readonly id: string; readonly status: StepStatus; readonly reason: string | null }[];
}

export interface RunTick {
  readonly id: string;
  readonly status: RunStatus;
  /** Failed, or with a failed step, whatever the status says. */
  readonly red: boolean;
  readonly acknowledged: boolean;
  readonly startedAt: number;
  readonly finishedAt: number | null;
}

/** `expected` changes leave no mark that asks to be acknowledged; `by` is who made it, where that is told. */
export type StrandChange =
  | { readonly kind: "added"; readonly strand: StrandState; readonly expected?: boolean; readonly by?: string }
  | { readonly kind: "returned"; readonly strand: StrandState; readonly expected?: boolean; readonly by?: string }
  /** `fields` names what differs in the definition. */
  | { readonly kind: "edited"; readonly strand: StrandState; readonly fields: readonly string[]; readonly expected?: boolean; readonly by?: string }
  /** The definition is the same; enabled, next firing, overdue or mark differ. */
  | { readonly kind: "changed"; readonly strand: StrandState }
  | { readonly kind: "removed"; readonly id: string; readonly expected?: boolean; readonly by?: string };

export interface StrandStore {
  /** All strands on the page: those that are there, and of each source the last thousand that vanished without somebody acknowledging it. */
  all(): Promise<readonly StrandRecord[]>;
  /** Those of these that are known, on the page or not. Of a long definition of a job that is gone, its short fields are told. */
  getMany(ids: readonly string[]): Promise<readonly StrandRecord[]>;
  /** So many of all strands that there ever were whose ids come after this one (null: the first), in order of their ids. */
  after(id: string | null, limit: number): Promise<readonly Pick<StrandRecord, "id" | "kind">[]>;
  /** So many of the strands that a source does not have any more, those that went last first. */
  goneFrom(sourceId: string, limit: number): Promise<readonly StrandRecord[]>;
  /**
   * Takes in one look at a source, whole or not at all. Events: `strand.added | returned | edited | changed | removed`
   * (an enabling or disabling is `strand.enabled` / `strand.disabled`), `source.changed` where health differs.
   * `lost` when the source's `look` is not `expectedLook`.
   */
  applyLook(look: {
    readonly sourceId: string;
    readonly expectedLook: number;
    readonly at: number;
    readonly revision: string | null;
    readonly health: SourceHealth;
    readonly changes: readonly StrandChange[];
  }): Promise<Ok<{ readonly look: number }> | Lost | NotFound>;
  /** Sets how late a firing may be, or with null goes back to the rule (event `strand.changed`). */
  setGrace(id: string, graceMs: number | null, at: number): Promise<Ok | NotFound>;
}

export interface RunRecord {
  readonly id: string;
  readonly strandId: string;
  readonly externalKey: string | null;
  readonly ownerRunId: string | null;
  readonly trigger: string;
  readonly triggerBy: string | null;
  readonly status: RunStatus;
  readonly code: string | null;
  readonly error: string | null;
  readonly nodeId: string;
  /** When it came to be, of a driven run; null: a source told of it. */
  readonly queuedAt: number | null;
  /** Of one that is queued: when it came to be. */
  readonly startedAt: number;
  readonly finishedAt: number | null;
  /** Of its strand, where Loom drives it. */
  readonly version: number | null;
  /** The run that this one does again. */
  readonly rerunOf: string | null;
  /** The step whose work it is. */
  readonly parent: RunParent | null;
  readonly summary: JsonObject | null;
  readonly red: boolean;
  readonly ackAt: number | null;
  readonly ackBy: string | null;
}

export interface StepRunRecord {
  readonly runId: string;
  readonly stepId: string;
  readonly label: string;
  readonly status: StepStatus;
  readonly reason: string | null;
  readonly nodeId: string;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly exitCode: number | null;
  readonly outputTail: string | null;
  /** How long the whole output was, in bytes of UTF-8; null: there was none. */
  readonly outputBytes: number | null;
  /** How many of these are kept, the last ones; `output` gives them. */
  readonly outputKeptBytes: number | null;
  readonly error: string | null;
  /** Above 16 KiB of JSON a note of how long it is; `driven.results` gives the whole of a step that Loom has done. */
  readonly result: Json;
  readonly epoch: number;
}

/** A look's news about the runs of one strand. */
export interface ObservedRuns {
  readonly strandId: string;
  readonly at: number;
  /** Finished runs, in any order; those already known are left as they are. One stored as `interrupted` gives way to any other end. */
  readonly finished: readonly ObservedRun[];
  /** A run stored as under way, or as lost, whose end its owner tells under another key, which is among `finished`. */
  readonly heir?: { readonly from: string; readonly to: string } | null;
  /**
   * The run under way; null: none is, so a stored run under way that is not among `finished` ended unseen
   * (failed, code `lost`, replaced when its owner tells later); undefined: nothing is known about it.
   */
  readonly running?: { readonly key: string; readonly startedAt: number } | null;
  /** The history mark that these runs bring the strand up to; undefined: leave it. */
  readonly importedMark?: string | null;
  /** Whether the whole history is imported now; undefined: as it was. */
  readonly historyComplete?: boolean;
  /**
   * These runs were over before Loom first saw the strand: those that were not known are stored without an event each (one
   * `strand.history`), and all but the newest are acknowledged.
   */
  readonly beforeFirstSight?: boolean;
}

export interface RunFilter {
  readonly strandId?: string;
  readonly status?: readonly RunStatus[];
  /** Only red runs that nobody has acknowledged. */
  readonly red?: boolean;
  readonly cursor?: string | null;
  readonly limit: number;
}

export interface RunStore {
  /**
   * Records what a source tells of runs. Events: `run.started`, `step.*`, `run.finished`, `run.corrected`, `strand.history`.
   * A run is told to begin and to end once each. Whatever takes the place of its end later is told by `run.corrected` alone,
   * with the data of `run.finished` (status `running`: it is under way after all), also where the end came without an event.
   */
  observe(runs: ObservedRuns): Promise<Ok<{ readonly added: number; readonly finished: number }> | NotFound>;
  /** Which of these external keys are stored as finished for good: not `lost`, nor taken for interrupted. */
  known(strandId: string, keys: readonly string[]): Promise<readonly string[]>;
  /** Newest first. */
  list(filter: RunFilter): Promise<Page<RunRecord>>;
  get(id: string): Promise<{ readonly run: RunRecord; readonly steps: readonly StepRunRecord[] } | null>;
  /** A step's output as far as it is kept; null: no such step, or it has none. */
  output(runId: string, stepId: string): Promise<{ readonly text: string; readonly bytes: number } | null>;
  /** Marks a run under way as running for too long (event `run.stuck`), once. */
  markStuck(id: string, at: number): Promise<Ok | Duplicate | NotFound>;
  /** Acknowledges a red run and every earlier red run of its strand (event `run.acknowledged`, of very many one for each part of them). `duplicate`: nothing was red. */
  acknowledge(id: string, by: string, at: number): Promise<Ok<{ readonly acknowledged: number }> | Duplicate | NotFound>;
  /**
   * Forgets runs of a strand that ended before a time, the oldest first, with all that belongs to them. Its newest `keep` (100 at
   * least) stay, and so do red ones that nobody has acknowledged. A call does what takes the writer no noticeable time: `more`
   * says whether to call again.
   */
  prune(strandId: string, before: number, keep: number): Promise<{ readonly gone: number; readonly more: boolean }>;
}

export interface KvStore {
  get(plugin: string, key: string): Promise<Json | undefined>;
  set(plugin: string, key: string, value: Json): Promise<void>;
  delete(plugin: string, key: string): Promise<void>;
}

export interface StoreStats {
  readonly strands: number;
  readonly runs: number;
  readonly events: number;
  readonly bytes: number;
  /** Commits since the store was opened, and the writes that they held. */
  readonly commits: number;
  readonly writes: number;
}

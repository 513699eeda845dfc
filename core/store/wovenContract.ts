import type { Json } from "../mirror/contract.ts";
import type { Move } from "../run/machine/decision.ts";
import type { RunState } from "../run/machine/state.ts";
import type { WorkflowFacts } from "../workflow/facts.ts";
import type { Duplicate, Lost, NotFound, Ok } from "./answers.ts";
import type { RunStatus } from "./statuses.ts";

/** One version of a file's code, by the hash of it. */
export interface Bundle {
  /** SHA-256 of `code`. */
  readonly hash: string;
  /** One CommonJS script. */
  readonly code: string;
  /** Its source map as JSON, with the sources in it. */
  readonly map: string | null;
  /** Path of the file. */
  readonly entry: string;
}

/** What a woven strand has that a mirrored one has not. */
export interface Woven {
  /** Of the version that new runs get. */
  readonly bundleHash: string;
  readonly modulePath: string;
  /** Comes with Loom. */
  readonly shipped: boolean;
  readonly facts: WorkflowFacts;
  /** A person's switch; null: the file decides. */
  readonly enabledOverride: boolean | null;
  /** Firings up to then have been dealt with. */
  readonly firedUntil: number;
}

/** Strands of Loom's own and the code that they are made of. */
export interface WeaveStore {
  /**
   * Lays down a workflow as its file says now, with its code: a new version where facts or code differ from the last one.
   * Events: `strand.added | returned | edited`, none where nothing changed. `firedUntil` of a new or returned strand, and of one
   * whose schedule changed or that its file has switched on, is `at`.
   */
  lay(strand: { readonly nodeId: string; readonly at: number; readonly modulePath: string; readonly shipped: boolean; readonly facts: WorkflowFacts; readonly bundle: Bundle }): Promise<Ok<{ readonly version: number }>>;
  /** Its file is gone (event `strand.removed`); its runs stay. */
  remove(strandId: string, at: number): Promise<Ok | NotFound>;
  /**
   * A person's switch, or null to follow the file again (event `strand.enabled` / `strand.disabled`; `strand.changed` where it stands as
   * before). `firedUntil` becomes `at` when it is switched on, unless firings that fell meanwhile are to be made up.
   */
  switch(strandId: string, enabled: boolean | null, at: number, options?: { readonly makeUp?: boolean }): Promise<Ok | NotFound>;
  /** Firings up to `until` have been dealt with. `lost` when it stood elsewhere than at `from`. No event. */
  fired(strandId: string, from: number, until: number): Promise<Ok | Lost | NotFound>;
  /** Keeps code that an operation's file holds. Of code that is kept already only map and entry may change. */
  keepBundle(bundle: Bundle): Promise<void>;
  bundle(hash: string): Promise<Bundle | null>;
  /** The version of a workflow by its number, with the hash of its code; null: not known. */
  version(strandId: string, version: number): Promise<{ readonly facts: WorkflowFacts; readonly bundleHash: string } | null>;
  /** Forgets some of the code that no strand, no open run, and none of `hashes` needs. Keeps that of each strand's newest 20 versions. Answers how many went, 0 when none is left. */
  pruneBundles(hashes: readonly string[]): Promise<number>;
}

/** How a driven run came to be. */
export interface NewRun {
  readonly id: string;
  readonly strandId: string;
  readonly nodeId: string;
  readonly at: number;
  /** `schedule`, `manual`, `webhook`, `after`, `workflow`, `retry`. */
  readonly trigger: string;
  /** Who or what: a person's name, a run's id. */
  readonly triggerBy: string | null;
  /** What must not start a run twice, such as `due:<ms>` or `after:<run id>`; null: nothing. Unique within the strand. */
  readonly onceKey: string | null;
  readonly input: Json;
  /** Whether `input` is what the workflow made of what it was asked for with; or that itself, null where there was none. */
  readonly isLetIn: boolean;
  /** What it is counted by besides its strand. */
  readonly concurrencyKey: string | null;
  readonly version: number;
  /** Hash of the code of the workflow, and of each operation that it uses, by id. */
  readonly bundles: RunBundles;
  /** The run that this one does again. */
  readonly rerunOf: string | null;
  /** The run whose results it takes over before it begins; null: it takes over nothing. */
  readonly takesOver: string | null;
  /** The step whose work it is. */
  readonly parent: RunParent | null;
  /** As `freshRun` or `resumed` gives it, status `queued`; or `skipped` with the reason as `code`, and nothing in `steps`. */
  readonly state: RunState;
  /** Labels of the steps, by id, in the order in which they are shown. */
  readonly labels: ReadonlyMap<string, string>;
}

export interface RunBundles {
  readonly workflow: string;
  readonly operations: { readonly [operationId: string]: string };
}

export interface RunParent {
  readonly runId: string;
  readonly step: string;
  readonly epoch: number;
}

/** What is stored with the moves of a row. */
export interface RowFacts {
  readonly step: string;
  /** As JSON. Present when the row is completed; kept as it is. Above 1 MiB the change is refused with TOO_LARGE, and with BAD_INPUT where it is no JSON. */
  readonly result?: string;
  /** What it was given: one for each item of `each`, or a single one. */
  readonly inputs?: readonly Json[] | null;
  /** The items of its `each`. */
  readonly items?: readonly Json[] | null;
  /** Why it failed, in words; redacted by the caller. */
  readonly error?: string;
  /** Where its code runs, or may any moment: nothing may be called again before that is gone. Null: nowhere yet. */
  readonly host?: { readonly pid: number; readonly startTime: number } | null;
}

/** A run that Loom drives, as far as it has to be known to go on. */
export interface DrivenRun {
  readonly id: string;
  readonly strandId: string;
  readonly trigger: string;
  readonly queuedAt: number;
  readonly input: Json;
  readonly isLetIn: boolean;
  readonly concurrencyKey: string | null;
  readonly version: number;
  readonly bundles: RunBundles;
  readonly rerunOf: string | null;
  /** The run whose results it is still to take over; null: nothing, or it has them all. Stays where it ended before that. */
  readonly takesOver: string | null;
  readonly parent: RunParent | null;
  readonly state: RunState;
}

/** Starts of a strand that one skipped run stands for. */
export interface LetGo {
  /** Why, in words, without a full stop. */
  readonly why: string;
  /** When the last of them was due. */
  readonly last: number;
  /** A number for each, rising: those up to the last that was counted are known already. */
  readonly marks: readonly number[];
}

/** What is not kept of an output, between its first part and its last. */
export interface OutputGap {
  /** The first byte that is missing, and the first one after that. */
  readonly from: number;
  readonly to: number;
  /** How many lines end in between; 0 where nobody has counted them. */
  readonly lines: number;
}

/** An output as far as it was asked for. */
export interface OutputPart {
  /** Where `text` begins, in bytes of the whole. */
  readonly from: number;
  readonly text: string;
  /** How long the whole is. */
  readonly bytes: number;
  readonly missing: OutputGap | null;
}

/** One attempt at a row. */
export interface AttemptRecord {
  readonly stepId: string;
  readonly epoch: number;
  readonly attempt: number;
  /** As the row's: `dispatched`, `running`, or how it ended; `retrying` where another follows. */
  readonly status: string;
  readonly code: string | null;
  readonly error: string | null;
  readonly nodeId: string;
  readonly bootId: string;
  readonly startedAt: number;
  readonly finishedAt: number | null;
}

export interface ArtifactRecord {
  readonly stepId: string;
  readonly name: string;
  readonly kind: "text" | "bytes" | "json";
  readonly bytes: number;
  readonly createdAt: number;
}

/** A piece of what was kept. `createdAt` is another where the artifact was replaced since. */
export interface ArtifactPart extends Pick<ArtifactRecord, "kind" | "bytes" | "createdAt"> {
  readonly data: Uint8Array;
}

/** What of it a step's code works on. */
export interface WantedGiven {
  /** Whether the run's own input. */
  readonly runInput: boolean;
  /** The row whose own input and item; null: it has none. */
  readonly row: string | null;
  /** Steps whose results. */
  readonly results: readonly string[];
}

/** As JSON; what was not wanted, or is not there, is `null`, and `{}` of results. */
export interface StepGiven {
  readonly runInput: string;
  readonly input: string;
  readonly item: string;
  readonly results: string;
}

/** Runs of woven strands: the machine of `core/run/machine` decides, these store what it decided. */
export interface DrivenRunStore {
  /**
   * Adds a run with its rows (events `run.queued`, or `run.finished` of a skipped one). `duplicate`: its id or `onceKey` is there; with the
   * run that has it. `not_found`: its strand is gone. `lost`: rows of `takesOver` that it goes on from are.
   */
  begin(run: NewRun): Promise<Ok | (Duplicate & { readonly runId: string }) | NotFound | Lost>;
  /**
   * Copies to a queued run, from its `takesOver`, results of rows that are not to be done again and what rows were given, a few at a time.
   * Until it has them all, and as long as it is open, that one is not forgotten. Doing it again changes nothing.
   * @param after the row that the last call answered; empty at first
   * @returns null: all is copied, or the run is not queued any more
   */
  takeOver(runId: string, after: string): Promise<string | null>;
  /**
   * Counts starts that are let go: adds `run`, skipped, or where its `onceKey` is there counts on. `duplicate`: all of them were counted
   * before. Events: `run.finished`, and then `run.corrected`, once for each minute at most.
   */
  letGo(run: NewRun, starts: LetGo): Promise<Ok<{ readonly runId: string }> | (Duplicate & { readonly runId: string }) | NotFound>;
  /**
   * Stores moves and what belongs to them, all or nothing, an event for each that has one. `lost` where a row or the run does not
   * stand where a move says. A move to `dispatched` opens an attempt, one that ends it closes it. The first failed row's `error` is the run's.
   */
  apply(change: { readonly runId: string; readonly at: number; readonly moves: readonly Move[]; readonly facts?: readonly RowFacts[] }): Promise<Ok | Lost | NotFound>;
  get(runId: string): Promise<DrivenRun | null>;
  /** Ids of all driven runs that have not ended, oldest first. */
  open(): Promise<readonly { readonly id: string; readonly strandId: string; readonly status: RunStatus; readonly key: string | null; readonly queuedAt: number }[]>;
  /** Hosts in which attempts of open runs were, as they were stored with their moves. */
  hosts(): Promise<readonly { readonly pid: number; readonly startTime: number }[]>;
  /** The run that a step has started; null: none. */
  childOf(parent: RunParent): Promise<{ readonly id: string; readonly status: RunStatus } | null>;
  /** The run of a strand with this `onceKey`; null: nothing has started it. */
  startedBy(strandId: string, onceKey: string): Promise<{ readonly id: string; readonly status: RunStatus; readonly code: string | null } | null>;
  /**
   * Results of completed steps, by id, as the JSON of one object: of one with `each` the list of its items' results, in their order.
   * Missing: it gave none. As text, since they may hold millions of values, and those who need them are in other processes.
   * @throws LoomError TOO_LARGE for more than 8 MiB of JSON in all
   */
  results(runId: string, steps: readonly string[]): Promise<string>;
  /** What the row was given, as JSON: an item's own, where it is one. */
  inputOf(runId: string, row: string): Promise<{ readonly input: string; readonly item: string }>;
  /**
   * What a step's code works on, read together. Where it is longer than `most`, its length alone: so much may be waiting to be read that
   * it fills the memory of who asks.
   * @param most bytes of JSON
   * @throws LoomError TOO_LARGE as `results` does
   */
  given(runId: string, wanted: WantedGiven, most: number): Promise<StepGiven | number>;
  attempts(runId: string): Promise<readonly AttemptRecord[]>;
  /** Adds to the end of a row's output. Of more than `keep.stepOutputBytes` the first half and the last half stay. Answers its whole length so far. */
  appendOutput(output: { readonly runId: string; readonly step: string; readonly text: string; readonly at: number }): Promise<Ok<{ readonly bytes: number }> | NotFound>;
  /** Output from a byte offset on, at most `limit` bytes and up to what is missing; `from` is later than asked where that is missing. */
  outputAfter(runId: string, step: string, offset: number, limit: number): Promise<OutputPart | null>;
  /**
   * Keeps an artifact; one of the same name of an earlier attempt is replaced.
   * @throws LoomError TOO_LARGE where the run has 5,000 already
   */
  keepArtifact(artifact: { readonly runId: string; readonly step: string; readonly name: string; readonly kind: ArtifactRecord["kind"]; readonly data: Uint8Array; readonly at: number }): Promise<Ok | NotFound>;
  artifacts(runId: string): Promise<readonly ArtifactRecord[]>;
  /** An artifact from a byte offset on, at most a MiB of it. */
  artifactAfter(runId: string, step: string, name: string, offset: number): Promise<ArtifactPart | null>;
}

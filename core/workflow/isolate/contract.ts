import type { Json } from "../../mirror/contract.ts";

/** One version of a file of workflows or operations, as `core/modules` bundles it. */
export interface Version {
  /** One CommonJS script. */
  readonly code: string;
  /** Its source map, as JSON. */
  readonly map: string | null;
  /** Path of the file; packages are looked up from there, and errors name it. */
  readonly entry: string;
  /** SHA-256 of `code`. */
  readonly hash: string;
}

/** What is to be called of a version's code. */
export type Work =
  /** A step's `run`. */
  | { readonly do: "run"; readonly workflow: string; readonly step: string }
  /** An operation's `run`, with `input`, which its schema checks before. */
  | { readonly do: "operate"; readonly operation: string }
  /** Checks a run's input by the workflow's schema, and makes the key that it is counted by: the data that comes back is an `Admittance`. `hasNone`: it is given no input. */
  | { readonly do: "admit"; readonly workflow: string; readonly hasNone?: true }
  /** A step's `when`, `each` and `input`; the data that comes back is an `Evaluation`. */
  | { readonly do: "evaluate"; readonly workflow: string; readonly step: string };

export interface Call {
  readonly version: Version;
  readonly work: Work;
  /** 1 at the first try. */
  readonly attempt: number;
  /**
   * What it works on, asked for once it has a place and not kept: it may be large.
   * @param most characters; where it has more, its length alone may be answered, and it is asked for again once there is room for it
   */
  given(most: number): Given | number | Promise<Given | number>;
  /** The same for all attempts at this step of this run. Nothing else may have it. */
  readonly idempotencyKey: string;
  /** From the first line of its code on; the wait for a place does not count. */
  readonly timeoutMs: number;
}

/** What a call works on, as JSON: what it holds is nobody's business but its own. */
export interface Given {
  /** The run's input, or the operation's. */
  readonly input: string;
  /** Results of the steps that it depends on, by their ids. One that is missing was skipped. */
  readonly results: string;
  /** The item of `each` that it works on. */
  readonly item?: { readonly value: string; readonly index: number };
}

/** What a workflow made of what a run is to be started with. */
export type Admittance =
  | { readonly input: Json; readonly key: string | null; readonly problems?: undefined }
  /** Paths begin with `input`. */
  | { readonly problems: readonly { readonly path: string; readonly message: string }[] };

/** What a step's own functions said when it became ready. */
export type Evaluation = {
  readonly when: boolean;
  /** Null: it has no `each`. */
  readonly items: readonly Json[] | null;
  /** One for each item, or a single one; null: it has no input. */
  readonly inputs: readonly Json[] | null;
};

/** How a call ended. */
export type StepOutcome =
  /** Its data is JSON. */
  | { readonly is: "completed"; readonly data: string }
  | { readonly is: "failed"; readonly code: StepFailure; readonly message: string; readonly stack: string | null }
  /** It was ended for what a neighbour did, or nobody knows which of several did it. It loses no attempt: call again with the same key, and it goes alone. */
  | { readonly is: "displaced"; readonly code: "HOST_LOST"; readonly message: string; /** Whether its code may have begun. */ readonly mayHaveBegun: boolean };

/** Why a step failed in its isolate, and what its author can do about it. */
export const stepFailures = {
  STEP_THREW: "Its code threw; the stack names the line.",
  STEP_NOT_OK: "It answered ok: false.",
  STEP_INPUT_INVALID: "Mend what the step gives the operation as its input.",
  STEP_UNCAUGHT: "An error came up outside of what the step awaited: await every promise, and listen for errors of streams and servers.",
  STEP_TIMEOUT: "Raise its timeoutMs, or do less in one step.",
  STEP_BLOCKED: "It kept its thread busy without a pause: await between pieces of work, or put the work into a program and ctx.run it.",
  STEP_EXITED: "It called process.exit: return or throw instead.",
  STEP_OUT_OF_MEMORY: "It took more memory than its isolate may: work in pieces, or raise the limit.",
  STEP_CRASHED: "Its process died under it, as by a signal, a native add-on that crashed, or what was written to a descriptor that it did not open.",
  STEP_LEFT_PROCESS: "It ended while programs that it had started still ran; they were ended. Await them.",
  EGRESS_REFUSED: "Its request would have gone to a private address: add that to egress.allow in config.json, if it may.",
  RESULT_NOT_JSON: "Return what JSON can hold.",
  RESULT_TOO_LARGE: "Return less: keep large data as an artifact or in a file, and return where it is.",
  VERSION_NOT_LOADED: "The file threw while it was loaded; `loom check` shows the line.",
  CANCELLED: "It was asked to stop.",
} as const satisfies Record<string, string>;

export type StepFailure = keyof typeof stepFailures;

/** A reason to abort a call with, for another time than `graceMs` to stop by itself. */
export class StopWithin extends Error {
  readonly graceMs: number;

  constructor(graceMs: number) {
    super("It was asked to stop.");
    this.graceMs = graceMs;
  }
}

/** A process, told from a later one with the same id. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it began, in clock ticks since the machine did. */
  readonly startTime: number;
}

/** A place in a thread that is kept for one call, so that it begins at once. */
export interface KeptPlace {
  readonly is: "kept";
  readonly host: ProcessIdentity;
  /** It is not needed. No effect once a call has it, which gives it back at its end. */
  release(): void;
}

/** What a call tells meanwhile. One that answers with a promise holds up the host's output until it settles. */
export interface CallListener {
  /** It has to wait for a place, and why. */
  waiting?(reason: string): void;
  /** Its code is about to be called, in this process: store it, since nothing may be called again before that is gone. It is called once a promise has settled, and displaced if that rejects. */
  placed?(host: ProcessIdentity): void | Promise<void>;
  /** The first line of its code runs: its time counts from here. */
  began?(): void;
  log?(level: "debug" | "info" | "warn" | "error", message: string, fields: Json): void | Promise<void>;
  output?(stream: "stdout" | "stderr", text: string): void | Promise<void>;
  phase?(name: string, to: "running" | "completed" | "failed"): void;
  /** 0 to 1, at most every 50 ms, and the last one. */
  progress?(fraction: number): void;
  /** Keeps it; the step learns when it could not be kept. */
  artifact?(name: string, kind: "text" | "bytes" | "json", data: Buffer): void | Promise<void>;
  /** Its data has come, so many characters of JSON; the outcome follows. */
  done?(length: number): void | Promise<void>;
}

export interface IsolateLimits {
  /** Processes at once; two more may hold steps that have to be alone. */
  readonly hosts: number;
  /** In one process; a version has one. */
  readonly threadsPerHost: number;
  /** Threads besides, for what a start or a step asks of its workflow before it begins: no step is worked on there. */
  readonly shortThreads: number;
  /** A version whose work for these takes longer leaves one of them to the others. */
  readonly shortMs: number;
  /** Steps of one version at work at once. */
  readonly stepsPerThread: number;
  /** Threads that wait ready for a version, once there was a first one. */
  readonly warmThreads: number;
  /** A thread without steps is kept so long. */
  readonly idleMs: number;
  /** How long a step may take to stop by itself, and then its thread to end. */
  readonly graceMs: number;
  /** How long a thread may go without a pause. */
  readonly blockedMs: number;
  /** JavaScript heap of a thread. */
  readonly heapMb: number;
  /** All memory of a process, Buffers included. */
  readonly memoryMb: number;
  readonly resultBytes: number;
  readonly artifactBytes: number;
  /** Variables that programs may have besides the usual ones; `AWS_*` stands for all that begin so. */
  readonly programEnv: readonly string[];
}

export const defaultLimits: IsolateLimits = {
  hosts: 2,
  threadsPerHost: 16,
  shortThreads: 2,
  shortMs: 2_000,
  stepsPerThread: 256,
  warmThreads: 1,
  idleMs: 15_000,
  graceMs: 5_000,
  blockedMs: 10_000,
  heapMb: 512,
  memoryMb: 1_024,
  resultBytes: 1_048_576,
  artifactBytes: 16_777_216,
  programEnv: [],
};

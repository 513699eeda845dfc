import type { Log } from "../log/log.ts";
import type { Json } from "../mirror/contract.ts";
import type { StandardSchema } from "../plugin/standardSchema.ts";
import type { AnyStep, ResultsOf } from "./results.ts";

/**
 * A strand of Loom's own, as its author writes it: a file of `workflows/` exports it as `workflow`. Durations are
 * milliseconds unless they carry a unit.
 */
export interface WorkflowSpec<Input = any, Steps extends readonly StepSpec[] = readonly StepSpec[]> {
  /** Small letters, digits and hyphens: `nightly-report`. A file of `~/.loom/workflows/` wins over a shipped one of the same id. */
  readonly id: string;
  /** For people. */
  readonly name: string;
  readonly description?: string;
  /** When the clock starts it. Default: never. */
  readonly schedule?: ScheduleSpec;
  /** What else starts it. By hand it can always be started. */
  readonly triggers?: readonly TriggerSpec[];
  /** Whether schedule and triggers start it, until a person switches it. Default true. */
  readonly enabled?: boolean;
  /** Checks what a run is started with, and makes its form on the page: any Standard Schema (zod, valibot, arktype …). */
  readonly input?: StandardSchema<Input>;
  /** Tags that a node must have to run its steps. */
  readonly requires?: readonly string[];
  /** Name of the node for steps that hint at none. */
  readonly defaultHost?: string;
  readonly concurrency?: ConcurrencySpec;
  /** What happens to a run that is due while as many as allowed are under way. Default `skip`; `cancel_old` makes room for it. */
  readonly overlap?: "skip" | "queue" | "cancel_old";
  /** What happens to firings that fell while Loom was down: none is made up, one for all, or at most so many. Default `skip`. */
  readonly misfire?: "skip" | "once" | { readonly all: number };
  /** They run as soon as those in `dependsOn` are done, side by side where nothing keeps them apart. */
  readonly steps: Steps;
}

/** A cron expression in this machine's zone, or one of the longer forms. */
export type ScheduleSpec =
  | string
  /** Five fields, or six with seconds first. `zone` is an IANA name; default: this machine's. */
  | { readonly cron: string; readonly zone?: string }
  /** Milliseconds, or with a unit: `"15m"`. Counted from 1970, so that `"1h"` is on the hour. */
  | { readonly every: number | `${number}${"ms" | "s" | "m" | "h" | "d"}` }
  /** Once, in ISO 8601 with `Z` or an offset: `"2027-01-01T00:00:00Z"`. */
  | { readonly at: string };

export type TriggerSpec =
  /** After another strand's run: a workflow's id, or a mirrored strand's as `loom strands` shows it. `on` says which ends count; default `succeeded`, `ended` is any. */
  | { readonly after: string; readonly on?: "succeeded" | "failed" | "ended" }
  /** A POST to `/hooks/<workflow id>` that is signed with a secret, or carries it. `secret` names the environment variable that holds it. */
  | { readonly webhook: "hmac" | "token"; readonly secret: string };

export interface ConcurrencySpec<Input = any> {
  /** Most runs of this strand at once. Default 1, or no limit where there is a `key`. */
  readonly runs?: number;
  /** Runs with the same key count together, besides. */
  readonly key?: (input: Input) => string;
  /** Most runs with the same key at once. Default 1. */
  readonly runsPerKey?: number;
}

/** One step. It says what is done by exactly one of `run`, `operationId`, `executor` and `workflow`. */
export type StepSpec<
  Id extends string = string,
  Needs extends string = string,
  Answer = unknown,
  Item = any,
  When = unknown,
  Earlier extends AnyStep = any,
  Input = any,
> = StepFrame<Id, Needs, Item, When, ReadyContext<Input, ResultsOf<Earlier, Needs>>> &
  StepWork<StepContext<Input, ResultsOf<Earlier, Needs>, Item>, ReadyItem<Input, ResultsOf<Earlier, Needs>, Item>, Answer>;

interface StepFrame<Id extends string, Needs extends string, Item, When, Ready> {
  /** Small letters, digits and hyphens; unique in the workflow. */
  readonly id: Id;
  /** On its diamond: short and upper case, such as `FETCH`. */
  readonly label: string;
  /** Ids of the steps that have to be done before. Their results are in `ctx.results`. */
  readonly dependsOn?: readonly Needs[];
  /** Decides whether the step runs or is skipped. Called once, when all that it depends on is done. */
  readonly when?: (ready: Ready) => When;
  /** Gives a list: the step runs once for each item, its result is the list of theirs. Called once, as `when`. */
  readonly each?: (ready: Ready) => readonly Item[];
  /** How many items of `each` are worked on at once, 1 to 100. Default 8. */
  readonly parallel?: number;
  /** Tags that its node must have, besides the workflow's. */
  readonly requires?: readonly string[];
  /** Name of the node that it should run on. */
  readonly hostHint?: string;
  /** Longest time for one attempt. Default 300000, five minutes. */
  readonly timeoutMs?: number;
  /** How often it is tried again after it failed. Default 0. */
  readonly retries?: number;
  readonly backoff?: BackoffSpec;
}

/** The wait before a retry: `initialMs`, then `factor` times as long as the one before, at most `maxMs`. */
export interface BackoffSpec {
  /** Default 1000. */
  readonly initialMs?: number;
  /** Default 2. */
  readonly factor?: number;
  /** Default 300000. */
  readonly maxMs?: number;
  /** The share, 0 to 1, by which chance may shorten a wait, so that what failed together does not come back together. Default 0.2. */
  readonly jitter?: number;
}

export type AfterCrash = "retry" | "fail";

type StepWork<Context, Ready, Answer> = RunWork<Context, Answer> | OperationWork<Ready> | ExecutorWork<Ready> | SubWorkflowWork<Ready>;

interface RunWork<Context, Answer> {
  /** Answers with a value or with `{ ok, data }`, as a `StepAnswer`; it fails when it throws. */
  readonly run: (ctx: Context) => Answer;
  /** What becomes of it when Loom or its machine dies meanwhile; `fail` where doing it twice would harm. Default `retry`, as long as retries are left. */
  readonly afterCrash?: AfterCrash;
  readonly operationId?: never;
  readonly executor?: never;
  readonly workflow?: never;
  readonly input?: never;
}
interface OperationWork<Ready> {
  /** A reusable step, `category.name`. */
  readonly operationId: string;
  readonly input?: StepInput<Ready>;
  readonly run?: never;
  readonly executor?: never;
  readonly workflow?: never;
}
interface ExecutorWork<Ready> {
  /** The kind of an executor, such as `shell`. */
  readonly executor: string;
  readonly input?: StepInput<Ready>;
  readonly run?: never;
  readonly operationId?: never;
  readonly workflow?: never;
}
interface SubWorkflowWork<Ready> {
  /** Id of a workflow that is run as this step; its last results are this step's. */
  readonly workflow: string;
  readonly input?: StepInput<Ready>;
  readonly run?: never;
  readonly operationId?: never;
  readonly executor?: never;
}

/** What JSON can hold, or a function that makes it, called once when the step is ready. */
export type StepInput<Ready> = null | boolean | number | string | object | ((ready: Ready) => unknown);

/** `ok: false` fails the step with `error`. Any other value that `run` returns stands for `{ ok: true, data: value }`. */
export type StepAnswer<Data = Json> = { readonly ok: true; readonly data?: Data } | { readonly ok: false; readonly error?: string; readonly data?: Data };

/** What is known when a step becomes ready. */
export interface ReadyContext<Input = any, Results = any> {
  /** What the run was started with, as the workflow's schema gave it. */
  readonly input: Input;
  /** Results of the steps in `dependsOn`, by their ids; undefined for one that `when` skipped. */
  readonly results: Results;
}

/** The same for one item of `each`. */
export interface ReadyItem<Input = any, Results = any, Item = any> extends ReadyContext<Input, Results> {
  /** Undefined for a step without `each`. */
  readonly item: Item;
  /** Place of the item in the list, from 0; 0 for a step without `each`. */
  readonly index: number;
}

/** What a step's `run` is given. */
export interface StepContext<Input = any, Results = any, Item = any> extends ReadyItem<Input, Results, Item>, WorkContext {}

/** What code that works on a step is given, a step's `run` and an operation alike. */
export interface WorkContext {
  /** Aborts when the step is cancelled or its time is over. */
  readonly signal: AbortSignal;
  /** Its lines are the step's output. */
  readonly log: Log;
  /** 1 at the first try. */
  readonly attempt: number;
  /** The same for every attempt at this step of this run, and for no other: hand it to services that can tell repeats. */
  readonly idempotencyKey: string;
  /** Shows a part of the step as a row of its own while `fn` runs. Answers what `fn` answers, throws what it throws. */
  phase<T>(name: string, fn: () => T | Promise<T>): Promise<T>;
  /** Waits so many milliseconds. Throws when the signal aborts. A wait that has to outlive a crash is the `backoff` of a step with `retries`. */
  sleep(ms: number): Promise<void>;
  /** How far it is, 0 to 1. */
  progress(fraction: number): void;
  /** Keeps something beside the result, under a name that is unique in the step: text, bytes, or what JSON can hold. */
  artifact(name: string, data: string | Uint8Array | Json): Promise<void>;
  /**
   * Runs a program, without a shell between; what it prints is the step's output. It is ended with the signal.
   * @throws when it cannot be started, or ends with another exit code than 0
   */
  run(command: string, args?: readonly string[], options?: RunOptions): Promise<CommandOutput>;
  /**
   * The platform's, bound to the signal. It connects to public addresses only, and to those of `egress.allow` in the settings.
   * @throws LoomError EGRESS_REFUSED
   */
  readonly fetch: typeof fetch;
}

export interface RunOptions {
  /** Default: LOOM_HOME, wherever `loom start` was called. */
  readonly cwd?: string;
  /** Added to what every program gets: `PATH`, `HOME`, the language and time zone, and what `isolation.programEnv` of the settings names. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Its standard input. Default: empty. */
  readonly stdin?: string;
  /** True: it may end with any exit code. */
  readonly anyExit?: boolean;
  /** Ends it too. */
  readonly signal?: AbortSignal;
}

export interface CommandOutput {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A reusable step: a file of `operations/` exports one as `operation`, or several as `operations`. */
export interface OperationSpec<Input = any, Answer = unknown> {
  /** `category.name`, such as `http.request`. */
  readonly id: string;
  /** Short and upper case, such as `HTTP REQUEST`. */
  readonly label: string;
  readonly description?: string;
  /** Checks the input before `run` is called: any Standard Schema. */
  readonly input?: StandardSchema<Input>;
  /** As a step's. Default `retry`. */
  readonly afterCrash?: AfterCrash;
  /** Answers and fails as a step's `run` does. */
  readonly run: (input: Input, ctx: WorkContext) => Answer;
}

import type { Json } from "../mirror/contract.ts";
import type { LetGo } from "../store/contract.ts";

/** What starts a run. */
export interface RunRequest {
  readonly strandId: string;
  readonly trigger: "schedule" | "manual" | "webhook" | "after" | "workflow" | "retry";
  /** Who or what: a person's name, a run's id. */
  readonly by: string | null;
  /** What must not start a run twice, such as `due:<ms>`; null: nothing. */
  readonly onceKey?: string | null;
  /** Undefined: none. Checked by the workflow's schema, in its isolate. */
  readonly input?: Json;
  /** Where others are under way it waits for its turn, whatever the workflow's `overlap` says. */
  readonly waits?: boolean;
}

export type RunAnswer =
  | { readonly outcome: "started" | "queued"; readonly runId: string }
  /** It is stored as skipped, with this reason: `overlap`, `queue_full`, or one of the ticker's. */
  | { readonly outcome: "skipped"; readonly runId: string; readonly reason: string }
  /** Something with this `onceKey` has started it before. */
  | { readonly outcome: "duplicate"; readonly runId: string };

/** A start that is let go, and what is stored of it. */
export interface SkipRequest extends RunRequest {
  /** In one word, such as `misfired`. */
  readonly reason: string;
  /** When it was due. */
  readonly at: number;
  /** The run stands for all with its `onceKey`, and counts them. */
  readonly counted?: LetGo;
}

/** What happens in a step under way, for those who watch: it is no event, and nobody gets it twice. */
export type StepNews =
  | { readonly is: "output"; readonly runId: string; readonly step: string; readonly text: string; /** Length of the whole output with this, in bytes. */ readonly bytes: number }
  | { readonly is: "progress"; readonly runId: string; readonly step: string; readonly fraction: number };

/** Runs of woven strands, driven by Loom. */
export interface Runs {
  /**
   * Starts a run, or stores why it is not. Answers once that is committed.
   * @param before called once the request is let in, and before anything of the run is stored
   * @throws LoomError NOT_FOUND, WORKFLOW_INPUT_INVALID (every problem), WORKFLOW_BROKEN, WORKFLOWS_BUSY, STOPPING
   */
  start(request: RunRequest, before?: () => Promise<void>): Promise<RunAnswer>;
  /** Stores that a firing is let go, with the reason. */
  skip(request: SkipRequest): Promise<RunAnswer>;
  /**
   * Asks a run to end; its steps may take `graceMs` to stop by themselves.
   * @throws LoomError NOT_FOUND, CONFLICT when it has ended or is being cancelled already
   */
  cancel(runId: string, by: string, graceMs?: number): Promise<void>;
  /**
   * A new run with the input of an ended one: under the current version, from the beginning or from where it failed, with earlier
   * results kept.
   * @param onceKey what must not do it again twice
   * @throws LoomError NOT_FOUND, CONFLICT while it has not ended, WORKFLOW_BROKEN
   */
  retry(runId: string, by: string, from: "start" | "failed", onceKey?: string | null): Promise<RunAnswer>;
  /** How far the steps under way are, 0 to 1, by row id; those that told. */
  progress(runId: string): Readonly<Record<string, number>>;
  /** Calls `listener` for what happens in steps under way. The answer ends it. */
  onNews(listener: (news: StepNews) => void): () => void;
}

/** The door of workflows with a `webhook` trigger. */
export interface Webhooks {
  /**
   * Starts a run with the body as input, once the secret is proved.
   * @param request `headers` by their lower-case names
   * @param proved starts the run, once it is proved
   * @throws LoomError WEBHOOK_REFUSED, also where no workflow listens there, BAD_INPUT, RATE_LIMITED, and those of `Runs.start`
   */
  receive(request: { readonly workflowId: string; readonly headers: Readonly<Record<string, string | undefined>>; readonly body: Buffer }, proved: (start: () => Promise<RunAnswer>) => Promise<RunAnswer>): Promise<RunAnswer>;
}

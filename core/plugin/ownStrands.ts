import type { Clock, Timer } from "../clock/clock.ts";
import { messageOf } from "../errors/loomError.ts";
import { newId } from "../ids/uuid.ts";
import type { Answer, JsonObject, ObservedJob, ObservedRun, ObservedStep, RunPage, Snapshot, Source } from "../mirror/contract.ts";
import { withEnds } from "../mirror/outputs.ts";
import { nextOccurrence } from "../schedule/occurrences.ts";
import type { StrandDefinition } from "./contract.ts";

/** The mirror imports finished runs within moments and the store keeps them for ever; this is only the way there. */
const RUNS_KEPT = 100;
/** No more of an output can be kept, in characters; nor do those of one strand take more together. */
const OUTPUT_KEPT = 16 * 1_048_576;
/** Wall clocks jump: a firing that is far off is looked at again at least this often. */
const LONGEST_WAIT_MS = 60_000;

/** The runs of one strand. They outlive a reload of the plugin. */
interface Past {
  readonly finished: ObservedRun[];
  running: { readonly key: string; readonly startedAt: number } | null;
}
/** Of one plugin, by strand id. */
export type OwnPast = Map<string, Past>;

export interface OwnStrandsOptions {
  readonly plugin: string;
  readonly label: string;
  readonly clock: Clock;
  /** Aborts when the plugin is unloaded. */
  readonly signal: AbortSignal;
  /** Shared by all generations of the plugin. */
  readonly past: OwnPast;
}

/**
 * The strands that a plugin adds with `ctx.strands`, as a source like any other: the plugin is the scheduler, and the
 * mirror does the rest. One per generation.
 */
export class OwnStrands implements Source {
  readonly identity: string;
  readonly label: string;
  /** A look costs nothing here. */
  readonly spacingMs = 20;
  readonly can = { setEnabled: "A plugin switches its strands itself.", runNow: true } as const;
  readonly #options: OwnStrandsOptions;
  readonly #strands = new Map<string, { readonly definition: StrandDefinition; nextRunAt: number | null; timer: Timer | null }>();
  readonly #wakers = new Set<() => void>();
  #firing = false;

  constructor(options: OwnStrandsOptions) {
    this.#options = options;
    this.identity = `plugin:${options.plugin}`;
    this.label = options.label;
  }

  /** Lists a strand until the answer is disposed. */
  add(added: StrandDefinition): Disposable {
    const definition = anchored(added);
    const strand = { definition, nextRunAt: null, timer: null };
    this.#strands.set(definition.id, strand);
    if (this.#firing) this.#arm(definition.id);
    this.#wake();
    return {
      [Symbol.dispose]: () => {
        if (this.#strands.get(definition.id)?.definition !== definition) return;
        this.#strands.get(definition.id)?.timer?.cancel();
        this.#strands.delete(definition.id);
        this.#wake();
      },
    };
  }

  /** From now on schedules fire: a generation that is still being set up must not run beside the one it replaces. */
  start(): void {
    this.#firing = true;
    for (const id of this.#strands.keys()) this.#arm(id);
  }

  async snapshot(): Promise<Snapshot> {
    return { jobs: [...this.#strands.values()].map(({ definition, nextRunAt }) => this.#observe(definition, nextRunAt)) };
  }

  async runs(jobId: string): Promise<RunPage> {
    return { runs: this.#past(jobId).finished.toReversed(), next: null };
  }

  watch(wake: () => void, signal: AbortSignal): void {
    this.#wakers.add(wake);
    signal.addEventListener("abort", () => this.#wakers.delete(wake), { once: true });
  }

  async runNow(jobId: string): Promise<Answer> {
    const definition = this.#strands.get(jobId)?.definition;
    if (!definition) return { accepted: false, reason: "The plugin has no such strand any more." };
    if (!definition.run) return { accepted: false, reason: "The plugin does not let this strand be run from Loom." };
    if (this.#past(jobId).running) return { accepted: false, reason: "It is running already." };
    return { accepted: true, ownerRunId: this.#run(definition, "manual") };
  }

  #observe(definition: StrandDefinition, nextRunAt: number | null): ObservedJob {
    const { id, name, description, enabled = true, schedule = { kind: "manual" }, steps } = definition;
    const past = this.#past(id);
    return {
      id,
      name,
      ...(description === undefined ? {} : { description }),
      enabled,
      schedule,
      steps: stepsOf(definition),
      nextRunAt: enabled ? nextRunAt : null,
      running: past.running,
      historyMark: past.finished.at(-1)?.key ?? null,
      definition: JSON.parse(JSON.stringify({ id, name, description, enabled, schedule, steps })) as JsonObject,
    };
  }

  #arm(id: string): void {
    const strand = this.#strands.get(id);
    const { clock, signal } = this.#options;
    if (!strand?.definition.schedule || !strand.definition.run || strand.definition.enabled === false || signal.aborted) return;
    strand.nextRunAt ??= nextOccurrence(strand.definition.schedule, clock.now());
    if (strand.nextRunAt === null) return;
    const wait = Math.min(Math.max(0, strand.nextRunAt - clock.now()), LONGEST_WAIT_MS);
    strand.timer = clock.timer(wait, () => this.#fire(id, strand));
  }

  #fire(id: string, strand: { readonly definition: StrandDefinition; nextRunAt: number | null }): void {
    if (strand.nextRunAt !== null && this.#options.clock.now() >= strand.nextRunAt) {
      strand.nextRunAt = null;
      // One that is still at it misses this firing rather than running twice.
      if (!this.#past(id).running) this.#run(strand.definition, "schedule");
    }
    this.#arm(id);
    this.#wake();
  }

  /** Begins a run and answers its key. */
  #run(definition: StrandDefinition, trigger: "schedule" | "manual"): string {
    const { clock, signal } = this.#options;
    const past = this.#past(definition.id);
    const key = newId(clock);
    const startedAt = clock.now();
    past.running = { key, startedAt };
    this.#wake();
    const finish = (end: Pick<ObservedRun, "status"> & Partial<ObservedRun>, step: Partial<ObservedStep>): void => {
      const finishedAt = Math.max(startedAt, clock.now());
      const steps = stepsOf(definition).map(({ id }, at): ObservedStep => stepEnd(id, at, startedAt, finishedAt, step));
      past.finished.push(withEnds({ key, ownerRunId: key, trigger, startedAt, finishedAt, steps, ...end }, OUTPUT_KEPT));
      if (past.finished.length > RUNS_KEPT) past.finished.shift();
      letGoOfOutputs(past.finished);
      past.running = null;
      this.#wake();
    };
    void Promise.resolve()
      .then(() => definition.run!(signal))
      .then(
        (output) => finish({ status: "succeeded" }, { status: "completed", ...(typeof output === "string" ? { output } : {}) }),
        (error: unknown) => {
          const message = messageOf(error);
          finish({ ...(signal.aborted ? { status: "cancelled", code: "unloaded" } : { status: "failed" }), error: message }, { status: "failed", error: message });
        },
      );
    return key;
  }

  #past(id: string): Past {
    const { past } = this.#options;
    let mine = past.get(id);
    if (!mine) past.set(id, (mine = { finished: [], running: null }));
    return mine;
  }

  #wake(): void {
    for (const wake of this.#wakers) wake();
  }
}

/** Of the oldest ones, where there is too much: the mirror has had them by then. */
function letGoOfOutputs(finished: ObservedRun[]): void {
  let held = 0;
  for (const [at, run] of [...finished.entries()].toReversed()) {
    held += run.steps.reduce((sum, { output = "" }) => sum + output.length, 0);
    if (held > OUTPUT_KEPT) finished[at] = withEnds(run, 0);
  }
}

/** Counted from 1970, so that an interval keeps its beat through reloads and restarts. */
function anchored(definition: StrandDefinition): StrandDefinition {
  const { schedule } = definition;
  if (schedule?.kind !== "every" || schedule.anchorMs !== undefined) return { ...definition };
  return { ...definition, schedule: { ...schedule, anchorMs: 0 } };
}

function stepsOf({ steps }: StrandDefinition): ObservedJob["steps"] {
  return steps && steps.length > 0 ? steps : [{ id: "run", label: "RUN" }];
}

/** One function does all steps: its end is told at the first, and a failure leaves the others undone. */
function stepEnd(id: string, at: number, startedAt: number, finishedAt: number, end: Partial<ObservedStep>): ObservedStep {
  if (at === 0) return { id, status: "completed", startedAt, finishedAt, ...end };
  if (end.status === "failed") return { id, status: "skipped", reason: "dependency" };
  return { id, status: "completed", startedAt: finishedAt, finishedAt };
}

import type { Clock, Timer } from "../clock/clock.ts";
import { LoomError, messageOf } from "../errors/loomError.ts";
import { newId } from "../ids/uuid.ts";
import { KeyedQueue } from "../keyedQueue.ts";
import type { Log } from "../log/log.ts";
import type { Redactor } from "../log/redact.ts";
import type { Registry } from "../registry/registry.ts";
import type { DrivenRun, DrivenRunStore, Duplicate, LetGo, Lost, NewRun, NotFound, Ok, RunParent, WantedGiven, WeaveStore } from "../store/contract.ts";
import { defaultLimits } from "../workflow/isolate/contract.ts";
import type { Isolates } from "../workflow/isolate/isolates.ts";
import type { WorkflowFacts } from "../workflow/facts.ts";
import type { CurrentWorkflow, Library } from "../workflow/libraryContract.ts";
import type { RunAnswer, RunRequest, Runs, SkipRequest, StepNews } from "./contract.ts";
import { Admission, type Admitted } from "./admission.ts";
import { ChildEnds } from "./childEnds.ts";
import { keptInput } from "./keptInput.ts";
import { LeftRuns } from "./leftRuns.ts";
import { resumed } from "./machine/rerun.ts";
import { freshRun, type RunState } from "./machine/state.ts";
import { isRunOver } from "./machine/states.ts";
import { OpenRuns } from "./openRuns.ts";
import { hasEnded, notKept } from "./refusals.ts";
import { ResultRoom } from "./resultRoom.ts";
import { basisOf, retriedBefore, retryKey } from "./retryBasis.ts";
import { isSentAgain, Persist } from "./persist.ts";
import { Places, type Place } from "./placement.ts";
import { planOfFacts } from "./plans.ts";
import { Runner, type RunnerParts } from "./runner.ts";
import { steadyTime } from "./steadyTime.ts";
import { News } from "./stepNews.ts";
import { Versions } from "./versions.ts";
import { evaluateStep } from "./work/evaluate.ts";
import { Performers } from "./work/performers.ts";

/** What a person gives the steps of a cancelled run, where they name no time. */
const GRACE_MS = 10_000;
/** A stop does not wait longer for a database that another program holds, or for room on its disk. In milliseconds. */
export const GIVE_UP_MS = 5_000;
/** Somebody waits for the answer of these. */
const AWAITED: ReadonlySet<RunRequest["trigger"]> = new Set<RunRequest["trigger"]>(["manual", "webhook", "retry"]);
/** So many runs of one workflow are begun for steps at a time: each takes memory, and thousands of steps may ask at one moment. */
const CHILDREN_AT_A_TIME = 100;
/** One that runs itself would never end. */
const DEEPEST = 16;

export interface RunServiceOptions {
  readonly driven: DrivenRunStore;
  readonly weave: WeaveStore;
  readonly library: Library;
  readonly registry: Pick<Registry, "executors" | "operations">;
  readonly isolates: Isolates;
  readonly clock: Clock;
  readonly log: Log;
  readonly node: Place;
  /** This start of the gateway. */
  readonly bootId: string;
  /** Takes secrets out of what is stored of errors and of output. */
  readonly redactor: Pick<Redactor, "text" | "pieces">;
  /** Who has paused a strand; null: nobody. */
  readonly heldBy?: (strandId: string) => string | null;
  /** From 0 up to 1. */
  readonly random?: () => number;
  /** How long a step that took too long may take to stop by itself. Default: as in isolates. */
  readonly graceMs?: number;
}

/** What a new run has besides what its workflow says. */
interface Asked extends Admitted {
  readonly request: Omit<RunRequest, "input">;
  readonly parent?: RunParent | null;
  readonly rerunOf?: string | null;
  /** False: `input` is what it was asked for with. */
  readonly isLetIn?: boolean;
  /** It goes on where this one failed. */
  readonly earlier?: DrivenRun;
}

/** Drives the runs of woven strands: lets them in, keeps those that are open, and takes up what an earlier start left behind. */
export class RunService implements Runs {
  readonly #options: RunServiceOptions;
  readonly #admission: Admission;
  readonly #open = new OpenRuns();
  readonly #children = new KeyedQueue(CHILDREN_AT_A_TIME);
  readonly #news: News;
  readonly #childEnds: ChildEnds;
  readonly #places: Places;
  readonly #parts: RunnerParts;
  readonly #left: LeftRuns;
  readonly #stopping = new AbortController();
  readonly #giveUp = new AbortController();
  /** Until then nobody knows what is open. */
  readonly #recovered = Promise.withResolvers<void>();
  #unlisten: () => void = () => {};

  constructor(options: RunServiceOptions) {
    this.#options = options;
    const { driven, weave, library, registry, isolates, clock, log, node, bootId, redactor, random = Math.random, graceMs = defaultLimits.graceMs } = options;
    // Told to who asks; nobody may.
    this.#recovered.promise.catch(() => {});
    const versions = new Versions(weave);
    const persist = new Persist(clock, log, this.#giveUp.signal);
    const given = {
      version: (hash: string) => persist.write(() => versions.get(hash)),
      inputOf: (runId: string, row: string) => persist.write(() => driven.inputOf(runId, row)),
      read: (runId: string, wanted: WantedGiven, most: number) => persist.write(() => driven.given(runId, wanted, most)),
    };
    this.#admission = new Admission(library, given.version, isolates, clock, redactor);
    this.#news = new News(log);
    this.#childEnds = new ChildEnds({
      get: (runId) => persist.write(() => driven.get(runId)),
      results: (runId, steps) => persist.write(() => driven.results(runId, steps)),
      version: (strandId, version) => persist.write(() => weave.version(strandId, version)),
    });
    const performers = new Performers({
      isolates,
      registry,
      given,
      operations: () => library.files().flatMap(({ holds }) => holds.filter(({ kind }) => kind === "operation").map(({ id }) => id)),
      children: {
        start: (request, parent) => this.#children.add(request.strandId, () => this.#child(request, parent)),
        over: (runId) => this.#childEnds.over(runId, this.#open.get(runId) !== undefined),
        cancel: (runId, by, grace) => this.cancel(runId, by, grace),
      },
    });
    this.#places = new Places(node);
    this.#parts = {
      driven, clock, log, persist, performers, random, bootId, graceMs, redactor,
      places: this.#places,
      isolates,
      news: this.#news,
      room: new ResultRoom(),
      rowsBeside: (runner) => this.#open.rowsBeside(runner),
      counted: (runner) => this.#open.counted(runner),
      now: steadyTime(clock),
      evaluate: (step) => evaluateStep(isolates, given, step),
      moved: (runner) => this.#moved(runner),
    };
    this.#left = new LeftRuns(options, this.#parts);
  }

  /**
   * Ends what an earlier start left running, then takes up its runs, and answers when that is stored. To be called once
   * plugins and library are loaded, and before anything is started.
   */
  async recover(): Promise<void> {
    const { driven, isolates, library } = this.#options;
    await isolates.endLeftovers(await this.#parts.persist.write(() => driven.hosts()));
    const runners = await this.#left.read();
    // All of them first: steps look for the runs that they have started.
    for (const runner of runners) this.#open.add(runner);
    await Promise.all(runners.map((runner) => runner.tell({ is: "recover" })));
    const strands = new Set(runners.map(({ run }) => run.strandId));
    for (const strandId of strands) this.#giveTurns(strandId);
    this.#unlisten = library.on(({ workflows }) => {
      this.#warm();
      for (const id of workflows) this.#giveTurns(id);
    });
    this.#warm();
    this.#recovered.resolve();
    for (const strandId of strands) this.#cancelOvertaken(strandId);
  }

  /** What `recover` waits for, or it itself, has failed: nothing can be started, which is told whoever asks. No effect after it is through. */
  fail(error: unknown): void {
    this.#recovered.reject(new LoomError("STORE_UNAVAILABLE", `Loom could not take up its runs, so it starts none: ${messageOf(error)}`, { help: "The log says more: mend it and start Loom again.", cause: error }));
  }

  /** What cannot be stored is not waited for any more. */
  giveUp(): void {
    this.#giveUp.abort();
  }

  /** Begins nothing more, ends the isolates, and answers when all that happened is stored. Steps that were under way lose no attempt. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#recovered.resolve();
    this.#unlisten();
    this.#places.close();
    const runners = this.#open.all();
    for (const runner of runners) runner.close();
    this.#childEnds.leave();
    using _late: Timer = this.#options.clock.timer(GIVE_UP_MS, () => this.giveUp());
    await this.#options.isolates.close();
    await Promise.all(runners.map((runner) => runner.settled()));
  }

  async start(request: RunRequest, before?: () => Promise<void>): Promise<RunAnswer> {
    await this.#ready();
    this.#refuseHeld(request);
    return this.#request(request, null, before);
  }

  async skip({ reason, at, counted, input = null, ...request }: SkipRequest): Promise<RunAnswer> {
    await this.#ready();
    return this.#skip(this.#admission.workflow(request.strandId), { request, input, key: null, isLetIn: false }, { reason, at, counted });
  }

  async cancel(runId: string, by: string, graceMs = GRACE_MS): Promise<void> {
    await this.#ready();
    const runner = this.#open.get(runId);
    if (!runner) {
      const run = await this.#options.driven.get(runId);
      if (run === null) throw new LoomError("NOT_FOUND", `There is no run ${runId} of a workflow.`);
      if (isRunOver(run.state.status)) throw hasEnded();
      return this.#left.end(run, `${by} cancelled it, and nothing drove it any more.`);
    }
    this.#options.log.info("a run is cancelled", { runId, by, graceMs });
    const why = await runner.tell({ is: "cancelled", graceMs });
    if (why === "not_stored") throw new LoomError("STORE_UNAVAILABLE", "It could not be stored that the run is cancelled.", { help: "The log says why; cancel it again then." });
    if (why !== null) throw why === "told_before" ? new LoomError("CONFLICT", "The run is being cancelled already.", { help: "Nothing more needs to be done." }) : hasEnded();
  }

  async retry(runId: string, by: string, from: "start" | "failed", onceKey: string | null = null): Promise<RunAnswer> {
    await this.#ready();
    const earlier = await this.#options.driven.get(runId);
    if (!earlier) throw new LoomError("NOT_FOUND", `There is no run ${runId} of a workflow.`);
    const { status } = earlier.state;
    if (!isRunOver(status)) throw new LoomError("CONFLICT", "The run has not ended yet.", { help: "Wait for its end, or cancel it first." });
    if (from === "failed" && status === "succeeded") throw new LoomError("CONFLICT", "Nothing in this run failed.", { help: "It can be done again from its beginning: leave out --from failed." });
    const { strandId, input, concurrencyKey: key, isLetIn } = earlier;
    const before = onceKey === null ? null : await retriedBefore(this.#options.driven, earlier, from, onceKey);
    if (before !== null) return { outcome: "duplicate", runId: before };
    this.#refuseHeld({ strandId, trigger: "retry" });
    const base = from === "failed" ? await basisOf(this.#options.driven, this.#options.weave, earlier) : earlier;
    const request = { strandId, trigger: "retry", by, onceKey: onceKey === null ? null : retryKey(runId, from, onceKey) } as const;
    const workflow = this.#admission.workflow(strandId);
    // Another version may take another input, and what never was let in has not been looked at by any.
    const isKnown = isLetIn && workflow.version === earlier.version;
    const admitted = isKnown ? { input, key } : await this.#admission.admit(workflow, isLetIn ? input : (input ?? undefined), AWAITED.has(request.trigger), this.#stopping.signal);
    return this.#ask(workflow, { request, ...admitted, rerunOf: runId, ...(from === "failed" && { earlier: base }) });
  }

  /** A pause of the strand is over: what waited in its queue may begin. */
  resumed(strandId: string): void {
    this.#giveTurns(strandId);
  }

  progress(runId: string): Readonly<Record<string, number>> {
    return this.#news.progress(runId);
  }

  onNews(listener: (news: StepNews) => void): () => void {
    return this.#news.on(listener);
  }

  async #request({ input, ...request }: RunRequest, parent: RunParent | null, before?: () => Promise<void>): Promise<RunAnswer> {
    const workflow = this.#admission.workflow(request.strandId);
    const admitted = await this.#admission.admit(workflow, input, AWAITED.has(request.trigger), this.#stopping.signal);
    await before?.();
    return this.#ask(workflow, { request, ...admitted, parent });
  }

  async #child(request: RunRequest, parent: RunParent): Promise<RunAnswer> {
    const before = await this.#parts.persist.write(() => this.#options.driven.childOf(parent));
    if (before) return { outcome: "duplicate", runId: before.id };
    let depth = 1;
    for (let above = this.#open.get(parent.runId)?.run.parent; above; above = this.#open.get(above.runId)?.run.parent) depth++;
    if (depth > DEEPEST) throw new LoomError("CONFLICT", `Workflows run one another more than ${DEEPEST} deep.`, { help: "Let them follow one another, or do the work in fewer workflows." });
    return this.#request(request, parent);
  }

  async #ask(workflow: CurrentWorkflow, asked: Asked): Promise<RunAnswer> {
    this.#refuseWhileStopping();
    const { facts } = workflow;
    // Once more: a pause may have come while the workflow was asked.
    if (!asked.parent) this.#refuseHeld(asked.request);
    const policy = asked.request.waits ? { ...facts.overlap, onOverlap: "queue" as const, maxQueued: Infinity } : facts.overlap;
    const admission = this.#open.admit(facts.id, policy, asked.key);
    if (admission.is === "skip") return this.#skip(workflow, asked, { reason: admission.reason, at: this.#options.clock.now() });
    const plan = planOfFacts(facts, this.#options);
    const state = asked.earlier ? resumed(plan, asked.earlier.state) : freshRun(plan);
    const run = this.#newRun(workflow, asked, state, this.#options.clock.now());
    const runner = new Runner({ ...run, input: keptInput(run.input), queuedAt: run.at, facts }, plan, state, this.#parts);
    this.#open.add(runner);
    try {
      const begun = await runner.begin(run, admission.is === "start");
      if (begun.outcome === "ok") {
        for (const id of admission.is === "queue" ? admission.cancel : []) void this.cancel(id, run.id).catch(() => {});
        return { outcome: admission.is === "start" ? "started" : "queued", runId: run.id };
      }
      this.#drop(runner);
      return notBegun(begun, facts.id);
    } catch (error) {
      this.#drop(runner);
      throw error;
    }
  }

  async #skip(workflow: CurrentWorkflow, asked: Asked, { reason, at, counted }: Pick<SkipRequest, "reason" | "at"> & { readonly counted?: LetGo | undefined }): Promise<RunAnswer> {
    const { driven } = this.#options;
    const run = this.#newRun(workflow, asked, { status: "skipped", code: reason, cancel: null, steps: new Map() }, at);
    const begun: Ok<{ readonly runId?: string }> | (Duplicate & { readonly runId: string }) | NotFound | Lost = await (isSentAgain(run) ? driven.begin(run) : this.#parts.persist.write(() => (counted ? driven.letGo(run, counted) : driven.begin(run))));
    if (begun.outcome === "ok") return { outcome: "skipped", runId: begun.runId ?? run.id, reason };
    if (begun.outcome === "duplicate" && begun.runId === run.id) return { outcome: "skipped", runId: run.id, reason };
    return notBegun(begun, workflow.facts.id);
  }

  #newRun({ facts, version, bundleHash }: CurrentWorkflow, { request, input, isLetIn = true, key, rerunOf = null, earlier, parent = null }: Asked, state: RunState, at: number): NewRun {
    const { library, clock, node } = this.#options;
    const operations = facts.steps.flatMap(({ does }) => {
      const hash = does.kind === "operation" ? library.operation(does.operationId)?.bundleHash : undefined;
      return does.kind === "operation" && hash !== undefined ? [[does.operationId, hash] as const] : [];
    });
    return {
      id: newId(clock),
      strandId: facts.id,
      nodeId: node.id,
      at,
      trigger: request.trigger,
      triggerBy: request.by,
      onceKey: request.onceKey ?? null,
      input,
      isLetIn,
      concurrencyKey: key,
      version,
      bundles: { workflow: bundleHash, operations: Object.fromEntries(operations) },
      rerunOf,
      takesOver: earlier?.id ?? null,
      parent,
      state,
      labels: new Map(facts.steps.map(({ id, label }) => [id, label])),
    };
  }

  #moved(runner: Runner): void {
    if (!isRunOver(runner.state.status)) return;
    this.#drop(runner);
    this.#childEnds.ended(runner.id);
  }

  #drop(runner: Runner): void {
    this.#open.remove(runner);
    this.#giveTurns(runner.run.strandId);
  }

  #cancelOvertaken(strandId: string): void {
    const facts = this.#factsOf(strandId);
    for (const id of facts ? this.#open.overtaken(strandId, facts.overlap) : []) void this.cancel(id, "a newer run").catch(() => {});
  }

  #factsOf(strandId: string): WorkflowFacts | undefined {
    return this.#options.library.workflow(strandId)?.facts ?? this.#open.anyOf(strandId)?.run.facts;
  }

  /** Lets those begin whose turn has come. */
  #giveTurns(strandId: string): void {
    const facts = this.#factsOf(strandId);
    if (!facts || this.#stopping.signal.aborted) return;
    // What a paused strand has in its queue waits on; work of another run's step is that run's.
    const isHeld = (this.#options.heldBy?.(strandId) ?? null) !== null;
    for (const runner of this.#open.next(strandId, facts.overlap)) if (!isHeld || runner.run.parent !== null) runner.admit();
  }

  /** What comes with Loom alone needs no process before it is used. */
  #warm(): void {
    const { library, isolates } = this.#options;
    if ([...library.workflows()].some(({ shipped }) => !shipped)) isolates.warm();
  }

  /** @throws LoomError CONFLICT */
  #refuseHeld({ strandId, trigger }: Pick<RunRequest, "strandId" | "trigger">): void {
    const by = this.#options.heldBy?.(strandId) ?? null;
    // Who sends webhooks knows none of Loom's people.
    if (by !== null) throw new LoomError("CONFLICT", trigger === "webhook" ? `${strandId} is paused.` : `${strandId} is paused by ${by}.`, { help: "Resume it first." });
  }

  async #ready(): Promise<void> {
    await this.#recovered.promise;
    this.#refuseWhileStopping();
  }

  #refuseWhileStopping(): void {
    if (this.#stopping.signal.aborted) throw new LoomError("STOPPING", "Loom is stopping.");
  }
}

function notBegun(answer: Duplicate & { readonly runId: string } | NotFound | Lost, strandId: string): RunAnswer {
  if (answer.outcome === "duplicate") return { outcome: "duplicate", runId: answer.runId };
  throw answer.outcome === "lost" ? notKept() : new LoomError("NOT_FOUND", `There is no workflow "${strandId}".`);
}

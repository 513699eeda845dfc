import { createHash } from "node:crypto";
import { systemClock } from "../../core/clock/system.ts";
import type { Clock } from "../../core/clock/clock.ts";
import { newId } from "../../core/ids/uuid.ts";
import type { Json } from "../../core/mirror/contract.ts";
import type { Executor, LoomEvent, Operation } from "../../core/plugin/contract.ts";
import { createRegistry, type Registry } from "../../core/registry/registry.ts";
import type { RunRequest } from "../../core/run/contract.ts";
import { RunService, type RunServiceOptions } from "../../core/run/service.ts";
import type { Bundle, DrivenRunStore, Store, WeaveStore } from "../../core/store/contract.ts";
import { createRedactor } from "../../core/log/redact.ts";
import { quietLog } from "../../core/testing/quietLog.ts";
import type { OperationSpec, WorkflowSpec } from "../../core/workflow/contract.ts";
import { defineOperation, defineWorkflow } from "../../core/workflow/define.ts";
import { operationFacts, workflowFacts } from "../../core/workflow/extract.ts";
import type { OperationFacts } from "../../core/workflow/facts.ts";
import type { IsolateLimits } from "../../core/workflow/isolate/contract.ts";
import { createIsolates, type Isolates } from "../../core/workflow/isolate/isolates.ts";
import type { CurrentWorkflow, Library } from "../../core/workflow/libraryContract.ts";
import { sqliteHome } from "../contract/sqliteHome.ts";

type Home = Awaited<ReturnType<typeof sqliteHome>>;

export interface RunHomeOptions extends Partial<Pick<RunServiceOptions, "random" | "graceMs" | "redactor" | "heldBy">> {
  /** Of the runs; isolates have the machine's. */
  readonly clock?: Clock;
  readonly limits?: Partial<IsolateLimits>;
  readonly tags?: readonly string[];
  /** Stands between the runs and their store. */
  readonly between?: (driven: DrivenRunStore) => DrivenRunStore;
  /** Stands between the runs and the versions that they go by. */
  readonly versions?: (weave: WeaveStore) => Pick<WeaveStore, "version" | "bundle">;
}

/** Workflows and operations that a test has written, live as those of files are. */
class WrittenLibrary implements Library {
  readonly #workflows = new Map<string, CurrentWorkflow>();
  readonly #operations = new Map<string, { facts: OperationFacts; bundleHash: string }>();

  set(workflow: CurrentWorkflow): void {
    this.#workflows.set(workflow.facts.id, workflow);
  }

  setOperation(facts: OperationFacts, bundleHash: string): void {
    this.#operations.set(facts.id, { facts, bundleHash });
  }

  files = () => [{ path: "w.ts", root: "home" as const, holds: [...this.#operations.keys()].map((id) => ({ kind: "operation" as const, id, live: true })), problems: [], loadedAt: 0 }];
  workflow = (id: string) => this.#workflows.get(id);
  workflows = () => this.#workflows.values();
  operation = (id: string) => this.#operations.get(id);
  reload = async () => [];
  on = () => () => {};
}

/** A gateway's runs on a real store with real isolates, in a home of their own. */
export class RunHome implements AsyncDisposable {
  readonly library = new WrittenLibrary();
  readonly registry: Registry = createRegistry({ log: quietLog });
  readonly nodeId = newId(systemClock);
  store!: Store;
  isolates!: Isolates;
  /** Whose hosts outlived a crash. */
  readonly #left: Isolates[] = [];
  runs!: RunService;
  /** The events of each run, as they were committed. */
  readonly #events = new Map<string, LoomEvent[]>();
  readonly #home: Home;
  readonly #options: RunHomeOptions;
  readonly #waiting = new Set<() => void>();
  #kill: () => void = () => {};

  private constructor(home: Home, options: RunHomeOptions) {
    [this.#home, this.#options] = [home, options];
  }

  static async open(options: RunHomeOptions = {}): Promise<RunHome> {
    const home = new RunHome(await sqliteHome(), options);
    await home.#start();
    return home;
  }

  /**
   * Lays down a workflow.
   * @param source what `defineWorkflow` is called with, as its author writes it
   */
  async weave(source: string, before = ""): Promise<void> {
    const bundle = bundleOf(`${before}exports.workflow = require("loom-gateway").defineWorkflow(${source});`);
    const facts = await workflowFacts(exportsOf(bundle.code).workflow!, "UTC");
    const { version } = await this.store.weave.lay({ nodeId: this.nodeId, at: systemClock.now(), modulePath: bundle.entry, shipped: false, facts, bundle });
    this.library.set({ facts, version, bundleHash: bundle.hash, shipped: false });
  }

  /** The same of an operation of a file. */
  async operation(source: string, before = ""): Promise<void> {
    const bundle = bundleOf(`${before}exports.operation = require("loom-gateway").defineOperation(${source});`);
    await this.store.weave.keepBundle(bundle);
    this.library.setOperation(await operationFacts(exportsOf(bundle.code).operation!), bundle.hash);
  }

  /** A plugin with these. */
  plugin({ executors = [], operations = [] }: { readonly executors?: readonly Executor[]; readonly operations?: readonly Operation[] }): void {
    const holding = this.registry.stage({ plugin: "tested", generation: 1 });
    for (const executor of executors) holding.add("executors", executor);
    for (const operation of operations) holding.add("operations", operation);
    this.registry.swap(null, holding);
  }

  /** Starts a run by hand; answers its id. */
  async begin(strandId: string, more: Partial<RunRequest> = {}): Promise<string> {
    return (await this.runs.start({ strandId, trigger: "manual", by: "ann", ...more })).runId;
  }

  /** Starts a run, and answers with how it ended. */
  async run(strandId: string, input?: Json): Promise<Ended> {
    return this.ended(await this.begin(strandId, input === undefined ? {} : { input }));
  }

  /** Waits for the end of a run. */
  async ended(runId: string): Promise<Ended> {
    await this.heard("run.finished", runId);
    return this.stands(runId);
  }

  /** How a run stands now. */
  async stands(runId: string): Promise<Ended> {
    const [found, driven] = await Promise.all([this.store.runs.get(runId), this.store.driven.get(runId)]);
    const rows = [...driven!.state.steps.values()].map(({ id, status, reason, code }) => [id, status, reason ?? code].filter((word) => word !== null).join(" "));
    const results = Object.fromEntries(found!.steps.map(({ stepId, result }) => [stepId, result]));
    const { status, code, error } = found!.run;
    return { id: runId, status, code, error, rows, results, errors: Object.fromEntries(found!.steps.flatMap(({ stepId, error: words }) => (words === null ? [] : [[stepId, words]]))) };
  }

  /** Waits for an event of a run, and of a step of it where one is named. */
  async heard(type: string, runId: string, step?: string): Promise<void> {
    const isIt = (event: LoomEvent): boolean => event.type === type && (step === undefined || event.data["stepId"] === step);
    while (!this.#events.get(runId)?.some(isIt)) await new Promise<void>((resolve) => this.#waiting.add(resolve));
    // The runs hear of the same commit in this turn of the event loop.
    await new Promise(setImmediate);
  }

  /** Waits until a run has had so many events; false: it has ended before. */
  async counted(runId: string, count: number): Promise<boolean> {
    const events = () => this.#events.get(runId) ?? [];
    const isOver = () => events().some(({ type }) => type === "run.finished");
    while (events().length < count && !isOver()) await new Promise<void>((resolve) => this.#waiting.add(resolve));
    return !isOver();
  }

  /** Types of the events of a run, with their steps. */
  told(runId: string): string[] {
    return (this.#events.get(runId) ?? []).map(({ type, data }) => (typeof data["stepId"] === "string" ? `${type} ${data["stepId"]}` : type));
  }

  /** Ids of the runs that had such an event, in its order. */
  order(type: string): string[] {
    return [...this.#events].flatMap(([id, events]) => events.filter((event) => event.type === type).map(({ seq }) => ({ id, seq }))).toSorted((a, b) => a.seq - b.seq).map(({ id }) => id);
  }

  /** The gateway is gone from one moment to the next, and starts again. */
  async crash({ leavesHosts = false } = {}): Promise<void> {
    this.#kill();
    if (leavesHosts) this.#left.push(this.isolates);
    else await this.isolates.close();
    await this.store.close();
    await this.#start();
  }

  /** It stops in order, and starts again. */
  async restart(): Promise<void> {
    await this.runs.stop();
    await this.store.close();
    await this.#start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.runs.stop();
    for (const isolates of this.#left) await isolates.close();
    await this.store.close();
    await this.#home.dispose();
  }

  async #start(): Promise<void> {
    const { clock = systemClock, limits = {}, tags = [], between = (driven) => driven, versions = (weave) => weave, ...options } = this.#options;
    const bootId = newId(systemClock);
    this.store = await this.#home.open();
    this.store.onCommit((events) => {
      for (const event of events) if (event.runId !== null) this.#events.set(event.runId, [...(this.#events.get(event.runId) ?? []), event]);
      for (const resolve of [...this.#waiting]) resolve();
      this.#waiting.clear();
    });
    this.isolates = createIsolates({ clock: systemClock, log: quietLog, nodeId: this.nodeId, bootId, env: process.env, limits });
    const line = mortal(this.store.driven);
    this.#kill = line.cut;
    this.runs = new RunService({
      driven: between(line.driven), weave: { ...this.store.weave, ...versions(this.store.weave) }, library: this.library, registry: this.registry, isolates: this.isolates,
      clock, log: quietLog, node: { id: this.nodeId, name: "here", tags }, bootId, redactor: createRedactor(), random: () => 0, ...options,
    });
    await this.runs.recover();
  }
}

export interface Ended {
  readonly id: string;
  readonly status: string;
  readonly code: string | null;
  readonly error: string | null;
  /** As in `fetch completed`. */
  readonly rows: readonly string[];
  readonly results: Readonly<Record<string, Json>>;
  readonly errors: Readonly<Record<string, string>>;
}

/** A store that a dead gateway reaches no more, and hears nothing of. */
function mortal(driven: DrivenRunStore): { readonly driven: DrivenRunStore; cut(): void } {
  let isCut = false;
  const line = new Proxy(driven, {
    get: (target, name) => {
      const method = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
      return (...args: unknown[]) => {
        if (isCut) return new Promise(() => {});
        return method.apply(target, args).then((answer) => (isCut ? new Promise(() => {}) : answer));
      };
    },
  });
  return { driven: line, cut: () => void (isCut = true) };
}

function bundleOf(code: string): Bundle {
  return { code, map: null, entry: "/tmp/loom-test/w.ts", hash: createHash("sha256").update(code).digest("hex") };
}

function exportsOf(code: string): { workflow?: WorkflowSpec; operation?: OperationSpec } {
  const exported = {};
  new Function("require", "exports", code)(() => ({ defineWorkflow, defineOperation }), exported);
  return exported;
}

import { newId } from "../../core/ids/uuid.ts";
import type { LoomEvent } from "../../core/plugin/contract.ts";
import { StrandIndex } from "../../core/registry/strandIndex.ts";
import type { RunAnswer, RunRequest, Runs, SkipRequest } from "../../core/run/contract.ts";
import type { Store } from "../../core/store/contract.ts";
import type { RunStatus } from "../../core/store/statuses.ts";
import { FakeClock } from "../../core/testing/fakeClock.ts";
import { quietLog } from "../../core/testing/quietLog.ts";
import type { WorkflowFacts } from "../../core/workflow/facts.ts";
import { aBundle, aNewRun, aWorkflow } from "../contract/wovenFixtures.ts";
import { sqliteHome } from "../contract/sqliteHome.ts";
import { busyStore } from "./busyStore.ts";

type Home = Awaited<ReturnType<typeof sqliteHome>>;
type Asked = RunRequest & Partial<SkipRequest>;

/** Woven strands in a real store, and what starts them. Runs are stored as the runner stores them, and nobody does their steps. */
export class WeaveStage implements AsyncDisposable, Pick<Runs, "start" | "skip"> {
  readonly clock: FakeClock;
  store!: Store;
  index!: StrandIndex;
  readonly events: LoomEvent[] = [];
  /** What was asked for, in order, whatever came of it. */
  readonly asked: Asked[] = [];
  /** Instead of starting, where set. */
  refuse: ((request: RunRequest) => Error | null | Promise<Error>) | null = null;
  readonly #home: Home;
  #busy: () => boolean = () => false;

  private constructor(home: Home, now: number) {
    this.#home = home;
    this.clock = new FakeClock(now);
  }

  static async open(now = Date.UTC(2026, 10, 21, 12)): Promise<WeaveStage> {
    const stage = new WeaveStage(await sqliteHome(), now);
    await stage.reopen();
    return stage;
  }

  /** As after a crash: nothing is left but what is stored. */
  async reopen(): Promise<void> {
    if (this.store) await this.#close();
    const { store, busy } = busyStore(await this.#home.open());
    this.store = store;
    this.#busy = busy;
    store.onCommit((events) => void this.events.push(...events));
    this.index = new StrandIndex(store, quietLog, this.clock);
    await this.index.start();
  }

  /** Lays a workflow down, at the clock's time. */
  async lay(id: string, facts: Partial<WorkflowFacts> = {}): Promise<void> {
    const workflow = aWorkflow(id, { schedule: { kind: "manual" }, steps: [], ...facts });
    await this.store.weave.lay({ nodeId: "node-1", at: this.clock.now(), modulePath: `/flows/${id}.ts`, shipped: false, facts: workflow, bundle: aBundle("c1") });
    await this.index.settled();
  }

  async start(request: RunRequest): Promise<RunAnswer> {
    this.asked.push(request);
    const refused = await this.refuse?.(request);
    if (refused) throw refused;
    return this.#begin(request, "queued", null);
  }

  async skip(request: SkipRequest): Promise<RunAnswer> {
    this.asked.push(request);
    return this.#begin(request, "skipped", request.reason, request);
  }

  /** A run of a woven strand that is over. */
  async ran(strandId: string, status: RunStatus, over: { readonly trigger?: string; readonly triggerBy?: string | null } = {}): Promise<string> {
    const id = newId(this.clock);
    await this.store.driven.begin(aNewRun(id, { status, code: null, cancel: null, steps: new Map() }, { strandId, at: this.clock.now(), ...over }));
    return id;
  }

  /** The runs of a strand, oldest first, as in `queued due:12:00:00` or `skipped misfired due:12:00:00`. */
  async runs(strandId: string): Promise<string[]> {
    const { items } = await this.store.runs.list({ strandId, limit: 1000 });
    return items.map(({ status, code, externalKey }) => [status, code, keyOf(externalKey)].filter(Boolean).join(" ")).toSorted(byTime);
  }

  /** Lets this many milliseconds pass, and the store answer. */
  async pass(ms: number): Promise<void> {
    await this.quiet();
    await this.clock.advance(ms);
    await this.quiet();
  }

  /** Resolves when the store has answered everything, and nobody asks it any more. */
  async quiet(): Promise<void> {
    for (let turns = 0; turns < 20; turns++) {
      if (this.#busy()) turns = 0;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
    await this.#home.dispose();
  }

  async #close(): Promise<void> {
    await this.index.stop();
    await this.store.close();
  }

  async #begin(request: RunRequest, status: "queued" | "skipped", reason: string | null, { at = this.clock.now(), counted }: Partial<SkipRequest> = {}): Promise<RunAnswer> {
    const id = newId(this.clock);
    const { strandId, trigger, by: triggerBy, onceKey = null, input = null } = request;
    const state = { status, code: reason, cancel: null, steps: new Map() };
    const run = aNewRun(id, state, { strandId, trigger, triggerBy, onceKey, input, at });
    const begun = await (counted ? this.store.driven.letGo(run, counted) : this.store.driven.begin(run));
    if (begun.outcome === "not_found") throw new Error(`no strand ${strandId}`);
    if (begun.outcome === "duplicate") return { outcome: "duplicate", runId: begun.runId };
    return reason === null ? { outcome: "queued", runId: id } : { outcome: "skipped", runId: id, reason };
  }
}

function keyOf(key: string | null): string | null {
  return key?.replace(/^due:(\d+)/, (_, ms: string) => new Date(Number(ms)).toISOString().slice(5, 19)) ?? null;
}

function byTime(a: string, b: string): number {
  const time = (text: string): string => text.split(" ").at(-1)!;
  return time(a) < time(b) ? -1 : 1;
}

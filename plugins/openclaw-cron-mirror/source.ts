/** OpenClaw's cron as a Source: reads over one connection that stays open, asks over one that is opened for the ask. */
import {
  SourceProblem, type Answer, type Ask, type Clock, type Log, type Look, type ObservedJob, type RunPage, type Snapshot, type Source, type Timer,
} from "loom-gateway";
import { Commands } from "./commands.ts";
import { Departures } from "./departures.ts";
import type { Instance } from "./discover.ts";
import { History } from "./history.ts";
import { toObservedJobs } from "./jobs.ts";
import { Link } from "./link.ts";
import { readListing, readRevision } from "./listing.ts";
import { Refusal, refusalProblem } from "./problems.ts";
import { withGateway, type Gateway } from "./rpc.ts";
import { whyUnsupported } from "./versions.ts";
import { hash, text, type Wire } from "./wire.ts";

const READ = ["operator.read"];
const ADMIN = ["operator.read", "operator.admin"];
/** After a restart OpenClaw tells of a run's end up to a second before its list shows it. */
const LIST_LAG = { againMs: 500, tries: 10 };

export interface SourceOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** The plugin's: connections end when it aborts. */
  readonly signal: AbortSignal;
  /** IANA zone of jobs that name none. */
  readonly hostZone: string;
}

export class OpenClawSource implements Source {
  readonly identity: string;
  readonly label: string;
  readonly can = { setEnabled: true, runNow: true } as const;
  readonly #options: SourceOptions;
  readonly #link: Link;
  readonly #history: History;
  readonly #commands: Commands;
  readonly #departures = new Departures();
  readonly #wakes = new Set<() => void>();
  /** Runs whose end was told, by job, until the list shows it. */
  readonly #ended = new Map<string, { readonly key: string; tries: number }>();
  /** The state that was given last, and how far the departures had come that were given with it. */
  #given = { revision: "", order: 0 };
  #tellings = 0;
  /** Whether anything happened since the last list was asked for. */
  #stale = true;
  /** Counts jobs that were added, removed or edited. */
  #changes = 0;
  #lookAgain: Timer | null = null;

  constructor(instance: Instance, options: SourceOptions) {
    const { clock, log, signal, hostZone } = options;
    this.identity = instance.identity;
    this.label = instance.label;
    this.#options = options;
    const using = (scopes: readonly string[]) => async <T>(asked: AbortSignal, use: (gateway: Gateway) => Promise<T>) =>
      withGateway({ ...(await instance.endpoint()), scopes, clock, signal: asked }, use);
    this.#link = new Link({
      endpoint: () => instance.endpoint(),
      clock, log, signal, scopes: READ,
      accept: mustBeReadable,
      onEvent: (event, payload) => this.#onEvent(event, payload),
      onChange: () => this.#changed(),
    });
    this.#history = new History({ log, open: () => this.#link.open(), apart: using(READ) });
    this.#commands = new Commands({ clock, hostZone, asAdmin: using(ADMIN) });
    signal.addEventListener("abort", () => this.#lookAgain?.cancel(), { once: true });
  }

  async snapshot(look: Look): Promise<Snapshot> {
    const gateway = await this.#link.open();
    try {
      return await this.#look(gateway, look);
    } catch (error) {
      this.#stale = true;
      throw asProblem(error);
    }
  }

  async runs(jobId: string, page: { readonly cursor: string | null; readonly signal: AbortSignal }): Promise<RunPage> {
    return this.#history.runs(jobId, page).catch((error: unknown) => {
      throw asProblem(error);
    });
  }

  watch(wake: () => void, signal: AbortSignal): void {
    this.#wakes.add(wake);
    signal.addEventListener("abort", () => this.#wakes.delete(wake), { once: true });
    this.#link.open().catch(() => {}); // told by the next look
  }

  setEnabled(jobId: string, enabled: boolean, ask: Ask): Promise<Answer> {
    return this.#commands.setEnabled(jobId, enabled, ask);
  }

  runNow(jobId: string, ask: Ask): Promise<Answer> {
    return this.#commands.runNow(jobId, ask);
  }

  async #look(gateway: Gateway, look: Look): Promise<Snapshot> {
    const { version } = gateway;
    // The kernel names the last state that it has taken in: what was told with it need not be told again.
    if (look.revision === this.#given.revision) this.#departures.forget(this.#given.order);
    const schedulerOn = (await gateway.call("cron.status", {}, look.signal)).enabled !== false;
    const revisionOf = (state: string): string => `${state}|${schedulerOn ? "on" : "off"}`;
    if (!this.#stale && look.revision !== null) {
      const state = await readRevision(gateway, look.signal);
      if (state !== undefined && revisionOf(state) === look.revision) return { unchanged: true, version };
    }
    this.#stale = false;
    const { order } = this.#departures;
    const listing = await readListing(gateway, () => this.#changes, look.signal);
    const jobs = toObservedJobs(listing.rows, this.#options.hostZone);
    const departed = this.#departures.missingFrom(jobs, order);
    const state = revisionOf(listing.revision ?? hash(JSON.stringify(listing.rows)));
    // OpenClaw's revision knows nothing of departed jobs, so a state that tells of some gets one of its own.
    const revision = departed.length === 0 ? state : `${state}|${++this.#tellings}`;
    this.#given = { revision, order };
    this.#lookAgainWhile(this.#lags(jobs));
    return revision === look.revision ? { unchanged: true, version } : { version, revision, schedulerOn, jobs, departed };
  }

  #onEvent(event: string, payload: Wire | undefined): void {
    if (event !== "cron") return;
    const action = text(payload?.action) ?? "";
    if (["added", "updated", "removed"].includes(action)) this.#changes++;
    if (payload && ["removed", "finished"].includes(action)) this.#departures.remember(payload, this.#options.hostZone);
    if (payload && action === "finished") this.#ended.set(String(payload.jobId), { key: String(payload.runAtMs), tries: LIST_LAG.tries });
    this.#changed();
  }

  /** Whether the list still shows a run that has ended. */
  #lags(jobs: readonly ObservedJob[]): boolean {
    if (this.#ended.size === 0) return false;
    const running = new Map(jobs.map((job) => [job.id, job.running?.key]));
    for (const [id, ended] of this.#ended) if (running.get(id) !== ended.key || --ended.tries <= 0) this.#ended.delete(id);
    return this.#ended.size > 0;
  }

  #lookAgainWhile(lags: boolean): void {
    this.#lookAgain?.cancel();
    this.#lookAgain = lags ? this.#options.clock.timer(LIST_LAG.againMs, () => this.#changed()) : null;
  }

  #changed(): void {
    this.#stale = true;
    for (const wake of [...this.#wakes]) wake();
  }
}

function asProblem(error: unknown): unknown {
  return error instanceof Refusal ? refusalProblem(error) : error;
}

function mustBeReadable(gateway: Gateway): void {
  const unsupported = whyUnsupported(gateway.version, gateway.protocol);
  if (unsupported !== null) throw new SourceProblem("incompatible", unsupported, { help: "Update OpenClaw to 2026.5.28 or later." });
  if (gateway.scopes !== null && !gateway.scopes.includes("operator.read")) {
    throw new SourceProblem("refused", "OpenClaw let Loom in without the right to read (operator.read).", { help: "Use the gateway's own token, not one of a paired device." });
  }
}

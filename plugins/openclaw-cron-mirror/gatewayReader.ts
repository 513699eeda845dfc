/** Reads the cron of an OpenClaw through its gateway: the list when something changed, and what events tell between. */
import type { Clock, Log, Look, RunPage, Snapshot, Timer } from "loom-gateway";
import { AwaitedEnds } from "./awaitedEnds.ts";
import { Departures } from "./departures.ts";
import { History, type HistoryOptions } from "./history.ts";
import { toObservedJobs } from "./jobs.ts";
import { readListing, readRevision } from "./listing.ts";
import { Refusal, refusalProblem } from "./problems.ts";
import type { Gateway } from "./rpc.ts";
import { allOfIt, type Share } from "./share.ts";
import { hash, text, type Wire } from "./wire.ts";

/** The list is read again so soon where it does not show yet what was told. */
const LIST_LAG_MS = 500;

export interface GatewayReaderOptions extends HistoryOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** The plugin's: no timer is left after it aborts. */
  readonly signal: AbortSignal;
  /** IANA zone of jobs that name none. */
  readonly hostZone: string;
  /** Of what may be held in memory. Default: all of it. */
  readonly share?: Share;
  /** A new look is worth while. */
  readonly onChange: () => void;
}

export class GatewayReader {
  readonly #options: GatewayReaderOptions;
  readonly #history: History;
  readonly #share: Share;
  readonly #departures: Departures;
  readonly #awaitedEnds = new AwaitedEnds();
  /** The state that was given last, and how far the departures had come that were given with it. */
  #given = { revision: "", order: 0 };
  #tellings = 0;
  /** Whether anything happened since the last list was asked for. */
  #stale = true;
  /** Counts jobs that were added, removed or edited. */
  #changes = 0;
  #lookAgain: Timer | null = null;

  constructor(options: GatewayReaderOptions) {
    this.#options = options;
    this.#share = options.share ?? allOfIt;
    this.#departures = new Departures(this.#share);
    this.#history = new History(options);
    options.signal.addEventListener("abort", () => this.#lookAgain?.cancel(), { once: true });
  }

  /** As `Source.snapshot`. */
  async snapshot(gateway: Gateway, look: Look): Promise<Snapshot> {
    try {
      return await this.#look(gateway, look);
    } catch (error) {
      this.#stale = true;
      throw asProblem(error);
    }
  }

  /** As `Source.runs`. */
  runs(jobId: string, page: { readonly cursor: string | null; readonly signal: AbortSignal }): Promise<RunPage> {
    return this.#history.runs(jobId, page).catch((error: unknown) => {
      throw asProblem(error);
    });
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
    const listing = await readListing(gateway, this.#share, () => this.#changes, look.signal);
    const jobs = await toObservedJobs(listing.rows, this.#options.hostZone);
    const departed = this.#departures.missingFrom(jobs, order);
    const state = revisionOf(listing.revision ?? hash(JSON.stringify(listing.rows)));
    // OpenClaw's revision knows nothing of departed jobs, so a state that tells of some gets one of its own.
    const revision = departed.length === 0 ? state : `${state}|${++this.#tellings}`;
    this.#given = { revision, order };
    this.#lookAgainWhile(this.#awaitedEnds.lags(jobs));
    return revision === look.revision ? { unchanged: true, version } : { version, revision, schedulerOn, jobs, departed };
  }

  /** Takes in what the gateway tells by itself. */
  onEvent(event: string, payload: Wire | undefined): void {
    if (event !== "cron") return;
    const action = text(payload?.action) ?? "";
    if (["added", "updated", "removed"].includes(action)) this.#changes++;
    if (payload && ["removed", "finished"].includes(action)) this.#departures.remember(payload, this.#options.hostZone);
    if (payload && action === "finished") this.#awaitedEnds.remember(payload);
    this.#changed();
  }

  #lookAgainWhile(lags: boolean): void {
    this.#lookAgain?.cancel();
    this.#lookAgain = lags ? this.#options.clock.timer(LIST_LAG_MS, () => this.#changed()) : null;
  }

  /** What is known may be out of date: the next look reads it all. */
  outdated(): void {
    this.#stale = true;
  }

  #changed(): void {
    this.outdated();
    this.#options.onChange();
  }
}

function asProblem(error: unknown): unknown {
  return error instanceof Refusal ? refusalProblem(error) : error;
}

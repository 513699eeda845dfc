/** OpenClaw's cron as a Source: reads over one connection that stays open, asks over one that is opened for the ask. */
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import {
  SourceProblem, type Answer, type Ask, type Clock, type Log, type Look, type ObservedJob, type RunPage, type Snapshot, type Source, type Timer,
} from "loom-gateway";
import { AskLimit } from "./askLimit.ts";
import type { Instance } from "./discover.ts";
import { historyMark, toObservedJob, toObservedJobs } from "./jobs.ts";
import { Link } from "./link.ts";
import { readListing, readRevision } from "./listing.ts";
import { Refusal, TooLarge, refusalProblem } from "./problems.ts";
import { openGateway, type Gateway } from "./rpc.ts";
import { toObservedRuns } from "./runs.ts";
import { hash, integer, list, record, text, type Wire } from "./wire.ts";
import { whyUnsupported } from "./versions.ts";

const RUNS_PAGE = 20;
/** After a restart OpenClaw tells of a run's end up to a second before its list shows it. */
const LIST_LAG = { againMs: 500, tries: 10 };

export interface SourceOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** IANA zone of jobs that name none. */
  readonly hostZone: string;
}

export class OpenClawSource implements Source {
  readonly identity: string;
  readonly label: string;
  readonly can = { setEnabled: true, runNow: true } as const;
  readonly #instance: Instance;
  readonly #options: SourceOptions;
  readonly #link: Link;
  /** Departed jobs are told by this object alone, so a revision that counts them is valid for this object alone. */
  readonly #self = randomUUID();
  readonly #wakes = new Set<() => void>();
  /** Jobs whose outputs have once been too large for a page of runs. */
  readonly #large = new Set<string>();
  /** Jobs that a run ended for or that were removed since the last look that was taken in, as events told them. */
  readonly #seen = new Map<string, { readonly job: ObservedJob; order: number }>();
  /** Runs whose end was told, by job, until the list shows it. */
  readonly #ended = new Map<string, { readonly key: string; tries: number }>();
  #lookAgain: Timer | null = null;
  readonly #updates: AskLimit;
  readonly #starts: AskLimit;
  #order = 0;
  #changes = 0;
  /** Whether anything happened since the last listing began. */
  #stale = true;
  #givenRevision: string | null = null;
  #givenOrder = 0;

  constructor(instance: Instance, options: SourceOptions) {
    this.identity = instance.identity;
    this.label = instance.label;
    this.#instance = instance;
    this.#options = options;
    options.signal.addEventListener("abort", () => this.#lookAgain?.cancel(), { once: true });
    this.#updates = new AskLimit(options.clock);
    this.#starts = new AskLimit(options.clock);
    this.#link = new Link({
      endpoint: () => instance.endpoint(),
      clock: options.clock,
      log: options.log,
      signal: options.signal,
      accept: mustBeReadable,
      onEvent: (event, payload) => this.#onEvent(event, payload),
      onChange: () => this.#changed(),
    });
  }

  async snapshot(look: Look): Promise<Snapshot> {
    const gateway = await this.#link.open();
    try {
      return await this.#look(gateway, look);
    } catch (error) {
      this.#stale = true;
      throw error instanceof Refusal ? refusalProblem(error) : error;
    }
  }

  async #look(gateway: Gateway, look: Look): Promise<Snapshot> {
    this.#taken(look.revision);
    const { version } = gateway;
    const schedulerOn = (await gateway.call("cron.status", {}, look.signal)).enabled !== false;
    const revisionOf = (state: string): string => [state, schedulerOn ? "on" : "off", ...(this.#seen.size > 0 ? [this.#self, this.#order] : [])].join("|");
    if (!this.#stale && look.revision !== null) {
      const state = await readRevision(gateway, look.signal);
      if (state !== undefined && revisionOf(state) === look.revision) return { unchanged: true, version };
    }
    this.#stale = false;
    const order = this.#order;
    const listing = await readListing(gateway, () => this.#changes, look.signal);
    const jobs = toObservedJobs(listing.rows, this.#options.hostZone);
    for (const { id } of jobs) this.#seen.delete(id);
    this.#lookAgain?.cancel();
    if (this.#lags(jobs)) this.#lookAgain = this.#options.clock.timer(LIST_LAG.againMs, () => this.#changed());
    const revision = revisionOf(listing.revision ?? hash(JSON.stringify(listing.rows)));
    this.#givenRevision = revision;
    this.#givenOrder = order;
    if (revision === look.revision) return { unchanged: true, version };
    return { version, revision, schedulerOn, jobs, departed: [...this.#seen.values()].map(({ job }) => job) };
  }

  async runs(jobId: string, page: { readonly cursor: string | null; readonly signal: AbortSignal }): Promise<RunPage> {
    const offset = Number(page.cursor ?? 0);
    try {
      if (this.#large.has(jobId)) return await this.#largeRun(jobId, offset, page.signal);
      return await readRuns(await this.#link.open(), jobId, { offset, limit: RUNS_PAGE }, page.signal);
    } catch (error) {
      if (!(error instanceof TooLarge) || this.#large.has(jobId)) throw error instanceof Refusal ? refusalProblem(error) : error;
      this.#large.add(jobId);
      return this.#largeRun(jobId, offset, page.signal);
    }
  }

  /** One run at a time, on a connection that may break; a run that breaks it alone is taken without its output. */
  async #largeRun(jobId: string, offset: number, signal: AbortSignal): Promise<RunPage> {
    try {
      return await this.#apart(["operator.read"], signal, (gateway) => readRuns(gateway, jobId, { offset, limit: 1 }, signal));
    } catch (error) {
      if (!(error instanceof TooLarge)) throw error;
      this.#options.log.warn("a run's output is larger than Loom reads", { job: jobId, offset });
      const runs = offset > 0 ? [] : await this.#apart(["operator.read"], signal, (gateway) => readLastRun(gateway, jobId, signal));
      return { runs, next: String(offset + 1) };
    }
  }

  watch(wake: () => void, signal: AbortSignal): void {
    this.#wakes.add(wake);
    signal.addEventListener("abort", () => this.#wakes.delete(wake), { once: true });
    this.#link.open().catch(() => {}); // told by the next look
  }

  setEnabled(jobId: string, enabled: boolean, ask: Ask): Promise<Answer> {
    return this.#ask(this.#updates, ask.signal, async (admin) => {
      const job = await admin.call("cron.get", { id: jobId }, ask.signal);
      const now = toObservedJob(job, this.#options.hostZone);
      if (!isDeepStrictEqual(now?.definition, ask.definition)) return { accepted: false, reason: "The job was changed in OpenClaw meanwhile. Look at it again, then repeat." };
      const revision = text(job.configRevision);
      await admin.call("cron.update", { id: jobId, patch: { enabled }, ...(revision !== undefined && { expectedConfigRevision: revision }) }, ask.signal);
      return { accepted: true };
    });
  }

  runNow(jobId: string, ask: Ask): Promise<Answer> {
    return this.#ask(this.#starts, ask.signal, async (admin) => {
      const answer = await admin.call("cron.run", { id: jobId, mode: "force" }, ask.signal);
      const ownerRunId = text(answer.runId);
      if (answer.enqueued === true || answer.ran === true) return { accepted: true, ...(ownerRunId !== undefined && { ownerRunId }) };
      return { accepted: false, reason: `OpenClaw did not run it: ${text(answer.reason) ?? "no reason given"}.` };
    });
  }

  /** The right to change things is taken for one ask and given back. */
  async #ask(limit: AskLimit, signal: AbortSignal, ask: (admin: Gateway) => Promise<Answer>): Promise<Answer> {
    const waitMs = limit.take();
    if (waitMs > 0) return { accepted: false, reason: "OpenClaw takes 30 changes a minute.", retryAfterMs: waitMs };
    try {
      return await this.#apart(["operator.read", "operator.admin"], signal, ask);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { accepted: false, reason: error.message, ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }) };
    }
  }

  /** Does one thing on a connection of its own. */
  async #apart<T>(scopes: readonly string[], signal: AbortSignal, use: (gateway: Gateway) => Promise<T>): Promise<T> {
    const gateway = await openGateway({ ...(await this.#instance.endpoint()), scopes, clock: this.#options.clock, signal });
    try {
      return await use(gateway);
    } finally {
      gateway.close();
    }
  }

  #onEvent(event: string, payload: Wire | undefined): void {
    if (event !== "cron") return;
    const action = text(payload?.action);
    if (action !== undefined && ["added", "updated", "removed"].includes(action)) this.#changes++;
    if (payload && (action === "removed" || action === "finished")) this.#remember(payload);
    this.#changed();
  }

  /** A job that is gone from the next listing is known by its last event alone, and its last run may come after that. */
  #remember(event: Wire): void {
    const job = toObservedJob(event.job, this.#options.hostZone);
    if (!job) return;
    const finished = event.action === "finished";
    const mark = finished ? historyMark(event.runAtMs, event.status) : null;
    if (finished) this.#ended.set(job.id, { key: String(event.runAtMs), tries: LIST_LAG.tries });
    this.#seen.set(job.id, { job: { ...job, running: null, historyMark: mark ?? job.historyMark ?? this.#seen.get(job.id)?.job.historyMark ?? null }, order: ++this.#order });
  }

  /** Whether the list still shows a run that has ended. */
  #lags(jobs: readonly ObservedJob[]): boolean {
    if (this.#ended.size === 0) return false;
    const running = new Map(jobs.map((job) => [job.id, job.running?.key]));
    for (const [id, ended] of this.#ended) if (running.get(id) !== ended.key || --ended.tries <= 0) this.#ended.delete(id);
    return this.#ended.size > 0;
  }

  /** The kernel names the last state that it has taken in: what was told with it need not be told again. */
  #taken(revision: string | null): void {
    if (revision === null || revision !== this.#givenRevision) return;
    for (const [id, { order }] of this.#seen) if (order <= this.#givenOrder) this.#seen.delete(id);
  }

  #changed(): void {
    this.#stale = true;
    for (const wake of [...this.#wakes]) wake();
  }
}

function mustBeReadable(gateway: Gateway): void {
  const unsupported = whyUnsupported(gateway.version, gateway.protocol);
  if (unsupported !== null) throw new SourceProblem("incompatible", unsupported, { help: "Update OpenClaw to 2026.5.28 or later." });
  if (gateway.scopes !== null && !gateway.scopes.includes("operator.read")) {
    throw new SourceProblem("refused", "OpenClaw let Loom in without the right to read (operator.read).", { help: "Use the gateway's own token, not one of a paired device." });
  }
}

async function readRuns(gateway: Gateway, jobId: string, page: { offset: number; limit: number }, signal: AbortSignal): Promise<RunPage> {
  const answer = await gateway.call("cron.runs", { id: jobId, ...page }, signal);
  const next = integer(answer.nextOffset);
  return { runs: toObservedRuns(list(answer.entries)), next: answer.hasMore === true && next !== undefined && next > page.offset ? String(next) : null };
}

/** The newest run as the job's own state tells it, with the last 2000 characters of its output. */
async function readLastRun(gateway: Gateway, jobId: string, signal: AbortSignal): Promise<RunPage["runs"]> {
  const state = record((await gateway.call("cron.get", { id: jobId }, signal)).state);
  const runs = toObservedRuns([{
    runAtMs: state.lastRunAtMs, durationMs: state.lastDurationMs, status: state.lastRunStatus, error: state.lastError, errorReason: state.lastErrorReason,
    summary: state.lastDiagnosticSummary, diagnostics: state.lastDiagnostics, deliveryStatus: state.lastDeliveryStatus, deliveryError: state.lastDeliveryError,
  }]);
  return runs.map((run) => ({ ...run, trigger: "unknown" }));
}

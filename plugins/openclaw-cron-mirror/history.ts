/** Finished runs of a job, page by page, without making OpenClaw stand still over large outputs. */
import type { Log, ObservedRun, RunPage } from "loom-gateway";
import { Refusal, TooLarge } from "./problems.ts";
import type { Gateway } from "./rpc.ts";
import { toObservedRuns } from "./runs.ts";
import { integer, list, record, text } from "./wire.ts";

/** A run may bring megabytes of output: begin with few, go on with as many as fit. */
const FIRST_RUNS = 4;
const MOST_RUNS = 100;
const PAGE_CHARACTERS = 512 * 1024;

type Page = { readonly cursor: string | null; readonly signal: AbortSignal };

export interface HistoryOptions {
  readonly log: Log;
  /** The connection that stays open. */
  readonly open: () => Promise<Gateway>;
  /** Uses a connection that may break over what is asked. */
  readonly apart: <T>(signal: AbortSignal, use: (gateway: Gateway) => Promise<T>) => Promise<T>;
}

export class History {
  readonly #options: HistoryOptions;
  /** Jobs whose outputs have once been too large for a page. */
  readonly #large = new Set<string>();

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  /** As `Source.runs`. A cursor is the offset of the page and how many runs to ask for, such as `4+100`. */
  async runs(jobId: string, page: Page): Promise<RunPage> {
    const [offset = 0, limit = FIRST_RUNS] = page.cursor?.split("+").map(Number) ?? [];
    if (this.#large.has(jobId)) return this.#oneRun(jobId, offset, page.signal);
    try {
      return await readPage(await this.#options.open(), jobId, { offset, limit }, page.signal);
    } catch (error) {
      // OpenClaw forgets a job that was removed before it ever ran.
      if (error instanceof Refusal && error.detail === "CRON_JOB_NOT_FOUND") return { runs: [], next: null };
      if (!(error instanceof TooLarge)) throw error;
      this.#large.add(jobId);
      return this.#oneRun(jobId, offset, page.signal);
    }
  }

  /** A run that is too large even alone is taken without its output if it is the newest, else left out. */
  async #oneRun(jobId: string, offset: number, signal: AbortSignal): Promise<RunPage> {
    const { apart, log } = this.#options;
    try {
      return await apart(signal, (gateway) => readPage(gateway, jobId, { offset, limit: 1 }, signal));
    } catch (error) {
      if (!(error instanceof TooLarge)) throw error;
      log.warn("a run's output is larger than Loom reads", { job: jobId, offset });
      const runs = offset > 0 ? [] : await apart(signal, (gateway) => readNewestByState(gateway, jobId, signal));
      return { runs, next: String(offset + 1) };
    }
  }
}

async function readPage(gateway: Gateway, jobId: string, page: { offset: number; limit: number }, signal: AbortSignal): Promise<RunPage> {
  const answer = await gateway.call("cron.runs", { id: jobId, ...page }, signal);
  // It may tell more than it was asked for.
  const entries = list(answer.entries).slice(0, page.limit);
  const next = integer(answer.nextOffset);
  const more = answer.hasMore === true && next !== undefined && next > page.offset;
  return { runs: toObservedRuns(entries), next: more ? `${next}+${fittingRuns(entries)}` : null };
}

/** How many runs like these make a page of moderate size. */
function fittingRuns(entries: readonly unknown[]): number {
  const characters = entries.reduce<number>((sum, entry) => sum + 1_000 + (text(record(entry).summary)?.length ?? 0), 0);
  return Math.min(MOST_RUNS, Math.max(1, Math.floor((PAGE_CHARACTERS * entries.length) / Math.max(1, characters))));
}

/** The newest run as the job's own state tells it, with the last 2000 characters of its output. */
async function readNewestByState(gateway: Gateway, jobId: string, signal: AbortSignal): Promise<ObservedRun[]> {
  const state = record((await gateway.call("cron.get", { id: jobId }, signal)).state);
  const runs = toObservedRuns([{
    runAtMs: state.lastRunAtMs, durationMs: state.lastDurationMs, status: state.lastRunStatus, error: state.lastError, errorReason: state.lastErrorReason,
    summary: state.lastDiagnosticSummary, diagnostics: state.lastDiagnostics, deliveryStatus: state.lastDeliveryStatus, deliveryError: state.lastDeliveryError,
  }]);
  return runs.map((run) => ({ ...run, trigger: "unknown" }));
}

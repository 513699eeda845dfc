import type { Clock } from "../clock/clock.ts";
import type { Log } from "../log/log.ts";
import type { ObservedRuns, Store } from "../store/contract.ts";
import type { ObservedJob, ObservedRun, Source } from "./contract.ts";

/** What the importer has to know of a strand. */
export interface StrandHistory {
  readonly strandId: string;
  readonly firstSeenAt: number;
  importedMark: string | null;
  historyComplete: boolean;
  /** Key of the run that the store holds as under way. */
  activeKey: string | null;
}

/** What a look says of a job's runs. */
export type HistoryNews = Pick<ObservedJob, "id" | "historyMark" | "running">;

interface Task {
  readonly job: HistoryNews;
  readonly history: StrandHistory;
  attempts: number;
}

/** How long to wait for a run that the owner announced and its history does not show yet. */
const RETRY_MS = [250, 1_000, 5_000];
/** The most runs held in memory at a time. */
const LARGEST_BATCH = 500;

/**
 * Brings the stored runs of one source up to its history: news first, then what was there before Loom, one job after
 * the other so that the owner is never busy with more than one page.
 */
export class HistoryImport {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #source: () => Source;
  readonly #signal: AbortSignal;
  readonly #tasks = new Map<string, Task>();
  /** Jobs that wait for another try, with the mark that they wait for. */
  readonly #retries = new Map<string, string | null>();
  #working: Promise<void> | null = null;

  constructor(options: { store: Store; clock: Clock; log: Log; source: () => Source; signal: AbortSignal }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#source = options.source;
    this.#signal = options.signal;
  }

  /** Asks for a job's runs if the store may lack any; cheap when it does not. */
  consider(job: HistoryNews, history: StrandHistory): void {
    const { behind, ended, begun } = lag(job, history);
    if (!behind && !ended && !begun) return void this.#tasks.delete(job.id);
    if (!begun && this.#retries.has(job.id) && this.#retries.get(job.id) === job.historyMark) return;
    this.#tasks.set(job.id, { job, history, attempts: this.#tasks.get(job.id)?.attempts ?? 0 });
    this.#work();
  }

  /** Resolves when nothing is left to import now. */
  async settled(): Promise<void> {
    while (this.#working) await this.#working;
  }

  #work(): void {
    this.#working ??= this.#drain().finally(() => {
      this.#working = null;
      if (this.#tasks.size > 0 && !this.#signal.aborted) this.#work();
    });
  }

  async #drain(): Promise<void> {
    for (let task = this.#next(); task && !this.#signal.aborted; task = this.#next()) {
      this.#tasks.delete(task.job.id);
      try {
        await this.#import(task);
      } catch (error) {
        if (!this.#signal.aborted) this.#log.warn("runs could not be read", { strand: task.history.strandId, error });
        // The source does not answer: the next look brings the rest again.
        this.#tasks.clear();
      }
    }
  }

  /** News before history: a run that just ended must not wait for a first import of five hundred jobs. */
  #next(): Task | undefined {
    let first: Task | undefined;
    for (const task of this.#tasks.values()) {
      if (task.history.historyComplete) return task;
      first ??= task;
    }
    return first;
  }

  async #import(task: Task): Promise<void> {
    const { job, history } = task;
    const { behind, ended } = lag(job, history);
    const found = behind || ended ? await this.#readHistory(job, history) : new Set<string>();
    const lacking = ended ? !found.has(history.activeKey!) : behind && history.historyComplete && found.size === 0;
    const retryMs = lacking ? RETRY_MS[task.attempts] : undefined;
    if (retryMs !== undefined) return this.#retryLater(task, retryMs);
    await this.#observe(history, { finished: [], running: job.running ?? null, importedMark: job.historyMark, historyComplete: true });
    history.importedMark = job.historyMark;
    history.historyComplete = true;
    history.activeKey = job.running?.key ?? null;
  }

  #retryLater(task: Task, ms: number): void {
    const { id, historyMark } = task.job;
    this.#retries.set(id, historyMark);
    this.#clock.timer(ms, () => {
      if (this.#retries.get(id) === historyMark) this.#retries.delete(id);
      if (this.#signal.aborted || this.#tasks.has(id)) return;
      this.#tasks.set(id, { ...task, attempts: task.attempts + 1 });
      this.#work();
    });
  }

  /** Reads pages, newest first, until one holds a known run; stores them oldest first, so that a crash leaves no gap. */
  async #readHistory(job: HistoryNews, history: StrandHistory): Promise<Set<string>> {
    const found = new Set<string>();
    const source = this.#source();
    if (!source.runs) return found;
    let unknown: ObservedRun[] = [];
    let cursor: string | null = null;
    do {
      const page = await source.runs(job.id, { cursor, signal: this.#signal });
      const known = new Set(await this.#store.runs.known(history.strandId, page.runs.map((run) => run.key)));
      const news = page.runs.filter((run) => !known.has(run.key));
      unknown.push(...news);
      for (const run of news) found.add(run.key);
      cursor = known.size > 0 && history.historyComplete ? null : page.next;
      // Only a first import is this long; it is read to its end whatever is known, so storing a part leaves no gap.
      if (unknown.length >= LARGEST_BATCH && !history.historyComplete) {
        await this.#record(history, unknown);
        unknown = [];
      }
    } while (cursor !== null && !this.#signal.aborted);
    this.#signal.throwIfAborted();
    await this.#record(history, unknown);
    return found;
  }

  async #record(history: StrandHistory, newestFirst: readonly ObservedRun[]): Promise<void> {
    const before = newestFirst.filter((run) => run.finishedAt < history.firstSeenAt);
    const since = newestFirst.filter((run) => run.finishedAt >= history.firstSeenAt);
    if (before.length > 0) await this.#observe(history, { finished: before.toReversed(), beforeFirstSight: true });
    if (since.length > 0) await this.#observe(history, { finished: since.toReversed() });
  }

  async #observe(history: StrandHistory, news: Omit<ObservedRuns, "strandId" | "at">): Promise<void> {
    await this.#store.runs.observe({ strandId: history.strandId, at: this.#clock.now(), ...news });
  }
}

/** In which ways the store lags behind what a look says of a job. */
function lag(job: HistoryNews, history: StrandHistory): { behind: boolean; ended: boolean; begun: boolean } {
  return {
    behind: job.historyMark !== history.importedMark || !history.historyComplete,
    ended: history.activeKey !== null && job.running?.key !== history.activeKey,
    begun: job.running != null && job.running.key !== history.activeKey,
  };
}

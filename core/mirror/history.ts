import type { Clock, Timer } from "../clock/clock.ts";
import { within } from "../clock/within.ts";
import { isLoomError } from "../errors/loomError.ts";
import type { Log } from "../log/log.ts";
import { Sparing } from "../log/sparing.ts";
import type { ObservedRuns, Store } from "../store/contract.ts";
import { Turns } from "../turns.ts";
import type { ObservedJob, ObservedRun, RunPage, Source } from "./contract.ts";
import { inParts } from "../inParts.ts";
import { weightOf, withEnds } from "./outputs.ts";

/** What the importer has to know of a strand. */
export interface StrandHistory {
  readonly strandId: string;
  readonly firstSeenAt: number;
  importedMark: string | null;
  historyComplete: boolean;
  /** The run that the store holds as under way. */
  active: { readonly key: string; readonly startedAt: number } | null;
}

/** What a look says of a job's runs. */
export type HistoryNews = Pick<ObservedJob, "id" | "historyMark" | "newestRun" | "running">;

interface Task {
  readonly job: HistoryNews;
  readonly history: StrandHistory;
  attempts: number;
}

/** What is said of a strand beside its finished runs. */
type StateNews = Pick<ObservedRuns, "heir" | "running" | "importedMark" | "historyComplete">;

interface HistoryRead {
  /** Keys of all runs that were shown. */
  readonly shown: ReadonlySet<string>;
  /** Keys of the runs that were not known. */
  readonly found: ReadonlySet<string>;
  /** Those of them that are not stored yet, newest first. */
  readonly rest: readonly ObservedRun[];
  readonly heir: NonNullable<ObservedRuns["heir"]> | null;
  /** The run that the look showed under way is over by now: it is told as another one. */
  readonly isOver: boolean;
}

const nothing: HistoryRead = { shown: new Set(), found: new Set(), rest: [], heir: null, isOver: false };

/** How long to wait for a run that the owner announced and its history does not show yet. */
const RETRY_MS = [250, 1_000, 5_000];
/**
 * When to read a history again that lacked a run for so long, each counted from the time before: after its restart an owner
 * may first catch up with what it has missed, for minutes, and write down only then which runs that interrupted.
 */
const DOUBT_MS = [30_000, 90_000, 480_000];
/** So long after a source can be read again it may tell ends late, also beneath newer ones: all those times together. */
const LATE_ENDS_MS = DOUBT_MS.reduce((sum, ms) => sum + ms);
/** How long to leave a job alone whose runs could not be read. */
const FAILED_MS = 30_000;
/** So many jobs fail one after the other where it is the source that cannot be read. */
const FAILED_IN_A_ROW = 3;
/** How long a source may take for one page. */
const PAGE_DEADLINE_MS = 30_000;
/** How much later than shown a run may start where starts move. */
const LONGEST_MOVE_MS = 300_000;
/** Among so many newest runs of a strand is the one whose end Loom last called unseen. */
const NEWEST = 10;
/** The most runs held in memory at a time. */
const LARGEST_BATCH = 500;
/** The most characters of JSON that they say. */
const HEAVIEST_BATCH = 32 * 1024 * 1024;
/** A history that goes on after so many pages has no end. */
const MOST_PAGES = 1_000;

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
  readonly #outputBytes: number;
  /** A source has as many jobs that cannot be read as it likes. */
  readonly #failures: Sparing;
  readonly #tasks = new Map<string, Task>();
  /** Jobs that were read last when the source seemed out of reach: the others have their turn first, or one would keep all from it. */
  readonly #suspects = new Set<string>();
  /** Tasks that wait for another try, by job. */
  readonly #retries = new Map<string, { readonly task: Task; readonly timer: Timer }>();
  /** Strands whose history may still lack a run, when it is read again, and for which time. */
  readonly #doubts = new Map<string, { readonly timer: Timer; readonly time: number }>();
  /** Those for which that time has come. */
  readonly #doubted = new Set<string>();
  /** Those that were let go of, perhaps while they were read. */
  readonly #forgotten = new WeakSet<StrandHistory>();
  /** Until then the owner may tell late how runs ended that its own end interrupted; as `Clock.mono`. */
  #lateEndsUntil = -Infinity;
  #working: Promise<void> | null = null;

  constructor(options: { store: Store; clock: Clock; log: Log; source: () => Source; signal: AbortSignal; outputBytes: number }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#source = options.source;
    this.#signal = options.signal;
    this.#outputBytes = options.outputBytes;
    this.#failures = new Sparing(() => options.clock.mono());
    this.#signal.addEventListener("abort", () => this.#cancelTimers(), { once: true });
  }

  /** The source can be read for the first time, or again: it may have been restarted. */
  returned(): void {
    this.#lateEndsUntil = this.#clock.mono() + LATE_ENDS_MS;
  }

  /** Asks for a job's runs if the store may lack any; cheap when it does not. */
  consider(job: HistoryNews, history: StrandHistory): void {
    const waiting = this.#retries.get(job.id);
    if (waiting && sameNews(waiting.task.job, job)) return;
    // Whatever was waited for is outdated: told later, it would undo what is recorded now.
    waiting?.timer.cancel();
    this.#retries.delete(job.id);
    const { behind, ended, begun } = lag(job, history);
    if (!behind && !ended && !begun && !this.#doubted.has(history.strandId)) return void this.#tasks.delete(job.id);
    this.#tasks.set(job.id, { job, history, attempts: this.#tasks.get(job.id)?.attempts ?? 0 });
    this.#work();
  }

  /** Lets go of a job that is no longer remembered. */
  forget(jobId: string, history: StrandHistory): void {
    this.#forgotten.add(history);
    this.#tasks.delete(jobId);
    this.#suspects.delete(jobId);
    this.#retries.get(jobId)?.timer.cancel();
    this.#retries.delete(jobId);
    this.#doubts.get(history.strandId)?.timer.cancel();
    this.#doubts.delete(history.strandId);
    this.#doubted.delete(history.strandId);
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
    // All that a look brings are there then.
    await Promise.resolve();
    let failed = 0;
    for (let task = this.#next(); task && !this.#signal.aborted; task = this.#next()) {
      this.#tasks.delete(task.job.id);
      try {
        await this.#import(task);
        this.#suspects.delete(task.job.id);
        failed = 0;
      } catch (error) {
        if (this.#signal.aborted) return;
        this.#tell(task.history.strandId, error);
        if (!seemsToConcernAll(error)) {
          this.#retryLater(task, FAILED_MS);
          continue;
        }
        this.#suspects.add(task.job.id);
        // What holds for the whole source holds for the other jobs too: the next look brings them again.
        if (++failed === FAILED_IN_A_ROW) this.#tasks.clear();
      }
    }
  }

  #tell(strand: string, error: unknown): void {
    const told = this.#failures.next();
    if (told !== "left out") this.#log.warn("runs could not be read", { strand, error, ...(told === "last" && { more: "is not told for some minutes" }) });
  }

  /** News before history: a run that just ended must not wait for a first import of five hundred jobs. Suspects come after both. */
  #next(): Task | undefined {
    let [first, last]: (Task | undefined)[] = [];
    for (const task of this.#tasks.values()) {
      const isSuspect = this.#suspects.has(task.job.id);
      if (task.history.historyComplete && !isSuspect) return task;
      if (isSuspect) last ??= task;
      else first ??= task;
    }
    return first ?? last;
  }

  async #import(task: Task): Promise<void> {
    const { job, history } = task;
    const { behind, ended } = lag(job, history);
    const read = behind || ended || this.#doubted.has(history.strandId);
    const { shown, found, rest, heir, isOver } = read ? await this.#readHistory(job, history, ended) : nothing;
    this.#doubted.delete(history.strandId);
    const told = job.newestRun === undefined ? found.size > 0 : shown.has(job.newestRun);
    const lacking = ended ? !found.has(history.active!.key) : behind && history.historyComplete && !told;
    const retryMs = lacking ? RETRY_MS[task.attempts] : undefined;
    if (retryMs !== undefined) {
      await this.#record(history, rest, { heir });
      return this.#retryLater({ ...task, attempts: task.attempts + 1 }, retryMs);
    }
    if (lacking || (behind && history.historyComplete && this.#clock.mono() < this.#lateEndsUntil)) this.#beginDoubt(history);
    // A mark that is not stored makes the next Loom read again what this one may have read too early.
    const mark = this.#doubts.has(history.strandId) ? {} : { importedMark: job.historyMark };
    const running = isOver ? null : (job.running ?? null);
    await this.#record(history, rest, { heir, running, ...mark, historyComplete: true });
    history.importedMark = job.historyMark;
    history.historyComplete = true;
    history.active = running;
  }

  /** Unless the first of the times is awaited already: news that come again and again must not put it off. */
  #beginDoubt(history: StrandHistory): void {
    if (!this.#forgotten.has(history) && this.#doubts.get(history.strandId)?.time !== 0) this.#doubt(history.strandId, 0);
  }

  /** Has the first look after this one of the times, and after each later one, read the history again. */
  #doubt(strandId: string, time: number): void {
    this.#doubts.get(strandId)?.timer.cancel();
    this.#doubts.delete(strandId);
    const ms = DOUBT_MS[time];
    if (ms === undefined || this.#signal.aborted) return;
    const timer = this.#clock.timer(ms, () => {
      this.#doubted.add(strandId);
      this.#doubt(strandId, time + 1);
    });
    this.#doubts.set(strandId, { timer, time });
  }

  #cancelTimers(): void {
    for (const { timer } of this.#retries.values()) timer.cancel();
    for (const { timer } of this.#doubts.values()) timer.cancel();
  }

  #retryLater(task: Task, ms: number): void {
    const { id } = task.job;
    if (this.#tasks.has(id) || this.#forgotten.has(task.history) || this.#signal.aborted) return;
    const timer = this.#clock.timer(ms, () => {
      this.#retries.delete(id);
      this.#tasks.set(id, task);
      this.#work();
    });
    this.#retries.set(id, { task, timer });
  }

  /** Reads pages, newest first, until one holds a known run. They are stored oldest first, so that a crash leaves no gap. */
  async #readHistory(job: HistoryNews, history: StrandHistory, ended: boolean): Promise<HistoryRead> {
    const shown = new Set<string>();
    const found = new Set<string>();
    const source = this.#source();
    if (!source.runs) return nothing;
    const read = (cursor: string | null): Promise<RunPage> =>
      within(this.#clock, PAGE_DEADLINE_MS, tooLate, (signal) => source.runs!(job.id, { cursor, signal }), this.#signal);
    const turns = new Turns(() => this.#clock.mono());
    let unknown: ObservedRun[] = [];
    let weight = 0;
    let lastKnown = -Infinity;
    let cursor: string | null = null;
    let pages = 0;
    do {
      if (++pages > MOST_PAGES) throw new Error(`the history of ${job.id} has no end`);
      const page: RunPage = await read(cursor);
      const known = new Set(await this.#store.runs.known(history.strandId, page.runs.map((run) => run.key)));
      const news = page.runs.filter((run) => !known.has(run.key));
      for (const run of news) {
        const kept = withEnds(run, this.#outputBytes);
        unknown.push(kept);
        weight += weightOf(kept);
        await turns.pass();
      }
      for (const run of page.runs) shown.add(run.key);
      for (const run of news) found.add(run.key);
      for (const run of page.runs) if (known.has(run.key) && run.trigger !== "manual") lastKnown = Math.max(lastKnown, run.startedAt);
      cursor = known.size > 0 && history.historyComplete ? null : page.next;
      if (unknown.length >= LARGEST_BATCH || weight >= HEAVIEST_BATCH) {
        await this.#takeUp(history);
        await this.#record(history, unknown);
        unknown = [];
        weight = 0;
      }
    } while (cursor !== null && !this.#signal.aborted);
    this.#signal.throwIfAborted();
    if (!source.startsMayMove || unknown.length === 0) return { ...nothing, shown, found, rest: unknown };
    // Since the look it may have begun, under its true start, and ended.
    const later = job.running ? heirOf(job.running, unknown) : null;
    const heir = ended ? heirOf(history.active!, unknown) : later;
    if (heir) found.add(heir.from);
    const lost = heir || !history.historyComplete ? null : await this.#lastLost(history.strandId);
    // Whatever is known to have begun in between would have been its heir.
    return { shown, found, rest: unknown, heir: lost && lost.startedAt >= lastKnown ? heirOf(lost, unknown) : heir, isOver: later !== null };
  }

  /** What is too long to be held is stored part by part, newest first. It is read to its end then, whatever is known, also by the next Loom: no gap is left. */
  async #takeUp(history: StrandHistory): Promise<void> {
    if (!history.historyComplete) return;
    await this.#observe(history, { finished: [], historyComplete: false });
    history.historyComplete = false;
  }

  /** The newest run that Loom called lost: where starts move, its end may only have been told late, and under another key. */
  async #lastLost(strandId: string): Promise<StrandHistory["active"]> {
    const { items } = await this.#store.runs.list({ strandId, status: ["failed"], limit: NEWEST });
    const lost = items.find((run) => run.code === "lost" && run.externalKey !== null);
    return lost ? { key: lost.externalKey!, startedAt: lost.startedAt } : null;
  }

  /** Stores runs part by part and, with the last of them, what holds then: each commit waits for the disk. */
  async #record(history: StrandHistory, newestFirst: readonly ObservedRun[], { heir = null, ...state }: StateNews = {}): Promise<void> {
    const before = inParts(newestFirst.filter((run) => run.finishedAt < history.firstSeenAt), weightOf);
    const since = inParts(newestFirst.filter((run) => run.finishedAt >= history.firstSeenAt), weightOf).reverse();
    // Runs from before Loom say nothing of one that is under way, so only a state without one can go with them.
    const withOld = since.length === 0 && state.running === null && history.active === null;
    // Of these the newest go first: whichever is the strand's newest run says how it stands.
    if (before.length > 1) await this.#takeUp(history);
    for (const [n, runs] of before.entries()) await this.#observe(history, { finished: runs.toReversed(), beforeFirstSight: true, ...(withOld && n === before.length - 1 && state) });
    for (const [n, runs] of since.entries()) await this.#observe(history, { finished: runs.toReversed(), ...(n === 0 && { heir }), ...(n === since.length - 1 && state) });
    if (since.length === 0 && state.running !== undefined && !(withOld && before.length > 0)) await this.#observe(history, { finished: [], ...state });
  }

  async #observe(history: StrandHistory, news: Omit<ObservedRuns, "strandId" | "at">): Promise<void> {
    await this.#store.runs.observe({ strandId: history.strandId, at: this.#clock.now(), ...news });
  }
}

/**
 * The run under which an owner that moves starts tells the end of the one under way: the first that began after it, soon,
 * and by itself: what somebody asked for in the meantime is another run. Null when the run under way is among them itself, or
 * none is.
 */
function heirOf(active: NonNullable<StrandHistory["active"]>, newestFirst: readonly ObservedRun[]): HistoryRead["heir"] {
  if (newestFirst.some((run) => run.key === active.key)) return null;
  const first = newestFirst.findLast((run) => run.startedAt > active.startedAt && run.trigger !== "manual");
  return first && first.startedAt - active.startedAt <= LONGEST_MOVE_MS ? { from: active.key, to: first.key } : null;
}

/** In which ways the store lags behind what a look says of a job. */
function lag(job: HistoryNews, history: StrandHistory): { behind: boolean; ended: boolean; begun: boolean } {
  return {
    behind: job.historyMark !== history.importedMark || !history.historyComplete,
    ended: history.active !== null && job.running?.key !== history.active.key,
    begun: job.running != null && job.running.key !== history.active?.key,
  };
}

function tooLate(): Error {
  return new Error(`no answer within ${PAGE_DEADLINE_MS / 1000} s`);
}

/** Whether two looks say the same of a job's runs. */
function sameNews(a: HistoryNews, b: HistoryNews): boolean {
  return a.historyMark === b.historyMark && a.running?.key === b.running?.key;
}

/**
 * As of a source that cannot be reached, or a store that cannot write; but a source may also say that of one job alone. A refusal, or a
 * fault of the adapter, is about one job.
 */
function seemsToConcernAll(error: unknown): boolean {
  return isLoomError(error) && error.code !== "SOURCE_REFUSED" && error.code !== "SOURCE_INCOMPATIBLE";
}

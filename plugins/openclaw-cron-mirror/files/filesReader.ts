/** Reads the cron of an older OpenClaw from its files. They are never written. */
import { MOST_JOBS, SourceProblem, messageOf, type Clock, type Look, type ObservedRun, type RunPage, type Snapshot } from "loom-gateway";
import { toObservedJobs } from "../jobs.ts";
import { toObservedRuns } from "../runs.ts";
import { allOfIt, type Share } from "../share.ts";
import { instant, integer, record, type Wire } from "../wire.ts";
import { FolderWatch } from "./folderWatch.ts";
import { readJobs, NotAJobsFile } from "./jobsFile.ts";
import type { CronFiles } from "./layout.ts";
import { readWhole, stampAt, UnreadableFile, type Owner } from "./readFile.ts";
import { readRunLog, runLogPath } from "./runLog.ts";

const LARGEST_FILE = 16 * 1024 * 1024;
/** OpenClaw writes a file beside and renames it, or writes it in place: what is half-written is whole a moment later. */
const WAIT_MS = [25, 50, 100, 200, 400];
/** OpenClaw writes a run into the log just after it has noted it with the job. */
const LOG_LAG_MS = 5_000;
/** While lines are parsed nothing else goes on. What took longer than this is followed by a rest, so many times as long: thousands of jobs may have long logs. */
const LONG_READ_MS = 50;
const REST_PER_READ = 3;
const LONGEST_REST_MS = 2_000;

export interface FilesReaderOptions {
  /** Whose files are read. */
  readonly owner: Owner;
  readonly clock: Clock;
  /** IANA zone of jobs that name none. */
  readonly hostZone: string;
  /** Of what may be held in memory. Default: all of it. */
  readonly share?: Share;
  readonly onChange: () => void;
  /** The plugin's: nothing is watched after it aborts. */
  readonly signal: AbortSignal;
}

/** What the files do not tell themselves. */
export interface About {
  readonly version: string;
  readonly schedulerOn: boolean;
}

interface State {
  readonly stamp: string;
  readonly rows: readonly Wire[];
  readonly byId: ReadonlyMap<unknown, Wire>;
  readonly changedAt: number;
  readonly hasStateFile: boolean;
}

export class FilesReader {
  readonly files: CronFiles;
  readonly #options: FilesReaderOptions;
  readonly #watch: FolderWatch;
  #last: State | null = null;

  constructor(files: CronFiles, options: FilesReaderOptions) {
    this.files = files;
    this.#options = options;
    this.#watch = new FolderWatch(files.folder, options.onChange);
    options.signal.addEventListener("abort", () => this.close(), { once: true });
  }

  close(): void {
    this.#watch.close();
  }

  /** As `Source.snapshot`. */
  async snapshot(look: Look, about: About): Promise<Snapshot> {
    await this.#watch.ensure(this.#options.signal);
    const before = await this.#stamp();
    const state = this.#last?.stamp === before ? this.#last : await this.#readWhenWhole(look.signal);
    this.#last = state;
    const { schedulerOn } = about;
    const version = `${about.version}, read from its files${state.changedAt === 0 ? "" : ` of ${minuteOf(state.changedAt)}`}`;
    const revision = `files ${state.stamp}|${schedulerOn ? "on" : "off"}|${about.version}`;
    if (revision === look.revision) return { unchanged: true, version };
    return { version, revision, schedulerOn, jobs: await toObservedJobs(state.rows, this.#options.hostZone) };
  }

  /** As `Source.runs`. */
  async runs(jobId: string, page: { readonly cursor: string | null; readonly signal: AbortSignal }): Promise<RunPage> {
    const path = runLogPath(this.files.runs, jobId);
    if (path === null) return { runs: [], next: null };
    const awaited = page.cursor === null ? this.#newestOf(jobId) : null;
    for (let tries = 0; ; tries++) {
      const waitMs = WAIT_MS[tries];
      const { runs, next } = await this.#restAfter(page.signal, async () => {
        const { entries, next } = await readRunLog(path, page.cursor, this.#options.owner, page.signal).catch(throwProblem);
        return { runs: toObservedRuns(this.#wantsDelivery(jobId) ? entries : entries.map(undelivered)).map(withoutGuess), next };
      });
      if (waitMs === undefined || awaited === null || runs.some((run) => run.key === awaited)) return { runs, next };
      await this.#options.clock.sleep(waitMs, page.signal);
    }
  }

  async #restAfter<T>(signal: AbortSignal, read: () => Promise<T>): Promise<T> {
    const { clock } = this.#options;
    const began = clock.mono();
    const done = await read();
    const tookMs = clock.mono() - began;
    if (tookMs > LONG_READ_MS) await clock.sleep(Math.min(REST_PER_READ * tookMs, LONGEST_REST_MS), signal);
    return done;
  }

  /** The key of a job's newest run where that ended so lately that it may not be in the log yet. */
  #newestOf(jobId: string): string | null {
    const state = record(this.#row(jobId).state);
    const startedAt = instant(state.lastRunAtMs);
    if (startedAt === undefined) return null;
    const age = this.#options.clock.now() - startedAt - (integer(state.lastDurationMs) ?? 0);
    return Math.abs(age) < LOG_LAG_MS ? String(startedAt) : null;
  }

  #wantsDelivery(jobId: string): boolean {
    return ["announce", "webhook"].includes(String(record(this.#row(jobId).delivery).mode));
  }

  #row(jobId: string): Wire {
    return this.#last?.byId.get(jobId) ?? {};
  }

  async #readWhenWhole(signal: AbortSignal): Promise<State> {
    for (let tries = 0; ; tries++) {
      const waitMs = WAIT_MS[tries];
      try {
        return await this.#read();
      } catch (error) {
        if (waitMs === undefined || !(error instanceof NotAJobsFile)) return throwProblem(error);
      }
      await this.#options.clock.sleep(waitMs, signal);
    }
  }

  async #read(): Promise<State> {
    const { owner, share = allOfIt } = this.#options;
    const jobs = await readWhole(this.files.jobs, share(LARGEST_FILE), owner);
    const state = await readWhole(this.files.state, share(LARGEST_FILE), owner);
    const stamp = `${jobs?.stamp ?? null} ${state?.stamp ?? null}`;
    if (jobs === null && (this.#last !== null || (await stampAt(`${this.files.jobs}.migrated`)) !== null)) throw new NotAJobsFile(`${this.files.jobs} is gone`);
    // What has once been kept apart is not with the jobs: without it every job would seem never to have run.
    if (state === null && this.#last?.hasStateFile) throw new NotAJobsFile(`${this.files.state} is gone`);
    // Before it is parsed, while which nothing else goes on: it would be for nothing.
    if (stamp !== (await this.#stamp())) throw new NotAJobsFile(`${this.files.jobs} changes while it is read`);
    // An OpenClaw that never had a job has no file either.
    const rows = jobs === null ? [] : readJobs(jobs.text, state?.text ?? null, share(MOST_JOBS));
    // The first counts where two have one id, as everywhere.
    const byId = new Map(rows.toReversed().map((row) => [row.id, row]));
    return { stamp, rows, byId, changedAt: Math.max(jobs?.changedAt ?? 0, state?.changedAt ?? 0), hasStateFile: state !== null };
  }

  async #stamp(): Promise<string> {
    const [jobs, state] = await Promise.all([stampAt(this.files.jobs), stampAt(this.files.state)]);
    return `${jobs} ${state}`;
  }
}

/** The older releases give no id to a run that was asked for, so that nobody can tell it from one on schedule. */
function withoutGuess(run: ObservedRun): ObservedRun {
  return run.trigger === "schedule" ? { ...run, trigger: "unknown" } : run;
}

/** What nobody was to hear of, the older releases call not delivered. */
function undelivered(entry: unknown): unknown {
  return record(entry).deliveryStatus === "not-delivered" ? { ...record(entry), deliveryStatus: "not-requested" } : entry;
}

function minuteOf(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

function throwProblem(error: unknown): never {
  if (!(error instanceof NotAJobsFile || error instanceof UnreadableFile)) throw error;
  throw new SourceProblem("unreachable", `OpenClaw's files cannot be read: ${messageOf(error)}.`, {
    help: "Loom shows what it read last and goes on trying. Updating OpenClaw moves its jobs; then Loom reads them through the gateway.",
    cause: error,
  });
}

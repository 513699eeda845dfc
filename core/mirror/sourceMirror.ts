import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../clock/clock.ts";
import { within } from "../clock/within.ts";
import { isLoomError, messageOf } from "../errors/loomError.ts";
import type { Log } from "../log/log.ts";
import type { SourceHealth, SourceRecord, Store, StrandChange } from "../store/contract.ts";
import type { ObservedJob, Snapshot, Source } from "./contract.ts";
import { Doorbell } from "./doorbell.ts";
import { HistoryImport } from "./history.ts";
import { inParts } from "../inParts.ts";
import { KnownStrands, type Mirrored } from "./knownStrands.ts";
import { reckonAhead } from "./reckonAhead.ts";
import { reconcile } from "./reconcile.ts";
import { checkRoom, weightOf } from "./room.ts";
import { suspicionOf, suspicionWords, withoutMissing, type Suspicion } from "./suspicion.ts";

const POLL_MS = 15_000;
const SPACING_MS = 100;
/** A source that takes long to read is asked less often: at most a third of its time goes to Loom. */
const REST_PER_LOOK = 2;
const LONGEST_REST_MS = 2_000;
const LOOK_DEADLINE_MS = 15_000;
const LONGEST_MESSAGE = 1_000;
/** So many changes of a look are stored in one go. */
const PART = 500;

type FullSnapshot = Exclude<Snapshot, { unchanged: true }>;

/**
 * Keeps the store like one source: looks when woken and from time to time, reconciles, imports history, and says how
 * fresh all that is. A source that cannot be read changes nothing but its freshness.
 */
export class SourceMirror {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #bell: Doorbell;
  readonly #stop = new AbortController();
  readonly #history: HistoryImport;
  #source: Source;
  #watching = new AbortController();
  #record: SourceRecord;
  readonly #strands: KnownStrands;
  /** Keys of the runs that the last good look showed as under way, by job. */
  #running = new Map<string, string>();
  /** The state that was taken in last, and the generation that saw it. */
  #last: { readonly by: Source; readonly snapshot: FullSnapshot } | null = null;
  #loop: Promise<void> = Promise.resolve();
  #lookers: ((healthy: boolean) => void)[] = [];
  /** A person believes what the next look says, however much it takes away. */
  #believed = false;
  /** The next look may not be answered with "nothing has changed". */
  #whole = false;

  /** @param options `outputBytes`: how much of the end of each output is handed to the store; left out: all */
  constructor(options: { store: Store; clock: Clock; log: Log; source: Source; record: SourceRecord; outputBytes?: number }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#log = options.log.child({ source: options.record.id });
    this.#source = options.source;
    this.#record = options.record;
    this.#bell = new Doorbell(options.clock);
    this.#strands = new KnownStrands(options.store.strands, options.record.id);
    const { store, clock, outputBytes = Infinity } = options;
    this.#history = new HistoryImport({ store, clock, log: this.#log, source: () => this.#source, signal: this.#stop.signal, outputBytes });
  }

  get id(): string {
    return this.#record.id;
  }

  get health(): SourceHealth {
    return this.#record.health;
  }

  /**
   * The time of the last good look, once all that it told of this job's runs is stored; null: none can be relied on now.
   * @returns milliseconds since 1970
   */
  readAt(jobId: string): number | null {
    const strand = this.#strands.get(jobId);
    if (!strand || this.health.freshness !== "fresh") return null;
    const imported = !this.#source.runs || (strand.historyComplete && strand.importedMark === strand.historyMark);
    return imported && strand.active?.key === this.#running.get(jobId) ? this.health.lastGoodReadAt : null;
  }

  /** The adapter in use. */
  get source(): Source {
    return this.#source;
  }

  /** Loads what the store knows and begins to look. */
  async start(): Promise<void> {
    await this.#reload();
    this.#watch();
    this.#bell.ring();
    this.#loop = this.#run();
  }

  /** A new generation of the plugin took over; strands stay. */
  use(source: Source): void {
    this.#source = source;
    this.#watch();
    this.#bell.ring();
  }

  /** What the source says of itself has changed. */
  describe({ label, can, firingsWhileOff }: Pick<SourceRecord, "label" | "can" | "firingsWhileOff">): void {
    this.#record = { ...this.#record, label, can, firingsWhileOff };
  }

  /**
   * Takes in what the source says now although it is suspect: strands that it does not show go without asking to be
   * acknowledged. False when it could not be read.
   */
  async accept(): Promise<boolean> {
    this.#believed = true;
    try {
      return await this.look();
    } finally {
      this.#believed = false;
    }
  }

  /** A person has set how late this job may be, in milliseconds; null: the rule holds again. Whether it is overdue is seen anew. */
  setGrace(jobId: string, graceMs: number | null): void {
    const strand = this.#strands.get(jobId);
    if (!strand) return;
    Object.assign(strand, { graceMs });
    this.#bell.ring();
  }

  /** Ends looking; resolves when nothing of it is under way any more. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error("the mirror stops"));
    this.#watching.abort();
    this.#bell.ring();
    await this.#loop;
    await this.#history.settled();
    this.#answerLookers(false);
  }

  /** Resolves after a look that began after the call; false when the source could not be read. */
  look(): Promise<boolean> {
    if (this.#stop.signal.aborted) return Promise.resolve(false);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#lookers.push(resolve);
    this.#bell.ring();
    return promise;
  }

  /** As `look`, but that the source has to tell all that it knows, also where it thinks that nothing has changed. */
  lookAtAll(): Promise<boolean> {
    this.#whole = true;
    return this.look();
  }

  /** Resolves when every run that the last look spoke of is stored. */
  imported(): Promise<void> {
    return this.#history.settled();
  }

  #watch(): void {
    this.#watching.abort();
    this.#watching = new AbortController();
    try {
      this.#source.watch?.(() => this.#bell.ring(), this.#watching.signal);
    } catch (error) {
      this.#log.error("a source's watch threw; it is looked at from time to time only", { error });
    }
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.#bell.wait(this.#source.pollMs ?? POLL_MS);
      if (this.#stop.signal.aborted) return;
      const began = this.#clock.mono();
      const lookers = this.#lookers;
      this.#lookers = [];
      const healthy = await this.#lookOnce();
      for (const answer of lookers) answer(healthy);
      const rest = Math.max(this.#source.spacingMs ?? SPACING_MS, Math.min(LONGEST_REST_MS, REST_PER_LOOK * (this.#clock.mono() - began)));
      if (this.#lookers.length === 0) await this.#clock.sleep(rest, this.#stop.signal).catch(() => {});
    }
  }

  async #lookOnce(): Promise<boolean> {
    const at = this.#clock.now();
    const source = this.#source;
    const last = this.#last?.by === source && !this.#whole ? this.#last.snapshot : null;
    this.#whole = false;
    try {
      const ask = (signal: AbortSignal): Promise<Snapshot> => source.snapshot({ revision: last?.revision ?? null, signal });
      const look = await within(this.#clock, LOOK_DEADLINE_MS, tooLate, ask, this.#stop.signal);
      const snapshot = look.unchanged ? last : look;
      if (!snapshot || this.#outdated(source)) return false;
      if (this.#last === null || this.health.freshness === "stale") this.#history.returned();
      await this.#keepAbilities(source, at);
      await this.#takeIn(snapshot, at);
      // Not before: what could not be stored is asked for again, with the departures that it told of.
      this.#last = { by: source, snapshot };
      this.#considerHistory(snapshot);
      return true;
    } catch (error) {
      if (this.#stop.signal.aborted || this.#outdated(source)) return false;
      await this.#cannotRead(error, at);
      return false;
    }
  }

  /** Whether a reload has put another generation in its place: then what it saw, and how it failed, is of no interest. */
  #outdated(source: Source): boolean {
    return source !== this.#source;
  }

  /** Before the look itself is stored, so that whoever hears of that finds them. */
  async #keepAbilities(source: Source, at: number): Promise<void> {
    const { can } = source;
    if (isDeepStrictEqual(can, this.#record.can)) return;
    const { plugin, nodeId, identity, label, firingsWhileOff } = this.#record;
    await this.#store.sources.register({ plugin, nodeId, identity, label, can, firingsWhileOff, at });
    this.#record = { ...this.#record, can };
  }

  /** Reconciles and stores one snapshot; a look that lost against another writer is compared again with what is stored. */
  async #takeIn(snapshot: FullSnapshot, at: number): Promise<void> {
    await reckonAhead({ at, schedulerOn: snapshot.schedulerOn ?? true, jobs: snapshot.jobs }, this.#strands.byJob, this.#clock, this.#stop.signal);
    for (let tries = 0; tries < 3; tries++) {
      await this.#strands.recall([...snapshot.jobs, ...(snapshot.departed ?? [])]);
      const { changes, suspicion } = this.#compare(snapshot, at);
      const health = this.#health({
        freshness: suspicion ? "suspect" : "fresh",
        at,
        version: snapshot.version ?? null,
        schedulerOn: snapshot.schedulerOn ?? true,
        ...(suspicion && suspicionWords(suspicion)),
      });
      const unchanged = changes.length === 0 && snapshot.revision === (this.#record.revision ?? undefined) && sameHealth(health, this.#record.health);
      if (unchanged) return void this.#remember(health, [], this.#record.look, snapshot);
      if (await this.#storeParts(snapshot, at, health, changes)) return;
      await this.#reload();
    }
    throw new Error("this source's strands are being changed by somebody else");
  }

  /**
   * Stores a look part by part, so that what others write comes in between. Only the last part has the revision: where Loom dies
   * before it, the next look is compared whole. The first look of all is one part unless it is too heavy, since what it finds is no news.
   * @returns false where somebody else has changed the strands meanwhile
   */
  async #storeParts(snapshot: FullSnapshot, at: number, health: SourceHealth, changes: readonly StrandChange[]): Promise<boolean> {
    const parts = inParts(changes, (change) => (change.kind === "removed" ? 0 : weightOf(change.strand)), this.#record.look === 0 ? Infinity : PART);
    const last = Math.max(0, parts.length - 1);
    for (let n = 0; n <= last; n++) {
      const part = parts[n] ?? [];
      const revision = n < last ? null : (snapshot.revision ?? null);
      const taken = await this.#store.strands.applyLook({ sourceId: this.id, expectedLook: this.#record.look, at, revision, health, changes: part });
      if (taken.outcome !== "ok") return false;
      this.#remember(health, part, taken.look, { jobs: snapshot.jobs, revision }, at);
    }
    return true;
  }

  /** What the snapshot changes, but for removals that are not believed. */
  #compare(snapshot: FullSnapshot, at: number): { changes: StrandChange[]; suspicion: Suspicion | null } {
    const departed = snapshot.departed ?? [];
    const changes = reconcile(this.#strands.byJob, {
      sourceId: this.id,
      at,
      schedulerOn: snapshot.schedulerOn ?? true,
      jobs: snapshot.jobs,
      departed,
      first: this.#record.look === 0,
    });
    if (this.#believed) return { changes: changes.map((change) => (change.kind === "removed" ? { ...change, expected: true } : change)), suspicion: null };
    const suspicion = suspicionOf(this.#strands.byJob, changes, new Set(departed.map((job) => job.id)));
    const believed = suspicion ? withoutMissing(changes, suspicion) : changes;
    checkRoom(this.#strands.byJob, believed);
    return { changes: believed, suspicion };
  }

  #remember(health: SourceHealth, changes: readonly StrandChange[], look: number, { jobs, revision = null }: Pick<FullSnapshot, "jobs"> & { readonly revision?: string | null | undefined }, at = 0): void {
    this.#record = { ...this.#record, health, look, revision };
    this.#running = new Map(jobs.flatMap(({ id, running }) => (running ? [[id, running.key]] : [])));
    for (const strand of this.#strands.take(changes, at)) this.#history.forget(strand.ownerJobId, strand);
  }

  /** Asks for runs that the store may lack, also of jobs that just went: their history outlives them. */
  #considerHistory(snapshot: FullSnapshot): void {
    for (const job of snapshot.jobs) {
      const strand = this.#strands.get(job.id);
      if (strand) this.#history.consider(job, strand);
    }
    const departed = new Map(snapshot.departed?.map((job) => [job.id, job]));
    for (const strand of this.#strands.gone()) {
      const last = departed.get(strand.ownerJobId);
      const newest = last?.newestRun === undefined ? {} : { newestRun: last.newestRun };
      this.#history.consider({ id: strand.ownerJobId, historyMark: goneMark(strand, last), ...newest, running: null }, strand);
    }
  }

  async #cannotRead(error: unknown, at: number): Promise<void> {
    const incompatible = isLoomError(error) && error.code === "SOURCE_INCOMPATIBLE";
    if (!isLoomError(error)) this.#log.warn("the source could not be read", { error });
    const health = this.#health({
      freshness: incompatible ? "incompatible" : "stale",
      at,
      version: this.#record.health.version,
      schedulerOn: this.#record.health.schedulerOn,
      message: messageOf(error).slice(0, LONGEST_MESSAGE),
      help: isLoomError(error) ? error.help : "Loom goes on trying; the log says more.",
    });
    if (sameHealth(health, this.#record.health)) return;
    try {
      await this.#store.sources.setHealth(this.id, health, at);
      this.#record = { ...this.#record, health };
    } catch (storeError) {
      this.#log.error("the source's state could not be stored", { error: storeError });
    }
  }

  #health(now: { freshness: SourceHealth["freshness"]; at: number; version: string | null; schedulerOn: boolean; message?: string; help?: string }): SourceHealth {
    const before = this.#record.health;
    return {
      freshness: now.freshness,
      since: now.freshness === before.freshness ? before.since : now.at,
      lastGoodReadAt: now.freshness === "fresh" ? now.at : before.lastGoodReadAt,
      version: now.version,
      schedulerOn: now.schedulerOn,
      message: now.message ?? null,
      help: now.help ?? null,
    };
  }

  async #reload(): Promise<void> {
    const [sources] = await Promise.all([this.#store.sources.list(), this.#strands.load()]);
    this.#record = sources.find((source) => source.id === this.id) ?? this.#record;
  }

  #answerLookers(healthy: boolean): void {
    for (const answer of this.#lookers.splice(0)) answer(healthy);
  }
}

function tooLate(): Error {
  return new Error(`no answer within ${LOOK_DEADLINE_MS / 1000} s`);
}

/** Equal but for the time of the last good read, which is not worth a write of its own. */
function sameHealth(a: SourceHealth, b: SourceHealth): boolean {
  return a.freshness === b.freshness && a.version === b.version && a.schedulerOn === b.schedulerOn && a.message === b.message && a.help === b.help;
}

/** A job that went is read once more, and again when its owner still tells news of it. */
function goneMark(strand: Mirrored, departed: ObservedJob | undefined): string {
  if (departed) return `gone ${departed.historyMark}`;
  return strand.importedMark?.startsWith("gone ") ? strand.importedMark : `gone ${strand.goneAt}`;
}

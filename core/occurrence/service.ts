import type { Clock, Timer } from "../clock/clock.ts";
import type { Log } from "../log/log.ts";
import type { SourceMirror } from "../mirror/sourceMirror.ts";
import type { LoomEvent } from "../plugin/contract.ts";
import type { IndexChange, StrandIndex } from "../registry/strandIndex.ts";
import type { Store, StrandRecord } from "../store/contract.ts";
import { untilStored } from "../store/untilStored.ts";
import { withoutFuture, type Case } from "./case.ts";
import { gather, missedBefore } from "./evidence.ts";
import { judge, type Verdict } from "./judge.ts";
import { MachineTimes } from "./machine.ts";
import { NewsLine, type News } from "./newsLine.ts";
import { stuckFrom } from "./stuck.ts";
import { Verdicts } from "./verdicts.ts";

/** What is asked of a source's mirror. */
export type Sight = Pick<SourceMirror, "readAt" | "look" | "imported"> & { readonly source: Pick<SourceMirror["source"], "runs"> };

/** The shortest time between two wake-ups, for strands that fire every second. */
const PAUSE_MS = 2_000;
/** How long a strand rests whose source was looked at and still cannot say what became of a firing. */
const REST_MS = 30_000;

type SourceSight = Pick<Case, "keepsHistory" | "readAt">;

/**
 * Judges what became of every planned firing. Follows the index; one timer is set to the next moment at which anything can
 * be judged, and a source is asked for a look only when something is past its grace. Each source has a line of its own: however
 * long that of one is, the others are judged meanwhile.
 */
export class OccurrenceService {
  readonly #store: Store;
  readonly #index: StrandIndex;
  readonly #mirror: (sourceId: string) => Sight | undefined;
  readonly #clock: Clock;
  readonly #uptimeMs: () => number;
  readonly #log: Log;
  readonly #machine: MachineTimes;
  readonly #stop = new AbortController();
  readonly #missedInARow = new Map<string, number | null>();
  /** Those in which strands wait, by source. */
  readonly #lines = new Map<string, NewsLine>();
  readonly #wakes = new Map<string, number>();
  /** Strands that wait for a look at their source. */
  readonly #looks = new Map<string, { readonly waiting: Set<string>; readonly done: Promise<void> }>();
  readonly #verdicts = new Verdicts();
  readonly #running = new DisposableStack();
  #awakeSince = 0;
  #wokenAt = -Infinity;
  #timer: Timer | null = null;

  constructor(options: { store: Store; index: StrandIndex; mirror: (sourceId: string) => Sight | undefined; clock: Clock; uptimeMs: () => number; log: Log }) {
    this.#store = options.store;
    this.#index = options.index;
    this.#mirror = options.mirror;
    this.#clock = options.clock;
    this.#uptimeMs = options.uptimeMs;
    this.#log = options.log;
    this.#machine = new MachineTimes(options);
  }

  /** Takes up the firings that were open when Loom went down, and follows all strands from now on. */
  async start(): Promise<void> {
    this.#awakeSince = this.#clock.now();
    await this.#machine.load();
    const open = await this.#withOpen();
    this.#running.use(this.#machine.watch(this.#clock, this.#uptimeMs, () => this.#timeWasLost()));
    this.#running.defer(this.#index.on((change) => this.#follow(change)));
    this.#markAll();
    for (const id of open) this.#mark(id);
  }

  /** What was open when Loom went down, also of strands that are on the page no more. */
  async #withOpen(): Promise<string[]> {
    const { occurrences } = this.#store;
    const open: string[] = [];
    for (let some = await occurrences.withOpen(null); some.length > 0; some = await occurrences.withOpen(some.at(-1)!)) for (const id of some) open.push(id);
    return open;
  }

  /** Resolves when nothing is being judged any more. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error("Loom stops"));
    this.#running.dispose();
    this.#timer?.cancel();
    // Looks that are under way are the mirrors' to end.
    await Promise.all(this.#judging());
    await this.#machine.settled();
  }

  /** Resolves when everything that was told so far is judged, as far as it can be. */
  async settled(): Promise<void> {
    while (this.#lines.size > 0 || this.#looks.size > 0) await Promise.all([...this.#judging(), ...[...this.#looks.values()].map(({ done }) => done)]);
  }

  #judging(): Promise<void>[] {
    return [...this.#lines.values()].map(({ done }) => done);
  }

  #follow({ events, strands, sources }: IndexChange): void {
    const runs = events.filter((event) => event.strandId && event.type.startsWith("run."));
    for (const id of strands.keys()) this.#mark(id);
    for (const event of runs) this.#mark(event.strandId!, { runsFrom: startOf(event) });
    if (sources.size > 0) for (const strand of this.#index.strands()) if (strand.sourceId !== null && sources.has(strand.sourceId)) this.#mark(strand.id);
  }

  /** The machine slept or its clock was set: nothing is late that its owner had no time for, and all waits are off. */
  #timeWasLost(): void {
    this.#awakeSince = this.#clock.now();
    this.#wokenAt = -Infinity;
    this.#markAll();
  }

  #markAll(): void {
    for (const id of this.#wakes.keys()) this.#mark(id);
    for (const strand of this.#index.strands()) this.#mark(strand.id);
  }

  #mark(id: string, { runsFrom = null, looked = false }: Partial<News> = {}): void {
    if (this.#stop.signal.aborted) return;
    const key = this.#index.strand(id)?.sourceId ?? "";
    const line = this.#lines.get(key) ?? this.#open(key);
    line.add(id, { runsFrom, looked });
  }

  #open(key: string): NewsLine {
    const over = (): void => {
      this.#lines.delete(key);
      this.#setTimer();
    };
    const line = new NewsLine({ clock: this.#clock, stop: this.#stop.signal, take: (id, news) => this.#take(id, news), over });
    this.#lines.set(key, line);
    return line;
  }

  async #take(id: string, news: News): Promise<void> {
    this.#wakes.delete(id);
    try {
      const known = this.#index.strand(id) ?? (await this.#store.strands.getMany([id]))[0];
      // What is due of Loom's own strands is dealt with where it starts them.
      if (!known || known.kind === "woven") return void this.#missedInARow.delete(id);
      // How far the source was read is asked first: what a look tells while the evidence is brought together may be missing in it.
      const sight = this.#sight(known);
      const [strand = known] = await this.#store.strands.getMany([id]);
      const verdict = await this.#judge(strand, sight, news);
      const changed = await this.#write(strand, verdict);
      this.#wait(strand, verdict, news, changed);
      await this.#considerStuck(strand, sight, news);
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      this.#log.error("a strand's firings could not be judged", { strand: id, error });
      this.#wakeAt(id, this.#clock.now() + REST_MS);
    }
  }

  async #judge(stored: StrandRecord, sight: SourceSight, news: News): Promise<Verdict> {
    this.#machine.check();
    const now = this.#clock.now();
    const strand = withoutFuture(stored, now, this.#awakeSince);
    const gathered = await gather(this.#store, strand, { missedInARow: this.#missedInARow.get(strand.id) ?? null, newsFrom: news.runsFrom }, now);
    const given: Case = {
      strand,
      ...gathered,
      ...sight,
      awakeSince: Math.min(this.#awakeSince, now),
      sleeps: this.#machine.sleeps,
      leaps: this.#machine.leaps,
      now,
    };
    const verdict = await this.#verdicts.next(() => judge(given));
    const found = verdict.strays.filter((run) => news.runsFrom !== null && run.startedAt >= news.runsFrom);
    if (found.length === 0) return verdict;
    const missed = await missedBefore(this.#store, strand.id, found);
    return missed.length === 0 ? verdict : this.#verdicts.next(() => judge({ ...given, rows: [...given.rows, ...missed] }));
  }

  /** How far the strand's owner can be relied on to have told what there was. Loom's own strands tell at once. */
  #sight({ sourceId, ownerJobId }: StrandRecord): SourceSight {
    if (sourceId === null) return { keepsHistory: true, readAt: this.#clock.now() };
    const mirror = this.#mirror(sourceId);
    if (!mirror) return { keepsHistory: true, readAt: null };
    return { keepsHistory: mirror.source.runs !== undefined, readAt: mirror.readAt(ownerJobId) };
  }

  /** Answers whether any firing was judged by it. */
  async #write(strand: StrandRecord, { open, judge: judged, drop, missedInARow }: Verdict): Promise<boolean> {
    if (strand.goneAt === null) this.#missedInARow.set(strand.id, missedInARow);
    else this.#missedInARow.delete(strand.id);
    if (open.length + judged.length + drop.length === 0) return false;
    const at = this.#clock.now();
    const done = await untilStored(this.#clock, this.#stop.signal, () => this.#store.occurrences.settle({ strandId: strand.id, at, open, judge: judged, drop }));
    return done.outcome === "ok" && done.judged > 0;
  }

  #wait(strand: StrandRecord, { wakeAt, needsLook, judge: judged }: Verdict, { looked }: News, changed: boolean): void {
    // What was judged may have made room for the next firing. Where it was judged already, the same verdict may come again.
    if (changed) this.#mark(strand.id, { looked });
    else if (judged.length > 0) this.#wakeAt(strand.id, this.#clock.now() + REST_MS);
    if (wakeAt !== null) this.#wakeAt(strand.id, wakeAt);
    if (needsLook) this.#askForLook(strand, looked);
  }

  /** Has the strand's source looked at once, and lets the strand rest after a look that told nothing. */
  #askForLook(strand: StrandRecord, looked: boolean): void {
    const { sourceId } = strand;
    const mirror = sourceId === null ? undefined : this.#mirror(sourceId);
    // A source that cannot be read tells when it can be again, and the index hears of it first.
    if (sourceId === null || !mirror || this.#index.source(sourceId)?.health.freshness !== "fresh") return;
    if (looked) return this.#wakeAt(strand.id, this.#clock.now() + REST_MS);
    const asked = this.#looks.get(sourceId);
    if (asked) return void asked.waiting.add(strand.id);
    const waiting = new Set([strand.id]);
    this.#looks.set(sourceId, { waiting, done: this.#look(sourceId, mirror, waiting) });
  }

  async #look(sourceId: string, mirror: Sight, waiting: ReadonlySet<string>): Promise<void> {
    try {
      if (await mirror.look()) await mirror.imported();
      await this.#index.settled();
    } catch (error) {
      this.#log.warn("a source could not be asked what became of its firings", { source: sourceId, error });
    } finally {
      this.#looks.delete(sourceId);
      for (const id of waiting) this.#mark(id, { looked: true });
    }
  }

  async #considerStuck(strand: StrandRecord, { readAt }: SourceSight, { looked }: News): Promise<void> {
    const run = strand.activeRun;
    if (!run || run.stuckAt !== null || strand.goneAt !== null) return;
    const from = stuckFrom(run.startedAt, strand.p95Ms);
    const now = this.#clock.now();
    if (now < from) return this.#wakeAt(strand.id, from);
    if (readAt === null || readAt < from) return this.#askForLook(strand, looked);
    await untilStored(this.#clock, this.#stop.signal, () => this.#store.runs.markStuck(run.id, now));
  }

  #wakeAt(id: string, at: number): void {
    this.#wakes.set(id, Math.min(at, this.#wakes.get(id) ?? Infinity));
  }

  #setTimer(): void {
    this.#timer?.cancel();
    if (this.#stop.signal.aborted || this.#wakes.size === 0) return;
    let next = Infinity;
    for (const at of this.#wakes.values()) next = Math.min(next, at);
    const rested = this.#wokenAt + PAUSE_MS - this.#clock.mono();
    this.#timer = this.#clock.timer(Math.max(0, rested, next - this.#clock.now()), () => this.#wake());
  }

  #wake(): void {
    this.#wokenAt = this.#clock.mono();
    const now = this.#clock.now();
    for (const [id, at] of this.#wakes) {
      if (at > now) continue;
      this.#wakes.delete(id);
      this.#mark(id);
    }
    this.#setTimer();
  }
}

/** When the run began that the event tells of. */
function startOf({ data }: LoomEvent): number | null {
  return typeof data["startedAt"] === "number" ? data["startedAt"] : null;
}

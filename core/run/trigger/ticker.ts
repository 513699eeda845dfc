import { isDeepStrictEqual } from "node:util";
import type { Clock, Timer } from "../../clock/clock.ts";
import { isLoomError } from "../../errors/loomError.ts";
import type { Log } from "../../log/log.ts";
import type { StrandIndex } from "../../registry/strandIndex.ts";
import { nextOccurrence } from "../../schedule/occurrences.ts";
import type { Schedule } from "../../schedule/schedule.ts";
import type { Store, StrandRecord, WeaveStore } from "../../store/contract.ts";
import { untilStored } from "../../store/untilStored.ts";
import type { Runs } from "../contract.ts";
import { DueQueue } from "./dueQueue.ts";
import { firingsDue, type Firings, type MisfirePolicy, type MisfireReason } from "../machine/misfire.ts";
import { letGoInPause } from "./letGoInPause.ts";
import { startOrLetGo } from "./startOrLetGo.ts";
import { isOn } from "./triggers.ts";

/** A firing that is later was missed, and its strand's misfire policy decides. Longer than `LOOK_MS`: a clock set forward is found out by then. */
const GRACE_MS = 10_000;
/** But for one that fell due while Loom was starting: what it waits for, such as a slow plugin, may take so long. */
const LONGEST_START_MS = 120_000;
/** The wall clock may be set, so it is looked at again this often whatever is due. */
const LOOK_MS = 5_000;
/** By less than this a clock is trimmed and not set back. */
const TRIM_MS = 1_000;
/** Working out when a strand fires next takes a fraction of a millisecond: with thousands of them nothing else may have to wait. */
const PLAN_SLICE_MS = 5;
/** Of firings that a pause kept from being while Loom was down so many are counted. */
const MOST_COUNTED = 1_000;
/** Of firings that are made up for so many are noted as dealt with at a time: a gateway that dies soon would begin with the first of them again. */
const NOTED_AT_ONCE = 50;
/** How long a strand rests whose firing could not be stored. */
const REST_MS = 30_000;
const MISFIRE_REASONS: ReadonlySet<string> = new Set<MisfireReason>(["misfired", "superseded", "too_many"]);

/** A strand that the clock starts. */
interface Planned {
  schedule: Schedule;
  misfire: MisfirePolicy;
  /** Its firings are counted, and let go. */
  paused: StrandRecord["paused"];
  /** Firings up to then have been dealt with. */
  firedUntil: number;
  /** Null: none to come. */
  nextAt: number | null;
  /** Its firings are being dealt with: it is not in the queue. */
  busy: boolean;
}

export interface TickerOptions {
  readonly index: StrandIndex;
  readonly strands: Pick<Store["strands"], "getMany">;
  readonly weave: Pick<WeaveStore, "fired">;
  readonly runs: Pick<Runs, "start" | "skip">;
  /** Reads a stored run. */
  readonly run: Store["runs"]["get"];
  readonly clock: Clock;
  readonly log: Log;
  /** When Loom began to start, in milliseconds since 1970: what fell due since was not missed. */
  readonly upSince: number;
}

/**
 * Starts woven strands when they are due. Each firing comes to one run, started or let go with the reason, however often the
 * gateway dies or the clock is set: a firing is dealt with under a key of its own first, and then noted as dealt with.
 */
export class Ticker {
  readonly #options: TickerOptions;
  readonly #clock: Clock;
  readonly #planned = new Map<string, Planned>();
  readonly #queue = new DueQueue();
  /** Strands whose next firing has to be worked out. */
  readonly #toPlan = new Set<string>();
  #planning: Promise<void> | null = null;
  readonly #working = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  readonly #running = new DisposableStack();
  /** When it started to fire, and for how long Loom had been starting then. */
  #began = { at: -Infinity, afterMs: 0 };
  /** The one timer, for the soonest firing of all. */
  #alarm: { readonly at: number; readonly timer: Timer } | null = null;

  constructor(options: TickerOptions) {
    this.#options = options;
    this.#clock = options.clock;
  }

  /** Deals with what fell due while nobody was there, and goes on from now. */
  start(): void {
    const { index, upSince } = this.#options;
    const at = this.#clock.now();
    this.#began = { at, afterMs: Math.min(Math.max(0, at - upSince), LONGEST_START_MS) };
    const unfollow = index.on(({ strands }) => {
      for (const [id, strand] of strands) this.#follow(id, strand);
      this.#planAll();
    });
    this.#running.defer(unfollow);
    this.#running.use(this.#clock.interval(LOOK_MS, () => this.#look()));
    for (const strand of index.strands()) this.#follow(strand.id, strand);
    this.#planAll();
    this.#look();
  }

  /** Starts nothing more; resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error("Loom stops"));
    this.#running.dispose();
    this.#alarm?.timer.cancel();
    await this.settled();
  }

  /** Resolves when everything that was due is dealt with. */
  async settled(): Promise<void> {
    while (this.#planning || this.#working.size > 0) await Promise.all([this.#planning, ...this.#working]);
  }

  /** When it fires next; null: it does not. */
  nextAt(strandId: string): number | null {
    const planned = this.#planned.get(strandId);
    return planned && planned.paused === null ? planned.nextAt : null;
  }

  #follow(id: string, strand: StrandRecord | null): void {
    if (strand === null || !isOn(strand)) {
      this.#planned.delete(id);
      this.#queue.set(id, null);
      return;
    }
    const { paused, woven: { facts: { schedule, misfire }, firedUntil } } = strand;
    const known = this.#planned.get(id);
    if (!known) {
      const planned: Planned = { schedule, misfire, paused, firedUntil, nextAt: null, busy: false };
      this.#planned.set(id, planned);
      this.#toPlan.add(id);
      return;
    }
    [known.misfire, known.paused] = [misfire, paused];
    // What the index has may be older than what was noted here since: that is no event.
    if (firedUntil <= known.firedUntil && isDeepStrictEqual(schedule, known.schedule)) return;
    known.schedule = schedule;
    known.firedUntil = Math.max(firedUntil, known.firedUntil);
    this.#queue.set(id, null);
    this.#toPlan.add(id);
  }

  /** Works out when strands fire next, a few at once. */
  #planAll(): void {
    if (this.#planning) return;
    this.#planSlice();
    if (this.#toPlan.size > 0) this.#planning = this.#planSlices().finally(() => (this.#planning = null));
  }

  async #planSlices(): Promise<void> {
    while (this.#toPlan.size > 0 && !this.#stop.signal.aborted) {
      await new Promise((resolve) => setImmediate(resolve));
      this.#planSlice();
    }
  }

  #planSlice(): void {
    const begun = this.#clock.mono();
    for (const id of this.#toPlan) {
      this.#toPlan.delete(id);
      const planned = this.#planned.get(id);
      // One that is busy is planned when that is over.
      if (!planned || planned.busy) continue;
      planned.nextAt = nextOccurrence(planned.schedule, planned.firedUntil);
      this.#queue.set(id, planned.nextAt);
      if (this.#clock.mono() - begun > PLAN_SLICE_MS) break;
    }
    this.#setAlarm();
  }

  /** Deals with what the clock says now, which may have been set. */
  #look(): void {
    const now = this.#clock.now();
    for (const [id, planned] of this.#planned) {
      // The clock was set back: what it shows again is due again, but for the firings that have their run.
      if (!planned.busy && planned.firedUntil > now + TRIM_MS) this.#work(id, planned, async () => void (await this.#note(id, planned, planned.firedUntil, now)));
    }
    // Set anew, since it was set by a clock that may have shown another time.
    this.#alarm?.timer.cancel();
    this.#alarm = null;
    this.#fireDue();
  }

  #fireDue(): void {
    const now = this.#clock.now();
    for (const id of this.#queue.takeDue(now)) {
      const planned = this.#planned.get(id)!;
      this.#work(id, planned, () => this.#fire(id, planned, now));
    }
    this.#setAlarm();
  }

  #setAlarm(): void {
    const at = this.#queue.firstAt;
    if (this.#stop.signal.aborted || at === (this.#alarm?.at ?? null)) return;
    this.#alarm?.timer.cancel();
    this.#alarm = null;
    if (at === null) return;
    const ring = (): void => {
      this.#alarm = null;
      this.#fireDue();
    };
    this.#alarm = { at, timer: this.#clock.timer(at - this.#clock.now(), ring) };
  }

  #work(id: string, planned: Planned, act: () => Promise<void>): void {
    planned.busy = true;
    this.#queue.set(id, null);
    const done: Promise<void> = act()
      .catch((error: unknown) => this.#rest(id, planned, error))
      .finally(() => {
        this.#working.delete(done);
        planned.busy = false;
        if (this.#planned.get(id) !== planned) return;
        this.#toPlan.add(id);
        this.#planAll();
      });
    this.#working.add(done);
  }

  async #rest(id: string, planned: Planned, error: unknown): Promise<void> {
    if (this.#stop.signal.aborted || (isLoomError(error) && error.code === "STOPPING")) return;
    // A pause came while the workflow was asked: it is held next.
    if (planned.paused && isLoomError(error) && error.code === "CONFLICT") return;
    this.#options.log.error("a firing could not be dealt with and is tried again", { strand: id, dueAt: planned.nextAt, error });
    await this.#clock.sleep(REST_MS, this.#stop.signal).catch(() => {});
  }

  async #fire(id: string, planned: Planned, now: number): Promise<void> {
    const { schedule, misfire: policy, firedUntil, paused } = planned;
    const dueAt = planned.nextAt!;
    if (paused) return this.#hold(id, planned, paused, now);
    // Nearly always: one firing, on time. Whether more came due since is looked at when this one is started.
    const onTime: Firings = { run: [{ at: dueAt }], skip: [], unlisted: null };
    const { run, skip, unlisted } = now - dueAt <= GRACE_MS ? onTime : firingsDue({ schedule, lastFiredAt: firedUntil, now, graceMs: this.#graceMs(dueAt), policy });
    if (unlisted) this.#options.log.warn("more firings were missed than are recorded one by one", { strand: id, ...unlisted });
    // Whoever wants all of them made up for does not want them to keep each other from it.
    const waits = policy.kind === "all" && run.length > 1;
    await Promise.all(skip.map(({ at, reason }) => this.#letGo(id, at, reason)));
    let from: number | null = firedUntil;
    for (const [n, { at }] of run.entries()) {
      await this.#start({ strandId: id, dueAt: at, waits });
      if (from !== null && (n + 1) % NOTED_AT_ONCE === 0) from = await this.#note(id, planned, from, at);
    }
    if (from !== null) await this.#note(id, planned, from, Math.max(dueAt, ...[...run, ...skip].map(({ at }) => at)));
  }

  #graceMs(dueAt: number): number {
    return dueAt > this.#began.at ? GRACE_MS : GRACE_MS + this.#began.afterMs;
  }

  /** Lets the firings go that a pause keeps from being. */
  async #hold(strandId: string, planned: Planned, paused: NonNullable<StrandRecord["paused"]>, now: number): Promise<void> {
    const { schedule, firedUntil } = planned;
    const due = firingsDue({ schedule, lastFiredAt: firedUntil, now, graceMs: GRACE_MS, policy: { kind: "all", most: MOST_COUNTED } });
    const marks = [...due.skip, ...due.run].map(({ at }) => at);
    const [first, last] = [marks[0]!, marks.at(-1)!];
    await letGoInPause(this.#options.runs, { strandId, trigger: "schedule", by: null }, paused, { first, last, marks }, this.#clock, this.#stop.signal);
    await this.#note(strandId, planned, firedUntil, last);
  }

  async #start({ strandId, dueAt, waits, onceKey = `due:${dueAt}` }: { readonly strandId: string; readonly dueAt: number; readonly waits: boolean; readonly onceKey?: string }): Promise<void> {
    const request = { strandId, trigger: "schedule", by: null, onceKey, ...(waits && { waits }) } as const;
    const answer = await startOrLetGo(this.#options.runs, request, dueAt, this.#clock, this.#stop.signal);
    if (answer.outcome !== "duplicate") return;
    // A clock that ran ahead, and was set back, had let it go before it was due.
    const before = (await this.#options.run(answer.runId))?.run;
    if (before?.status === "skipped" && before.code !== null && MISFIRE_REASONS.has(before.code)) await this.#start({ strandId, dueAt, waits, onceKey: `${onceKey}:after-all` });
  }

  async #letGo(strandId: string, dueAt: number, reason: string): Promise<void> {
    const request = { strandId, trigger: "schedule", by: null, onceKey: `due:${dueAt}`, reason, at: dueAt } as const;
    await untilStored(this.#clock, this.#stop.signal, () => this.#options.runs.skip(request));
  }

  /** Answers until when that is, or null where its strand was switched on again meanwhile, or came with another schedule. */
  async #note(id: string, planned: Planned, from: number, until: number): Promise<number | null> {
    const { outcome } = await untilStored(this.#clock, this.#stop.signal, () => this.#options.weave.fired(id, from, until));
    if (outcome === "ok" && planned.firedUntil === from) planned.firedUntil = until;
    if (outcome !== "lost") return until;
    const [strand] = await this.#options.strands.getMany([id]);
    if (strand?.woven) planned.firedUntil = strand.woven.firedUntil;
    return null;
  }
}

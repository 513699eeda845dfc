import type { Clock } from "../../clock/clock.ts";
import { isLoomError } from "../../errors/loomError.ts";
import { KeyedQueue } from "../../keyedQueue.ts";
import type { Log } from "../../log/log.ts";
import type { LoomEvent } from "../../plugin/contract.ts";
import type { StrandIndex } from "../../registry/strandIndex.ts";
import type { EventStore, KvStore, Store, StrandRecord } from "../../store/contract.ts";
import { untilStored } from "../../store/untilStored.ts";
import { takes, type WorkflowFacts } from "../../workflow/facts.ts";
import type { RunRequest, Runs } from "../contract.ts";
import { letGoInPause } from "./letGoInPause.ts";
import { startOrLetGo } from "./startOrLetGo.ts";
import { afterTriggers, follows, isOn, type AfterTrigger } from "./triggers.ts";

/** Where it is noted how far the events have been dealt with. */
const CURSOR = { plugin: "loom", key: "after-cursor" } as const;
const PAGE = 500;
/** Events that start nothing are noted only this often: reading them again after a crash does no harm. */
const NOTE_MS = 30_000;
/** Runs that start each other end here: workflows that wait for one another in a circle would go on for ever. */
export const LONGEST_CHAIN = 20;
/** A start that fails is tried again after so long, then after twice as long each time. */
const FIRST_REST_MS = 1_000;
const LONGEST_REST_MS = 60_000;
/** So often a start is tried that fails through no fault of the store. */
const MOST_TRIES = 4;
/** So many ends may wait for one follower, whose code may take as long as it likes to be asked: as many as it may have open runs. */
const MOST_WAITING = 5_000;
/** So long are the followers of some ends waited for before further ends are read that were told while Loom was down. */
const PATIENCE_MS = 1_000;

/** The end of a run, as far as those who follow it have to know. */
interface Ended {
  readonly seq: number;
  readonly at: number;
  readonly strandId: string;
  readonly runId: string;
  readonly status: string;
}

/** Whether a follower follows this end. */
type IsMeant = (follower: Pick<StrandRecord, "switchedAt" | "firstSeenAt">, ended: Ended) => boolean;

export interface AfterTriggersOptions {
  readonly index: StrandIndex;
  readonly events: Pick<EventStore, "after" | "last">;
  readonly kv: KvStore;
  readonly runs: Pick<Runs, "start" | "skip">;
  /** Reads a stored run. */
  readonly run: Store["runs"]["get"];
  readonly clock: Clock;
  readonly log: Log;
  /** How many ends may wait for one follower. Default: 5000. */
  readonly mostWaiting?: number;
}

/**
 * Starts workflows after runs of other strands, mirrored ones too. It follows the numbered events, from where it stood when Loom
 * went down; each run starts each of its followers once, however often its end is told or corrected. No follower waits for another.
 */
export class AfterTriggers {
  readonly #options: AfterTriggersOptions;
  readonly #stop = new AbortController();
  /** Per follower, so that it is started in the order in which the runs ended. */
  readonly #queue = new KeyedQueue();
  /** How many ends wait there, by follower. */
  readonly #waitingFor = new Map<string, number>();
  /** Ends that not all followers are through with; the oldest is the first. */
  readonly #underWay = new Set<Ended>();
  readonly #working = new Set<Promise<void>>();
  readonly #running = new DisposableStack();
  /** Who follows a strand, by its id; null: to be looked up anew. */
  #followers: Map<string, Map<string, AfterTrigger[]>> | null = null;
  #waiting: LoomEvent[] = [];
  /** The newest event that was taken up. */
  #seen = 0;
  /** Null: nothing is stored. */
  #noted: number | null = null;
  #catchingUp: Promise<void> | null = null;

  constructor(options: AfterTriggersOptions) {
    this.#options = options;
  }

  /** Catches up with what was told before, and follows from then on. */
  async start(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    const { index, clock } = this.#options;
    using listening = new DisposableStack();
    listening.defer(
      index.on(({ events }) => {
        if (events.some(({ type }) => type.startsWith("strand."))) this.#followers = null;
        for (const event of events) this.#waiting.push(event);
        this.#takeWaiting();
      }),
    );
    this.#waiting = [];
    this.#catchingUp = this.#catchUp();
    await this.#catchingUp.finally(() => (this.#catchingUp = null));
    if (this.#stop.signal.aborted) return;
    this.#running.use(listening.move());
    this.#running.use(clock.interval(NOTE_MS, () => void this.#noteNow()));
    this.#takeWaiting();
  }

  /** Starts nothing more; resolves when nothing is under way. What was not started is so when Loom is up again. */
  async stop(): Promise<void> {
    this.#running.dispose();
    this.#stop.abort(new Error("Loom stops"));
    await this.settled();
    await this.#noteNow();
  }

  /** Resolves when everything that was told so far has started what it starts. */
  async settled(): Promise<void> {
    while (this.#catchingUp || this.#working.size > 0) await Promise.all([this.#catchingUp, ...this.#working]);
  }

  /** Deals with events that were stored before it began to listen. */
  async #catchUp(): Promise<void> {
    const { events, kv, log } = this.#options;
    const stored = await kv.get(CURSOR.plugin, CURSOR.key);
    this.#noted = typeof stored === "number" ? stored : null;
    this.#seen = this.#noted ?? (await events.last());
    for (;;) {
      const page = await events.after(this.#seen, PAGE);
      if (page.pruned) {
        this.#seen = await events.last();
        log.warn("some ends of runs are no longer kept, so what follows them was not started", { from: this.#noted, to: this.#seen });
        break;
      }
      if (page.events.length === 0) break;
      // What follows a run now may not have done so when it ended.
      await this.#patiently(this.#take(page.events, ({ switchedAt, firstSeenAt }, ended) => Math.max(switchedAt, firstSeenAt) <= ended.at));
      if (this.#stop.signal.aborted) return;
    }
    await this.#noteNow();
  }

  #takeWaiting(): void {
    if (this.#catchingUp || this.#waiting.length === 0 || this.#stop.signal.aborted) return;
    const events = this.#waiting.filter(({ seq }) => seq > this.#seen);
    this.#waiting = [];
    void this.#take(events);
  }

  /** Resolves when the followers of these events are through. */
  #take(events: readonly LoomEvent[], isMeant?: IsMeant): Promise<void> {
    const done: Promise<void> = this.#deal(events, isMeant)
      .catch((error: unknown) => this.#fault(error))
      .finally(() => this.#working.delete(done));
    this.#working.add(done);
    return done;
  }

  /** Starts what follows these events. They count as seen at once, but for ends whose followers are not all through. */
  async #deal(events: readonly LoomEvent[], isMeant: IsMeant = () => true): Promise<void> {
    const started = events.flatMap((event) => {
      const ended = endOf(event);
      const followers = ended && this.#followersOf(ended.strandId).filter((id) => isMeant(this.#options.index.strand(id)!, ended));
      return followers && followers.length > 0 ? [this.#haveFollowed(ended, followers)] : [];
    });
    this.#seen = events.at(-1)?.seq ?? this.#seen;
    if (started.length === 0) return;
    await Promise.all(started);
    if (!this.#stop.signal.aborted) await this.#noteNow();
  }

  /** Has these followers follow an end. Where one could not, it is dealt with again when Loom is up the next time. */
  async #haveFollowed(ended: Ended, followers: readonly string[]): Promise<void> {
    this.#underWay.add(ended);
    const through = await Promise.allSettled(followers.map((id) => this.#inTurn(id, ended)));
    const failed = through.find((one) => one.status === "rejected");
    if (failed) this.#fault(failed.reason);
    else this.#underWay.delete(ended);
  }

  async #inTurn(id: string, ended: Ended): Promise<void> {
    const before = this.#waitingFor.get(id) ?? 0;
    if (before >= (this.#options.mostWaiting ?? MOST_WAITING)) return this.#follow(id, ended, true);
    this.#waitingFor.set(id, before + 1);
    try {
      await this.#queue.add(id, () => this.#follow(id, ended));
    } finally {
      const left = this.#waitingFor.get(id)! - 1;
      if (left > 0) this.#waitingFor.set(id, left);
      else this.#waitingFor.delete(id);
    }
  }

  /** Resolves when this work is done, or after a while: it goes on then. */
  async #patiently(work: Promise<void>): Promise<void> {
    const enough = Promise.withResolvers<void>();
    using _timer = this.#options.clock.timer(PATIENCE_MS, enough.resolve);
    await Promise.race([work, enough.promise]);
  }

  /** What cannot be noted now is later, or is dealt with a second time, which starts nothing. */
  async #noteNow(): Promise<void> {
    await this.#note().catch((error: unknown) => this.#fault(error));
  }

  async #note(): Promise<void> {
    const [oldest] = this.#underWay;
    const seen = oldest ? oldest.seq - 1 : this.#seen;
    if (seen === this.#noted) return;
    await this.#options.kv.set(CURSOR.plugin, CURSOR.key, seen);
    this.#noted = seen;
  }

  /**
   * Starts one follower of one run that has ended, or records why not. The cursor stays before this end until one of both is stored.
   * @param isOneTooMany it is let go, since too many ends wait for this follower
   * @throws STOPPING, the reason of a stop
   */
  async #follow(id: string, ended: Ended, isOneTooMany = false): Promise<void> {
    const { clock, log } = this.#options;
    for (let tries = 1, restMs = FIRST_REST_MS; ; tries++, restMs = Math.min(2 * restMs, LONGEST_REST_MS)) {
      this.#stop.signal.throwIfAborted();
      try {
        return await this.#startFollower(id, ended, isOneTooMany);
      } catch (error) {
        this.#stop.signal.throwIfAborted();
        if (isLoomError(error) && error.code === "STOPPING") throw error;
        // A pause came while the workflow was asked: it is held next.
        if (isLoomError(error) && error.code === "CONFLICT" && this.#options.index.strand(id)?.paused) continue;
        if (!isStoresFault(error) && tries >= MOST_TRIES) return this.#giveUp(id, ended, error);
        log.error("a workflow could not be started after a run, and is tried again", { strand: id, after: ended.runId, restMs, error });
        await clock.sleep(restMs, this.#stop.signal);
      }
    }
  }

  async #startFollower(id: string, ended: Ended, isOneTooMany: boolean): Promise<void> {
    const { index, runs, clock } = this.#options;
    const strand = index.strand(id);
    if (!isOn(strand) || !this.#triggers(ended.strandId, id).some((trigger) => follows(trigger, ended.status))) return;
    const request = requestOf(id, strand.woven.facts, ended);
    const letGo = async (reason: string): Promise<void> => void (await untilStored(clock, this.#stop.signal, () => runs.skip({ ...request, reason, at: ended.at })));
    if (isOneTooMany) return letGo("queue_full");
    if (strand.paused) return letGoInPause(runs, request, strand.paused, { first: ended.at, last: ended.at, marks: [ended.seq] }, clock, this.#stop.signal);
    if (await this.#isTooLong(ended.runId)) await letGo("chain_too_long");
    else await startOrLetGo(runs, request, ended.at, clock, this.#stop.signal);
  }

  /** One that cannot be started must not hold up the others for ever. */
  async #giveUp(id: string, ended: Ended, error: unknown): Promise<void> {
    const { index, runs, log } = this.#options;
    log.error("a workflow could not be started after a run", { strand: id, after: ended.runId, error });
    const facts = index.strand(id)?.woven?.facts;
    if (!facts) return;
    try {
      await runs.skip({ ...requestOf(id, facts, ended), reason: "start_failed", at: ended.at });
    } catch (fault) {
      if (isStoresFault(fault)) throw fault;
      log.error("nor could that be recorded", { strand: id, after: ended.runId, error: fault });
    }
  }

  /** Whether as many runs as may have each started the next. */
  async #isTooLong(runId: string): Promise<boolean> {
    let next: string | null = runId;
    for (let length = 0; length < LONGEST_CHAIN; length++) {
      const found: Awaited<ReturnType<Store["runs"]["get"]>> = await this.#options.run(next);
      // As the work of a step it was started by that step's run.
      next = found?.run.trigger === "after" ? found.run.triggerBy : (found?.run.parent?.runId ?? null);
      if (next === null) return false;
    }
    return true;
  }

  #followersOf(strandId: string): string[] {
    if (!this.#followers) {
      this.#followers = new Map();
      for (const { id, woven } of this.#options.index.strands()) {
        if (!woven) continue;
        for (const trigger of afterTriggers(woven.facts)) {
          const of = this.#followers.get(trigger.after) ?? new Map<string, AfterTrigger[]>();
          of.set(id, [...(of.get(id) ?? []), trigger]);
          this.#followers.set(trigger.after, of);
        }
      }
    }
    return [...(this.#followers.get(strandId)?.keys() ?? [])];
  }

  #triggers(strandId: string, follower: string): readonly AfterTrigger[] {
    this.#followersOf(strandId);
    return this.#followers!.get(strandId)?.get(follower) ?? [];
  }

  #fault(error: unknown): void {
    if (!this.#stop.signal.aborted) this.#options.log.error("what follows the ends of runs could not be started", { error });
  }
}

function requestOf(id: string, facts: WorkflowFacts, { strandId, runId, status }: Ended): RunRequest {
  const input = takes(facts, "after") ? { input: { after: { strandId, runId, status } } } : {};
  return { strandId: id, trigger: "after", by: runId, onceKey: `after:${runId}`, ...input };
}

/** It says nothing of what was to be stored, and passes or is mended. */
function isStoresFault(error: unknown): boolean {
  return isLoomError(error) && error.kind.status === 503;
}

/** Null: it tells of no end. */
function endOf({ seq, at, type, strandId, runId, data: { status } }: LoomEvent): Ended | null {
  const isEnd = (type === "run.finished" || type === "run.corrected") && strandId !== null && runId !== null && typeof status === "string";
  return isEnd ? { seq, at, strandId, runId, status } : null;
}

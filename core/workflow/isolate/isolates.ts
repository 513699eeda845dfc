import type { Clock } from "../../clock/clock.ts";
import type { Log } from "../../log/log.ts";
import { ActiveCall } from "./activeCall.ts";
import { defaultLimits, type Call, type CallListener, type IsolateLimits, type KeptPlace, type ProcessIdentity, type StepOutcome } from "./contract.ts";
import { Dawdlers } from "./dawdlers.ts";
import { Handing, type Receiver } from "./handing.ts";
import { Line, type NotPlaced, type Waiting, type Wish } from "./line.ts";
import { markerOf } from "./marker.ts";
import { endProcess, endProcesses } from "./processes.ts";
import { ProcessGroup } from "./processGroup.ts";
import { KeptSeat, type Seat } from "./seat.ts";
import { SeatPool } from "./seatPool.ts";

/** The keys of steps that have to be alone are few, and are forgotten when they have been. */
const MOST_SUSPECTS = 10_000;
const STOPPING = { is: "displaced", code: "HOST_LOST", message: "Loom is stopping.", mayHaveBegun: false } as const satisfies StepOutcome;
const CANCELLED = { is: "failed", code: "CANCELLED", message: "It was asked to stop before it began.", stack: null } as const satisfies StepOutcome;

export interface IsolatesOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Told apart from other gateways' on this machine: the node's id. */
  readonly nodeId: string;
  /** This start of the gateway. */
  readonly bootId: string;
  /** What workflow code finds in `process.env`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly limits?: Partial<IsolateLimits>;
  /** Where its `ctx.fetch` may connect besides public addresses: `egress.allow` of the settings. Default: nowhere. */
  readonly egress?: readonly string[];
}

/**
 * Where the code of workflows and operations runs: in processes of their own, one thread for each version, so that
 * nothing that it does harms the gateway, and little of it harms its neighbours.
 *
 * It protects against mistakes, not against malice: the code has the rights of the user that Loom runs as. It can read
 * and write that user's files, use the network, end processes of that user, the gateway too, and say on the control pipe
 * what it likes. A process that it starts with an environment of its own *and* in a session of its own (`env -i setsid`) is found
 * at its host's end alone, and only where there are control groups to be had (`ProcessGroup`). A step shares its thread with others of its version: one that
 * computes without a pause delays those until `blockedMs` have passed, and what a step leaves behind in memory (timers,
 * globals) is there until the thread ends. One that crashes its process (a signal, a native add-on) takes all steps of
 * that host with it: they are displaced and lose no attempt, but what they had done is done again, under the same
 * idempotency key. Processor time and disk are not bounded. Without a Linux /proc nothing but the hosts themselves is
 * found and ended.
 */
export interface Isolates {
  /**
   * Calls a version's code and answers how that ended; never throws. Where it has no place it waits for one, in the order in which all came.
   * @param signal cancels it: its own signal aborts then, and its thread is ended where it does not stop within `graceMs`, or the time of a
   *   `StopWithin`. One that thousands of calls would share costs each as much as there are
   * @param on hears of it meanwhile
   * @param kept the place that was kept for it
   */
  run(call: Call, signal: AbortSignal | null, on?: CallListener, kept?: KeptPlace | null): Promise<StepOutcome>;
  /**
   * Keeps a place for a step, where there is one at once; null: it has to wait in line.
   * @param key its idempotency key
   */
  keep(hash: string, key: string): KeptPlace | null;
  /**
   * The place of a step, when its turn comes; or why there will be none.
   * @param waiting hears why it has to wait
   */
  place(hash: string, key: string, signal: AbortSignal, waiting?: (reason: string) => void): Promise<KeptPlace | NotPlaced>;
  /** Has a thread ready for the first call: to be said once there is a workflow. */
  warm(): void;
  /**
   * Ends all that an earlier gateway of this node left, and answers when it is gone.
   * @param hosts in which its calls were, as `placed` told; also those without a marker
   */
  endLeftovers(hosts?: readonly ProcessIdentity[]): Promise<void>;
  /** Ends all hosts. What was in them, or waited, is displaced. */
  close(): Promise<void>;
}

/** Isolates without a host yet. */
export function createIsolates(options: IsolatesOptions): Isolates {
  return new IsolatePool(options);
}

class IsolatePool implements Isolates {
  readonly #options: IsolatesOptions;
  readonly #limits: IsolateLimits;
  readonly #seats: SeatPool;
  readonly #suspects = new Set<string>();
  readonly #dawdlers: Dawdlers;
  readonly #handing = new Handing();
  /** Those that wait: to be alone, for a step, and for short work. */
  readonly #lines = { alone: new Line(), steps: new Line(), short: new Line() };
  #lastOrder = 0;
  #lastCall = 0;
  #isClosed = false;

  constructor(options: IsolatesOptions) {
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#dawdlers = new Dawdlers(this.#limits.shortMs);
    const { clock, nodeId, bootId, env, egress = [] } = options;
    this.#seats = new SeatPool({ clock, nodeId, bootId, env, egress, limits: this.#limits }, {
      changed: () => this.#changed(),
      suspected: (calls) => calls.forEach(({ call }) => this.#suspect(call.idempotencyKey)),
      listenerFailed: (error) => options.log.warn("what a step told could not be taken in", { error }),
      gone: (host, end) => {
        this.#seats.hosts.delete(host);
        if (!this.#isClosed && end.why === "crashed" && !host.isForOne) options.log.warn("a host of workflow code ended", { pid: host.process.identity.pid, reason: end.message });
        // One that served nobody would not serve the next one either.
        if (host.hasServed) this.warm();
        this.#changed();
      },
    });
  }

  async run(call: Call, signal: AbortSignal | null, on: CallListener = {}, kept: KeptPlace | null = null): Promise<StepOutcome> {
    const { version: { hash }, work, idempotencyKey: key } = call;
    const wish: Wish = { hash, key, short: work.do === "admit" || work.do === "evaluate" ? work.do : null };
    let place: KeptPlace | NotPlaced | null = kept;
    // A place may be lost before it is taken.
    while (!(place instanceof KeptSeat) || place.seat.isClosed) {
      if (place?.is === "kept") place.release();
      else if (place) return place;
      place = await this.#place(wish, signal, on.waiting?.bind(on));
    }
    if (!signal?.aborted && !this.#isClosed) return this.#call(call, wish, place, signal, on);
    place.release();
    return this.#isClosed ? STOPPING : CANCELLED;
  }

  keep(hash: string, key: string): KeptPlace | null {
    if (this.#isClosed || this.#suspects.has(key)) return null;
    const order = ++this.#lastOrder;
    const seat = this.#seatForStep(hash, order);
    return seat && this.#keep(seat, hash, order);
  }

  place(hash: string, key: string, signal: AbortSignal, waiting?: (reason: string) => void): Promise<KeptPlace | NotPlaced> {
    return this.#place({ hash, key, short: null }, signal, waiting);
  }

  warm(): void {
    if (!this.#isClosed) this.#seats.warm();
  }

  async endLeftovers(hosts: readonly ProcessIdentity[] = []): Promise<void> {
    const { clock, nodeId, bootId } = this.#options;
    const [marker, spare] = [markerOf(nodeId), markerOf(nodeId, bootId)];
    const groups = ProcessGroup.left(marker, spare).map((group) => group.end(clock));
    await Promise.all([endProcesses(clock, { marker, spare, except: process.pid }), ...groups, ...hosts.map((host) => endProcess(clock, host, marker))]);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const line of Object.values(this.#lines)) for (const one of line) one.leave(STOPPING);
    for (const { calls } of this.#seats.hosts) calls.forEach((call) => call.displace(STOPPING.message));
    await this.#seats.close();
  }

  #place(wish: Wish, signal: AbortSignal | null, waiting: (reason: string) => void = () => {}): Promise<KeptSeat | NotPlaced> {
    if (this.#isClosed) return Promise.resolve(STOPPING);
    if (signal?.aborted) return Promise.resolve(CANCELLED);
    const { promise, resolve } = Promise.withResolvers<KeptSeat | NotPlaced>();
    const line = this.#suspects.has(wish.key) ? this.#lines.alone : wish.short ? this.#lines.short : this.#lines.steps;
    const cancel = (): void => one.leave(CANCELLED);
    const one: Waiting = {
      ...wish,
      order: ++this.#lastOrder,
      leave: (answer) => {
        line.remove(one);
        signal?.removeEventListener("abort", cancel);
        resolve(answer);
      },
    };
    signal?.addEventListener("abort", cancel);
    line.add(one);
    // Who comes makes no place free for others.
    if (line === this.#lines.short) this.#serveShort(one.hash);
    else this.#serve();
    if (line.has(one)) waiting(this.#whyFull(wish));
    return promise;
  }

  #keep(seat: Seat, hash: string, order: number): KeptSeat {
    this.#seats.used(seat);
    return seat.keep(hash, order);
  }

  #call(call: Call, { hash, short }: Wish, place: KeptSeat, signal: AbortSignal | null, on: CallListener): Promise<StepOutcome> {
    const { seat } = place;
    const { clock } = this.#options;
    const began = clock.mono();
    seat.load(call.version);
    const hand = async (to: Receiver): Promise<void> => {
      await on.placed?.(place.host);
      await this.#handing.hand(call, to);
    };
    const active = new ActiveCall(++this.#lastCall, call, seat, { clock, limits: this.#limits, signal, on, hand });
    seat.begin(place, active);
    void active.outcome.then(({ is }) => {
      if (short) this.#dawdlers.took(hash, clock.mono() - began);
      if (is !== "displaced") this.#suspects.delete(call.idempotencyKey);
      if (!seat.host.isForOne) this.warm();
    });
    return active.outcome;
  }

  /** Gives places to those that wait, as far as there are any: to the first first. */
  #serve(): void {
    if (this.#isClosed) return;
    const { alone, steps, short } = this.#lines;
    for (const one of alone) if (!this.#give(one, this.#seats.alone())) break;
    // What waits for a thread keeps nobody from one that is there for them.
    for (const { hash } of [...short.firsts]) this.#serveShort(hash);
    if (steps.isEmpty) return;
    for (const seat of this.#seats.open()) this.#fill(seat);
    for (const one of [...steps.firsts]) {
      if (this.#seats.of(one.hash)) continue;
      const seat = this.#seats.fresh();
      if (!this.#give(one, seat)) return this.#seats.makeRoom(this.#lacking());
      this.#fill(seat!);
    }
  }

  #serveShort(hash: string): void {
    for (const one of this.#lines.short.of(hash)) if (!this.#give(one, this.#seatForShort(one))) return;
  }

  #give(one: Waiting, seat: Seat | null): boolean {
    if (seat) one.leave(this.#keep(seat, one.hash, one.order));
    return seat !== null;
  }

  /** Gives it to those that wait for it and need no other. */
  #fill(seat: Seat): void {
    if (seat.isShort) return;
    for (const one of this.#lines.steps.of(seat.hash!)) {
      if (!this.#mayJoin(seat, one.order)) return;
      this.#give(one, seat);
    }
  }

  #seatForStep(hash: string, order: number): Seat | null {
    const own = this.#seats.of(hash);
    if (own) return this.#mayJoin(own, order) ? own : null;
    return this.#firstWithout() ? null : this.#seats.fresh();
  }

  /**
   * Where another version waits for a thread, this one may go on to use its own as long as what came before is at work there: it would
   * not be free sooner. What comes after that waits behind the other.
   */
  #mayJoin(seat: Seat, order: number): boolean {
    if (!this.#seats.hasRoom(seat)) return false;
    const first = this.#firstWithout();
    return first === null || order < first.order || seat.isHeldBefore(first.order);
  }

  /** Whoever waits may be held up by steps for hours: short work has threads of its own, and uses others where nobody waits for them. */
  #seatForShort({ hash, short }: Waiting): Seat | null {
    const [own, ownShort] = [this.#seats.of(hash), this.#seats.of(hash, true)].map((seat) => (seat && this.#seats.hasRoom(seat) ? seat : null));
    // A step at work may keep the thread busy, and somebody waits for the answer.
    if (own && (short === "evaluate" || own.taken === 0)) return own;
    const mayHave = this.#dawdlers.mayHave(hash, this.#limits.shortThreads, this.#seats.shortAtWork());
    const found = (mayHave ? ownShort : null) ?? (own || this.#firstWithout() ? null : this.#seats.fresh()) ?? (mayHave ? this.#seats.freshShort() : null) ?? own ?? null;
    if (!found && mayHave) this.#seats.makeRoom(1, true);
    return found;
  }

  /** The first that waits for a step's thread and has none of its version. */
  #firstWithout(): Waiting | null {
    return this.#lines.steps.firsts.find(({ hash }) => !this.#seats.of(hash)) ?? null;
  }

  /** How many threads are waited for. */
  #lacking(): number {
    let count = 0;
    for (const { hash } of this.#lines.steps.firsts) {
      if (!this.#seats.of(hash)) count++;
      if (count >= this.#seats.size) break;
    }
    return count;
  }

  #changed(): void {
    if (this.#isClosed) return;
    const isAnyIdle = this.#seats.age();
    this.#serve();
    if (isAnyIdle) this.warm();
  }

  #suspect(key: string): void {
    if (this.#suspects.size >= MOST_SUSPECTS) this.#suspects.delete(this.#suspects.values().next().value!);
    this.#suspects.add(key);
  }

  #whyFull({ hash, key, short }: Wish): string {
    if (this.#suspects.has(key)) return "It or a neighbour ended their thread: it is tried by itself, after others.";
    const own = this.#seats.of(hash);
    if (own && !this.#seats.hasRoom(own)) return `${this.#limits.stepsPerThread} steps of this version are at work.`;
    return short ? "All threads for short work are at work." : `All ${this.#seats.size} threads for workflow code are at work.`;
  }
}

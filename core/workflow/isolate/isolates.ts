import type { Clock, Timer } from "../../clock/clock.ts";
import type { Log } from "../../log/log.ts";
import { ActiveCall } from "./activeCall.ts";
import { defaultLimits, type Call, type CallListener, type IsolateLimits, type ProcessIdentity, type StepOutcome } from "./contract.ts";
import { HostSeats, type HostWatcher } from "./hostSeats.ts";
import { markerOf } from "./marker.ts";
import { endProcess, endProcesses } from "./processes.ts";
import type { Seat } from "./seat.ts";

/** Besides the other hosts: one that brought its host down may have to be found while those are full. */
const HOSTS_FOR_ONE = 2;
/** The keys of steps that have to be alone are few, and are forgotten when they have been. */
const MOST_SUSPECTS = 10_000;
const STOPPING = { is: "displaced", code: "HOST_LOST", message: "Loom is stopping.", mayHaveBegun: false } as const satisfies StepOutcome;
/** The lane of those; no hash is empty. */
const ALONE = "";

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
 * what it likes. A process that it starts with an environment of its own *and* in a session of its own (`env -i setsid`) is not
 * found again. A step shares its thread with others of its version: one that
 * computes without a pause delays those until `blockedMs` have passed, and what a step leaves behind in memory (timers,
 * globals) is there until the thread ends. One that crashes its process (a signal, a native add-on) takes all steps of
 * that host with it: they are displaced and lose no attempt, but what they had done is done again, under the same
 * idempotency key. Processor time and disk are not bounded. Without a Linux /proc nothing but the hosts themselves is
 * found and ended.
 */
export interface Isolates {
  /**
   * Calls a version's code and answers how that ended; never throws. Waits for a place first, in the order of the calls.
   * @param signal cancels it: its own signal aborts then, and its thread is ended where it does not stop within `graceMs`, or the time of a `StopWithin`
   * @param on hears of it meanwhile
   */
  run(call: Call, signal: AbortSignal, on?: CallListener): Promise<StepOutcome>;
  /**
   * Why a call of this version would have to wait now; null: it would not.
   * @param before how many other calls of it are about to come
   */
  full(hash: string, before?: number): string | null;
  /** Where a call of this version would probably be placed now; null: in a process that is not there yet. */
  likely(hash: string): ProcessIdentity | null;
  /** Calls `listener` whenever a call has left, or there may be room that was not there before. */
  onRoom(listener: () => void): void;
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

interface Waiting {
  readonly call: Call;
  readonly signal: AbortSignal;
  readonly on: CallListener;
  readonly resolve: (outcome: StepOutcome | Promise<StepOutcome>) => void;
}

class IsolatePool implements Isolates {
  readonly #options: IsolatesOptions;
  readonly #limits: IsolateLimits;
  readonly #hosts = new Set<HostSeats>();
  readonly #suspects = new Set<string>();
  readonly #roomListeners: (() => void)[] = [];
  readonly #idle = new Map<Seat, Timer>();
  readonly #watcher: HostWatcher;
  /** Those that wait, by their version, or in the lane of those that have to be alone. */
  readonly #lanes = new Map<string, Set<Waiting>>();
  #lastHost = 0;
  #lastCall = 0;
  #isClosed = false;

  constructor(options: IsolatesOptions) {
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#watcher = {
      changed: () => this.#changed(),
      suspected: (calls) => calls.forEach(({ call }) => this.#suspect(call.idempotencyKey)),
      listenerFailed: (error) => options.log.warn("what a step told could not be taken in", { error }),
      gone: (host, end) => {
        this.#hosts.delete(host);
        if (!this.#isClosed && end.why === "crashed" && !host.isForOne) options.log.warn("a host of workflow code ended", { pid: host.process.identity.pid, reason: end.message });
        // One that served nobody would not serve the next one either.
        if (host.hasServed) this.warm();
        this.#changed();
      },
    };
  }

  run(call: Call, signal: AbortSignal, on: CallListener = {}): Promise<StepOutcome> {
    if (this.#isClosed) return Promise.resolve(STOPPING);
    const { promise, resolve } = Promise.withResolvers<StepOutcome>();
    const waiting: Waiting = { call, signal, on, resolve };
    const lane = this.#laneOf(call);
    const cancel = (): void => {
      if (this.#lanes.get(lane)?.delete(waiting)) resolve({ is: "failed", code: "CANCELLED", message: "It was asked to stop before it began.", stack: null });
    };
    this.#lanes.set(lane, (this.#lanes.get(lane) ?? new Set()).add(waiting));
    signal.addEventListener("abort", cancel, { once: true });
    void promise.finally(() => signal.removeEventListener("abort", cancel));
    if (signal.aborted) cancel();
    this.#serve();
    if (this.#lanes.get(lane)?.has(waiting)) on.waiting?.(lane === ALONE ? "It or a neighbour ended their thread: it is tried by itself, after others." : this.#whyFull(lane));
    return promise;
  }

  full(hash: string, before = 0): string | null {
    const there = this.#openSeat(hash);
    const hasRoom = there ? this.#hasRoom(there, before) : this.#roomyHost() || this.#mayStartHost() || this.#find((seat) => seat.calls.size === 0);
    return hasRoom ? null : this.#whyFull(hash);
  }

  likely(hash: string): ProcessIdentity | null {
    return this.#openSeat(hash)?.host.process.identity ?? null;
  }

  onRoom(listener: () => void): void {
    this.#roomListeners.push(listener);
  }

  warm(): void {
    const waiting = this.#seats().filter((seat) => seat.hash === null).length;
    if (this.#isClosed || waiting >= this.#limits.warmThreads) return;
    const host = this.#roomyHost() ?? (this.#hosts.size === 0 ? this.#startHost(false) : null);
    if (host) host.startSeat();
    else this.#makeRoom();
  }

  async endLeftovers(hosts: readonly ProcessIdentity[] = []): Promise<void> {
    const { clock, nodeId, bootId } = this.#options;
    await Promise.all([endProcesses(clock, { marker: markerOf(nodeId), spare: markerOf(nodeId, bootId) }), ...hosts.map((host) => endProcess(clock, host))]);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { resolve } of [...this.#lanes.values()].flatMap((lane) => [...lane])) resolve(STOPPING);
    this.#lanes.clear();
    for (const timer of this.#idle.values()) timer.cancel();
    for (const { calls } of this.#hosts) calls.forEach((call) => call.displace(STOPPING.message));
    await Promise.all([...this.#hosts].map((host) => host.process.end()));
  }

  /** Gives places to those that wait, as far as there are any: in each lane to the first first. */
  #serve(): void {
    for (const [lane, waiting] of this.#lanes) {
      for (const first of waiting) {
        if (this.#isClosed) return;
        const found = lane === ALONE ? this.#seatForOne() : this.#seatFor(lane);
        if (!found) break;
        waiting.delete(first);
        this.#seatCall(first, found);
      }
      if (waiting.size === 0 && this.#lanes.get(lane) === waiting) this.#lanes.delete(lane);
    }
  }

  #laneOf({ version, idempotencyKey }: Call): string {
    return this.#suspects.has(idempotencyKey) ? ALONE : version.hash;
  }

  #seatCall(waiting: Waiting, { host, seat }: Found): void {
    const { call, signal, on } = waiting;
    this.#idle.get(seat)?.cancel();
    this.#idle.delete(seat);
    if (seat.hash === null) seat.load(call.version);
    const ready = on.placed?.(host.process.identity);
    const active = new ActiveCall(++this.#lastCall, call, seat, { clock: this.#options.clock, limits: this.#limits, signal, on, ready });
    seat.calls.add(active);
    host.occupied();
    waiting.resolve(active.outcome);
    void active.outcome.then(({ is }) => {
      if (is !== "displaced") this.#suspects.delete(call.idempotencyKey);
      if (!this.#isClosed && !host.isForOne) this.warm();
    });
  }

  /** Starts what is missing, as far as it may. */
  #seatFor(hash: string): Found | null {
    const there = this.#openSeat(hash);
    if (there) return this.#hasRoom(there) ? there : null;
    const roomy = this.#roomyHost();
    // A thread that ends makes room sooner than a process starts, and takes less memory.
    if (!roomy && this.#makeRoom()) return null;
    const host = roomy ?? (this.#mayStartHost() ? this.#startHost(false) : null);
    return host && { host, seat: host.startSeat() };
  }

  /** Ends the thread that has been without steps for longest; answers whether one is ending. */
  #makeRoom(): boolean {
    if (this.#seats().some((seat) => seat.isClosed && seat.calls.size === 0)) return true;
    const seat = [...this.#idle.keys()].find((one) => !one.isClosed);
    seat?.end();
    return seat !== undefined;
  }

  #seatForOne(): Found | null {
    if (this.#countHosts(true) >= HOSTS_FOR_ONE) return null;
    const host = this.#startHost(true);
    return { host, seat: host.startSeat() };
  }

  #startHost(isForOne: boolean): HostSeats {
    const { clock, env, nodeId, bootId, egress = [] } = this.#options;
    const host = new HostSeats({ clock, env, limits: this.#limits, egress, marker: markerOf(nodeId, bootId, `h${++this.#lastHost}`) }, isForOne, this.#watcher);
    this.#hosts.add(host);
    return host;
  }

  #changed(): void {
    if (this.#isClosed) return;
    for (const seat of this.#seats()) {
      if (seat.calls.size > 0 || seat.hash === null || seat.isClosed || this.#idle.has(seat)) continue;
      this.#idle.set(seat, this.#options.clock.timer(this.#limits.idleMs, () => {
        this.#idle.delete(seat);
        if (seat.calls.size === 0) seat.end();
      }));
    }
    this.#serve();
    if (this.#idle.size > 0) this.warm();
    for (const tell of this.#roomListeners) tell();
  }

  #suspect(key: string): void {
    if (this.#suspects.size >= MOST_SUSPECTS) this.#suspects.delete(this.#suspects.values().next().value!);
    this.#suspects.add(key);
  }

  /** The seat of this version, or one that has none yet. */
  #openSeat(hash: string): Found | null {
    return this.#find((seat) => seat.hash === hash) ?? this.#find((seat) => seat.hash === null);
  }

  #find(fits: (seat: Seat) => boolean): Found | null {
    for (const host of this.#shared()) for (const seat of host.seats.values()) if (!seat.isClosed && fits(seat)) return { host, seat };
    return null;
  }

  #hasRoom({ seat }: Found, before = 0): boolean {
    return seat.calls.size + before < this.#limits.stepsPerThread;
  }

  #roomyHost(): HostSeats | null {
    return this.#shared().find((host) => host.seats.size < this.#limits.threadsPerHost) ?? null;
  }

  #mayStartHost(): boolean {
    return this.#countHosts(false) < this.#limits.hosts;
  }

  #shared(): HostSeats[] {
    return [...this.#hosts].filter((host) => !host.isForOne && !host.isClosed);
  }

  #seats(): Seat[] {
    return this.#shared().flatMap((host) => [...host.seats.values()]);
  }

  #countHosts(forOne: boolean): number {
    return [...this.#hosts].filter((host) => host.isForOne === forOne).length;
  }

  #whyFull(hash: string): string {
    const { hosts, threadsPerHost, stepsPerThread } = this.#limits;
    if (this.#openSeat(hash)) return `${stepsPerThread} steps of this version are at work.`;
    return `All ${hosts * threadsPerHost} threads for workflow code are at work.`;
  }
}

interface Found {
  readonly host: HostSeats;
  readonly seat: Seat;
}

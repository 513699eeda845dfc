import type { Clock, Timer } from "../../clock/clock.ts";
import type { IsolateLimits } from "./contract.ts";
import { HostSeats, type HostWatcher } from "./hostSeats.ts";
import { markerOf } from "./marker.ts";
import { Room } from "./room.ts";
import type { Seat } from "./seat.ts";

/** Besides the other hosts: one that brought its host down may have to be found while those are full. */
const HOSTS_FOR_ONE = 2;

/** Bytes of artifacts that have come from steps and are not kept yet, of all threads: to keep one takes six times as much for a moment. */
const ARTIFACTS_ON_THEIR_WAY = 33_554_432;

export interface SeatPoolOptions {
  readonly clock: Clock;
  readonly nodeId: string;
  readonly bootId: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly limits: IsolateLimits;
  readonly egress: readonly string[];
}

/** The hosts and the seats in them: finds one, starts what may be started, and ends what is not used. */
export class SeatPool {
  readonly hosts = new Set<HostSeats>();
  readonly #options: SeatPoolOptions;
  readonly #limits: IsolateLimits;
  readonly #watcher: HostWatcher;
  readonly #artifacts = new Room(ARTIFACTS_ON_THEIR_WAY);
  /** Seats that nobody has, those longest so first. */
  readonly #idle = new Map<Seat, Timer>();
  #lastHost = 0;

  constructor(options: SeatPoolOptions, watcher: HostWatcher) {
    [this.#options, this.#limits, this.#watcher] = [options, options.limits, watcher];
  }

  /** How many versions can be worked on at once. */
  get size(): number {
    return this.#limits.hosts * this.#limits.threadsPerHost;
  }

  /** The open seat of a version, for its steps or for short work. */
  of(hash: string | null, isShort = false): Seat | null {
    for (const host of this.hosts) {
      if (!isOpen(host)) continue;
      for (const seat of host.seats.values()) if (seat.hash === hash && seat.isShort === isShort && !seat.isClosed) return seat;
    }
    return null;
  }

  /** Seats that may take more calls of their version. */
  open(): Seat[] {
    return this.#seats().filter((seat) => !seat.isClosed && seat.hash !== null);
  }

  /** The versions of threads for short work that are at work. */
  shortAtWork(): (string | null)[] {
    return this.#seats().filter((seat) => seat.isShort && seat.taken > 0).map(({ hash }) => hash);
  }

  hasRoom(seat: Seat): boolean {
    return seat.taken < this.#limits.stepsPerThread;
  }

  /** A seat for steps of a version that has none; null: there is no room. */
  fresh(): Seat | null {
    const spare = this.of(null);
    if (spare) return spare;
    const host = this.#roomyHost();
    // A thread that ends makes room sooner than a process starts, and takes less memory.
    if (!host && this.#unused(false).length > 0) return null;
    return (host ?? this.#newHost())?.openSeat() ?? null;
  }

  /** The same for short work. */
  freshShort(): Seat | null {
    const hosts = this.#shared();
    const count = hosts.reduce((sum, host) => sum + host.count(true), 0);
    if (count >= this.#limits.shortThreads) return null;
    return (hosts.toSorted((a, b) => a.seats.size - b.seats.size)[0] ?? this.#newHost())?.openSeat(true) ?? null;
  }

  /** A seat in a host of its own. */
  alone(): Seat | null {
    return this.#countHosts(true) < HOSTS_FOR_ONE ? this.#startHost(true).openSeat() : null;
  }

  /** Ends threads that nobody uses, the longest unused first, until room for so many others is there or coming. */
  makeRoom(wanted: number, isShort = false): void {
    const unused = this.#unused(isShort);
    let coming = unused.filter((seat) => seat.isClosed).length;
    for (const seat of unused) {
      if (coming >= wanted) return;
      if (seat.isClosed || seat.hash === null) continue;
      seat.end();
      coming++;
    }
  }

  /** Has a thread ready that has no version yet. */
  warm(): void {
    const waiting = this.#seats().filter((seat) => seat.hash === null && !seat.isShort).length;
    if (waiting >= this.#limits.warmThreads) return;
    const host = this.#roomyHost() ?? (this.hosts.size === 0 ? this.#startHost(false) : null);
    if (host) host.openSeat().start();
    else this.makeRoom(1);
  }

  /** Somebody takes it. */
  used(seat: Seat): void {
    this.#idle.get(seat)?.cancel();
    this.#idle.delete(seat);
  }

  /** Seats that nobody has any more are ended after a while. Answers whether there are such. */
  age(): boolean {
    for (const seat of this.open()) {
      if (seat.taken > 0 || this.#idle.has(seat)) continue;
      this.#idle.set(seat, this.#options.clock.timer(this.#limits.idleMs, () => {
        this.#idle.delete(seat);
        if (seat.taken === 0) seat.end();
      }));
    }
    return this.#idle.size > 0;
  }

  async close(): Promise<void> {
    for (const timer of this.#idle.values()) timer.cancel();
    await Promise.all([...this.hosts].map((host) => host.process.end()));
  }

  /** Ending, or without anybody; those longest so first. */
  #unused(isShort: boolean): Seat[] {
    const ending = this.#seats().filter((seat) => seat.isClosed && seat.taken === 0);
    return [...ending, ...[...this.#idle.keys()].filter((seat) => !seat.isClosed)].filter((seat) => seat.isShort === isShort);
  }

  #roomyHost(): HostSeats | null {
    return this.#shared().find((host) => host.count(false) < this.#limits.threadsPerHost) ?? null;
  }

  #newHost(): HostSeats | null {
    return this.#countHosts(false) < this.#limits.hosts ? this.#startHost(false) : null;
  }

  #startHost(isForOne: boolean): HostSeats {
    const { clock, env, nodeId, bootId, egress, limits } = this.#options;
    const host = new HostSeats({ clock, env, limits, egress, marker: markerOf(nodeId, bootId, `h${++this.#lastHost}`) }, isForOne, this.#artifacts, this.#watcher);
    this.hosts.add(host);
    return host;
  }

  #shared(): HostSeats[] {
    return [...this.hosts].filter(isOpen);
  }

  #seats(): Seat[] {
    return this.#shared().flatMap((host) => [...host.seats.values()]);
  }

  #countHosts(forOne: boolean): number {
    return [...this.hosts].filter((host) => host.isForOne === forOne).length;
  }
}

function isOpen(host: HostSeats): boolean {
  return !host.isForOne && !host.isClosed;
}

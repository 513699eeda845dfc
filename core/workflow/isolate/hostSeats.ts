import type { ActiveCall } from "./activeCall.ts";
import { HostProcess, type HostEnd, type HostOptions } from "./hostProcess.ts";
import type { ProcessIdentity } from "./contract.ts";
import type { FromThread, ThreadEnd, ToHost, ToThread } from "./messages.ts";
import type { Room } from "./room.ts";
import { Seat, type SeatHost } from "./seat.ts";

export interface HostWatcher {
  /** A call has left, or there is room that was not there before. */
  changed(): void;
  /** These were displaced by one of themselves. */
  suspected(calls: readonly ActiveCall[]): void;
  /** Whoever listens to a call threw. */
  listenerFailed(error: unknown): void;
  /** It is gone, with all that was in it. */
  gone(host: HostSeats, end: HostEnd): void;
}

/** A host and the threads in it. */
export class HostSeats implements SeatHost {
  readonly seats = new Map<number, Seat>();
  readonly process: HostProcess;
  /** It is for one call and no other. */
  readonly isForOne: boolean;
  readonly #watcher: HostWatcher;
  readonly #artifacts: ConstructorParameters<typeof Seat>[3];
  #isWorn = false;
  #isWatched = false;
  #hasServed = false;
  #last = 0;

  /** @param room for the artifacts of all threads */
  constructor(options: HostOptions, isForOne: boolean, room: Room, watcher: HostWatcher) {
    this.isForOne = isForOne;
    this.#watcher = watcher;
    this.#artifacts = { most: options.limits.artifactBytes, room };
    this.process = new HostProcess(options, {
      heard: (thread, message) => this.#heard(thread, message),
      threadEnded: (thread, why, message) => this.#threadEnded(thread, why, message),
      worn: () => this.#wear(),
      gone: (end) => this.#gone(end),
    });
  }

  /** Whether nothing more should begin in it. */
  get isClosed(): boolean {
    return this.#isWorn || (this.isForOne && this.#last > 0);
  }

  get identity(): ProcessIdentity {
    return this.process.identity;
  }

  openSeat(isShort = false): Seat {
    const seat = new Seat(++this.#last, isShort, this, this.#artifacts);
    this.seats.set(seat.id, seat);
    return seat;
  }

  /** How many seats there are for steps, or for short work. */
  count(isShort: boolean): number {
    return [...this.seats.values()].filter((seat) => seat.isShort === isShort).length;
  }

  get calls(): readonly ActiveCall[] {
    return [...this.seats.values()].flatMap((seat) => [...seat.calls]);
  }

  get isIdle(): boolean {
    return [...this.seats.values()].every((seat) => seat.calls.size === 0);
  }

  /** Whether a call was ever in it. */
  get hasServed(): boolean {
    return this.#hasServed;
  }

  tell(message: ToHost): void {
    this.process.tell(message);
  }

  send(thread: number, message: ToThread): void {
    this.process.send(thread, message);
  }

  drained(): Promise<void> {
    return this.process.drained();
  }

  sweep(thread: number, call: number): Promise<number> {
    return this.process.sweep(thread, call);
  }

  occupied(): void {
    this.#hasServed = true;
    if (this.#isWatched) return;
    this.#isWatched = true;
    this.process.watch(true);
  }

  #heard(thread: number, message: FromThread): void | Promise<void> {
    const seat = this.seats.get(thread);
    // What no thread of ours tells ends the host.
    const told = seat?.artifacts.whole(message);
    if (!told) return;
    try {
      return seat?.heard(told)?.catch((error: unknown) => this.#watcher.listenerFailed(error));
    } catch (error) {
      this.#watcher.listenerFailed(error);
    }
  }

  changed(seat: Seat): void {
    if (seat.isClosed && seat.calls.size === 0) seat.end();
    if (this.isIdle && this.isClosed) void this.process.end();
    if (this.isIdle && this.#isWatched) {
      this.#isWatched = false;
      this.process.watch(false);
    }
    this.#watcher.changed();
  }

  #threadEnded(thread: number, why: ThreadEnd, message: string): void {
    const seat = this.seats.get(thread);
    this.seats.delete(thread);
    if (seat) this.#watcher.suspected(seat.ended(why, message));
    this.#watcher.changed();
  }

  #wear(): void {
    this.#isWorn = true;
    for (const seat of this.seats.values()) seat.close();
    if (this.isIdle) void this.process.end();
  }

  #gone(end: HostEnd): void {
    this.#isWorn = true;
    const { calls } = this;
    const seats = [...this.seats.values()];
    this.seats.clear();
    // Where one thread is to blame the others are not; where nobody knows, a call that was alone is.
    for (const seat of seats) {
      seat.close();
      const isBlamed = end.thread === null ? calls.length === 1 : end.thread === seat.id;
      if (isBlamed) this.#watcher.suspected(seat.ended(end.why, end.message));
      else for (const call of seat.calls) call.displace(`Its host ended. ${end.message}`);
    }
    if (end.thread === null && calls.length > 1) this.#watcher.suspected(calls);
    this.#watcher.gone(this, end);
  }
}

import type { ActiveCall } from "./activeCall.ts";
import { HostProcess, type HostEnd, type HostOptions } from "./hostProcess.ts";
import type { FromThread, ThreadEnd } from "./messages.ts";
import { Seat } from "./seat.ts";

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
export class HostSeats {
  readonly seats = new Map<number, Seat>();
  readonly process: HostProcess;
  /** It is for one call and no other. */
  readonly isForOne: boolean;
  readonly #watcher: HostWatcher;
  #isWorn = false;
  #isWatched = false;
  #hasServed = false;
  #last = 0;

  constructor(options: HostOptions, isForOne: boolean, watcher: HostWatcher) {
    this.isForOne = isForOne;
    this.#watcher = watcher;
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

  startSeat(): Seat {
    const seat = new Seat(++this.#last, this.process, (changed) => this.#changed(changed));
    this.seats.set(seat.id, seat);
    return seat;
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

  /** To be told when a call has been placed. */
  occupied(): void {
    this.#hasServed = true;
    if (this.#isWatched) return;
    this.#isWatched = true;
    this.process.watch(true);
  }

  #heard(thread: number, message: FromThread): void | Promise<void> {
    try {
      return this.seats.get(thread)?.heard(message)?.catch((error: unknown) => this.#watcher.listenerFailed(error));
    } catch (error) {
      this.#watcher.listenerFailed(error);
    }
  }

  #changed(seat: Seat): void {
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
    if (this.isIdle) void this.process.end();
  }

  #gone(end: HostEnd): void {
    this.#isWorn = true;
    const { calls } = this;
    const seats = [...this.seats.values()];
    this.seats.clear();
    // Where one thread is to blame the others are not; where nobody knows, a call that was alone is.
    for (const seat of seats) {
      const isBlamed = end.thread === null ? calls.length === 1 : end.thread === seat.id;
      if (isBlamed) this.#watcher.suspected(seat.ended(end.why, end.message));
      else for (const call of seat.calls) call.displace(`Its host ended. ${end.message}`);
    }
    if (end.thread === null && calls.length > 1) this.#watcher.suspected(calls);
    this.#watcher.gone(this, end);
  }
}

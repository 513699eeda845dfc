import type { ActiveCall, Place, Told } from "./activeCall.ts";
import { ArtifactTurns, type ArtifactTurnsOptions } from "./artifactTurns.ts";
import type { KeptPlace, ProcessIdentity, StepFailure, Version } from "./contract.ts";
import type { HostEnd } from "./hostProcess.ts";
import type { ThreadEnd, ToHost, ToThread } from "./messages.ts";

const FAILURES: Readonly<Record<Exclude<ThreadEnd, "asked"> | "crashed", StepFailure>> = {
  unstarted: "STEP_CRASHED",
  exited: "STEP_EXITED",
  threw: "STEP_UNCAUGHT",
  heap: "STEP_OUT_OF_MEMORY",
  memory: "STEP_OUT_OF_MEMORY",
  blocked: "STEP_BLOCKED",
  crashed: "STEP_CRASHED",
};

/** The host that a seat is in. */
export interface SeatHost {
  readonly identity: ProcessIdentity;
  /** It is for one call and no other. */
  readonly isForOne: boolean;
  tell(message: ToHost): void;
  send(thread: number, message: ToThread): void;
  drained(): Promise<void>;
  sweep(thread: number, call: number): Promise<number>;
  /** A call has begun in it. */
  occupied(): void;
  /** Somebody has left, or the seat takes no more. */
  changed(seat: Seat): void;
}

/** A thread of a host, as the gateway sees it: a place for calls of one version. */
export class Seat implements Place {
  readonly id: number;
  /** Kept for work that is over soon: no step is worked on here. */
  readonly isShort: boolean;
  readonly host: SeatHost;
  readonly calls = new Set<ActiveCall>();
  /** Calls, and those that it is kept for, with the order in which they came. */
  readonly #holders = new Map<KeptSeat | ActiveCall, number>();
  readonly artifacts: ArtifactTurns;
  #hash: string | null = null;
  #isStarted = false;
  #isLoaded = false;
  #isClosed = false;
  #isEnding = false;
  /** The call that the thread was ended for. */
  #endedFor: ActiveCall | null = null;

  constructor(id: number, isShort: boolean, host: SeatHost, artifacts: Pick<ArtifactTurnsOptions, "most" | "room">) {
    [this.id, this.isShort, this.host] = [id, isShort, host];
    this.artifacts = new ArtifactTurns({ ...artifacts, isThere: (id) => this.#callOf(id)?.isOver === false, send: (message) => this.send(message) });
  }

  /** Starts its thread, which is work for a core. Who keeps a seat for what is not stored yet has no need of that. */
  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.host.tell({ do: "startThread", thread: this.id });
  }

  /** The version that it is for; null: none yet. */
  get hash(): string | null {
    return this.#hash;
  }

  /** Whether it takes no more calls. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** How many calls are in it or will be. */
  get taken(): number {
    return this.#holders.size;
  }

  /** Whether it would be in use without those that came after. */
  isHeldBefore(order: number): boolean {
    return [...this.#holders.values()].some((own) => own < order);
  }

  /** Keeps it for a call of this version. */
  keep(hash: string, order: number): KeptSeat {
    this.#hash = hash;
    const kept = new KeptSeat(this, order);
    this.#holders.set(kept, order);
    return kept;
  }

  letGo(kept: KeptSeat): void {
    if (this.#holders.delete(kept)) this.host.changed(this);
  }

  /** To be said before the call is made whose place this is. */
  load({ code, map, entry, hash }: Version): void {
    if (this.#isLoaded) return;
    this.#isLoaded = true;
    this.start();
    this.send({ do: "load", version: { code, map, entry, hash } });
  }

  /** The call whose place this is. */
  begin(kept: KeptSeat, call: ActiveCall): void {
    this.#holders.delete(kept);
    this.#holders.set(call, kept.order);
    this.calls.add(call);
    this.host.occupied();
  }

  send(message: ToThread): void {
    this.host.send(this.id, message);
  }

  drained(): Promise<void> {
    return this.host.drained();
  }

  sweep(call: number): Promise<number> {
    return this.host.sweep(this.id, call);
  }

  close(): void {
    this.#isClosed = true;
  }

  wear(): void {
    this.close();
    this.host.changed(this);
  }

  leave(call: ActiveCall): void {
    this.calls.delete(call);
    this.artifacts.left(call.id);
    this.#holders.delete(call);
    this.host.changed(this);
  }

  endFor(call: ActiveCall): void {
    this.#endedFor ??= call;
    this.end();
  }

  end(): void {
    this.#isClosed = true;
    if (this.#isEnding) return;
    this.#isEnding = true;
    // It tells of its end only if there is one.
    this.start();
    this.host.tell({ do: "endThread", thread: this.id });
  }

  heard(message: Told): void | Promise<void> {
    const call = this.#callOf(message.call);
    if (message.is !== "artifact") return call?.heard(message);
    return call?.handed(message).finally(() => this.artifacts.over(message));
  }

  #callOf(id: number): ActiveCall | undefined {
    for (const call of this.calls) if (call.id === id) return call;
    return undefined;
  }

  /**
   * The thread is gone. A call that was alone in it did it; of several, the one that it was ended for.
   * @returns calls of which nobody knows which did it
   */
  ended(why: HostEnd["why"], message: string): readonly ActiveCall[] {
    this.#isClosed = true;
    const calls = [...this.calls];
    if (why === "asked" || this.#endedFor) {
      for (const call of calls) {
        if (call === this.#endedFor) call.fail("CANCELLED", message);
        else call.displace("Its thread was ended for a neighbour's sake.");
      }
      return [];
    }
    // What others keep open may leave no room for a thread: it goes into a process of its own next, and fails if it finds none there.
    if (why === "unstarted" && !this.host.isForOne) {
      for (const call of calls) call.displace(`Its thread could not be started. ${message}`, false);
      return calls;
    }
    if (calls.length === 1) calls[0]!.fail(FAILURES[why], message || "It ended its thread.");
    else for (const call of calls) call.displace(`Its thread ended, and several steps were in it. ${message}`.trim());
    return calls.length === 1 ? [] : calls;
  }
}

/** A seat that is kept for one call. */
export class KeptSeat implements KeptPlace {
  readonly is = "kept";
  readonly seat: Seat;
  readonly order: number;

  constructor(seat: Seat, order: number) {
    [this.seat, this.order] = [seat, order];
  }

  get host(): ProcessIdentity {
    return this.seat.host.identity;
  }

  release(): void {
    this.seat.letGo(this);
  }
}

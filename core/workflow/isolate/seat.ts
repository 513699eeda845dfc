import type { ActiveCall, Place } from "./activeCall.ts";
import type { StepFailure, Version } from "./contract.ts";
import type { HostEnd, HostProcess } from "./hostProcess.ts";
import type { FromThread, ThreadEnd, ToThread } from "./messages.ts";

const FAILURES: Readonly<Record<Exclude<ThreadEnd, "asked"> | "crashed", StepFailure>> = {
  exited: "STEP_EXITED",
  threw: "STEP_UNCAUGHT",
  heap: "STEP_OUT_OF_MEMORY",
  memory: "STEP_OUT_OF_MEMORY",
  blocked: "STEP_BLOCKED",
  crashed: "STEP_CRASHED",
};

/** A thread of a host, as the gateway sees it: a place for calls of one version. */
export class Seat implements Place {
  readonly id: number;
  readonly calls = new Set<ActiveCall>();
  readonly #host: HostProcess;
  readonly #changed: (seat: Seat) => void;
  #hash: string | null = null;
  #isClosed = false;
  #isEnding = false;
  /** The call that the thread was ended for. */
  #endedFor: ActiveCall | null = null;

  /** @param changed hears that a call has left, or that the seat takes no more */
  constructor(id: number, host: HostProcess, changed: (seat: Seat) => void) {
    [this.id, this.#host, this.#changed] = [id, host, changed];
    host.tell({ do: "startThread", thread: id });
  }

  /** What it has loaded; null: nothing yet. */
  get hash(): string | null {
    return this.#hash;
  }

  /** Whether it takes no more calls. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  load({ code, map, entry, hash }: Version): void {
    this.#hash = hash;
    this.send({ do: "load", version: { code, map, entry, hash } });
  }

  send(message: ToThread): void {
    this.#host.send(this.id, message);
  }

  sweep(call: number): Promise<number> {
    return this.#host.sweep(this.id, call);
  }

  wear(): void {
    this.#isClosed = true;
    this.#changed(this);
  }

  leave(call: ActiveCall): void {
    this.calls.delete(call);
    this.#changed(this);
  }

  endFor(call: ActiveCall): void {
    this.#endedFor ??= call;
    this.end();
  }

  end(): void {
    this.#isClosed = true;
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#host.tell({ do: "endThread", thread: this.id });
  }

  heard(message: FromThread): void | Promise<void> {
    for (const call of this.calls) if (call.id === message.call) return call.heard(message);
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
    if (calls.length === 1) calls[0]!.fail(FAILURES[why], message || "It ended its thread.");
    else for (const call of calls) call.displace(`Its thread ended, and several steps were in it. ${message}`.trim());
    return calls.length === 1 ? [] : calls;
  }
}

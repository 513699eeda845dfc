import type { Clock, Timer } from "../../clock/clock.ts";
import { messageOf } from "../../errors/loomError.ts";
import { StopWithin, type Call, type Given, type CallListener, type IsolateLimits, type StepFailure, type StepOutcome } from "./contract.ts";
import type { Receiver } from "./handing.ts";
import type { FromThread, ToThread } from "./messages.ts";

/** The place in a thread where a call is worked on. */
export interface Place {
  send(message: ToThread): void;
  /** Resolves when its host has taken in what it was sent, or is gone. */
  drained(): Promise<void>;
  /** Ends what the call started and left; answers how many processes there were. */
  sweep(call: number): Promise<number>;
  /** Ends the thread, because this call does not end by itself. */
  endFor(call: ActiveCall): void;
  /** The call is over, however it ended. */
  leave(call: ActiveCall): void;
  /** Nothing more should begin in this thread. */
  wear(): void;
}

type PieceMessage = FromThread & { readonly is: "artifact" };
/** What a thread tells, with artifacts whole. */
export type Told = Exclude<FromThread, PieceMessage | { readonly is: "hands" }> | Artifact;
export type Artifact = Pick<PieceMessage, "is" | "call" | "artifact" | "name" | "kind"> & { readonly data: Buffer };

type Stop = "timeout" | "cancelled";

/** A call from the moment that it has a place until its outcome. */
export class ActiveCall implements Receiver {
  readonly id: number;
  readonly call: Call;
  readonly outcome: Promise<StepOutcome>;
  readonly begun: Promise<void>;
  readonly #resolve: (outcome: StepOutcome) => void;
  readonly #begin: () => void;
  readonly #clock: Clock;
  readonly #limits: IsolateLimits;
  readonly #signal: AbortSignal | null;
  readonly #on: CallListener;
  readonly #place: Place;
  readonly #abort = (): void => this.#stop("cancelled");
  #timer: Timer | null = null;
  #stopped: Stop | null = null;
  #isSent = false;
  /** How it ended, while what it left behind is being ended. */
  #ending: StepOutcome | null = null;
  #isOver = false;

  /** @param hand gives it what it works on */
  constructor(id: number, call: Call, place: Place, { clock, limits, signal, on, hand }: { clock: Clock; limits: IsolateLimits; signal: AbortSignal | null; on: CallListener; hand: (to: Receiver) => Promise<void> }) {
    ({ promise: this.outcome, resolve: this.#resolve } = Promise.withResolvers<StepOutcome>());
    [this.id, this.call, this.#place, this.#clock, this.#limits, this.#signal, this.#on] = [id, call, place, clock, limits, signal, on];
    ({ promise: this.begun, resolve: this.#begin } = Promise.withResolvers<void>());
    hand(this).catch((error: unknown) => this.displace(messageOf(error)));
    signal?.addEventListener("abort", this.#abort, { once: true });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Calls its code with it. */
  async take({ input, results, item }: Given): Promise<void> {
    this.#isSent = true;
    const { work, attempt, idempotencyKey } = this.call;
    this.#place.send({ do: "call", call: this.id, task: { work, attempt, input, results, item: item ?? null, idempotencyKey } });
    await this.#place.drained();
  }

  /** What its thread tells of it, but for artifacts. A promise holds up the host. */
  heard(message: Exclude<Told, Artifact>): void | Promise<void> {
    if (this.#isOver || this.#ending) return message.is === "worn" ? this.#place.wear() : undefined;
    switch (message.is) {
      case "began":
        this.#begin();
        if (!this.#stopped) this.#timer = this.#clock.timer(this.call.timeoutMs, () => this.#stop("timeout"));
        return this.#on.began?.();
      case "log":
        return this.#on.log?.(message.level, message.message, message.fields);
      case "output":
        return this.#on.output?.(message.stream, message.text);
      case "phase":
        return this.#on.phase?.(message.name, message.to);
      case "progress":
        return this.#on.progress?.(message.fraction);
      case "worn":
        return this.#place.wear();
      case "done":
        return this.#complete(message.data, message.spawned);
      case "failed":
        return this.#finish({ is: "failed", code: message.code as StepFailure, message: message.message, stack: message.stack }, message.spawned);
    }
  }

  /** An artifact has come, whole. A promise holds up the host. */
  async handed({ artifact, name, kind, data }: Artifact): Promise<void> {
    if (this.#isOver || this.#ending) return;
    let error: string | null = null;
    try {
      await this.#on.artifact?.(name, kind, data);
    } catch (thrown) {
      error = messageOf(thrown);
    }
    this.#place.send({ do: "kept", call: this.id, artifact, error });
  }

  /** Its thread is gone by its own doing, or what it did is not known to be another's. */
  fail(code: StepFailure, message: string): void {
    this.#settle(this.#ending ?? { is: "failed", code, message, stack: null });
  }

  /** Its thread is gone through no fault of its own. What it said last may be lost with it: once sent, its code may have begun. */
  displace(message: string, mayHaveBegun = this.#isSent): void {
    this.#settle(this.#ending ?? { is: "displaced", code: "HOST_LOST", message, mayHaveBegun });
  }

  #stop(reason: Stop): void {
    if (this.#stopped || this.#ending || this.#isOver) return;
    this.#stopped = reason;
    this.#timer?.cancel();
    if (!this.#isSent) return this.fail("CANCELLED", "It was asked to stop before it began.");
    this.#place.send({ do: "abort", call: this.id, reason });
    const asked: unknown = this.#signal?.reason;
    const graceMs = reason === "cancelled" && asked instanceof StopWithin ? asked.graceMs : this.#limits.graceMs;
    this.#timer = this.#clock.timer(graceMs, () => this.#place.endFor(this));
  }

  #complete(data: string, spawned: boolean): void | Promise<void> {
    const taken = this.#on.done?.(data.length);
    this.#finish({ is: "completed", data }, spawned);
    // What its programs left is told of by the host, which has to be heard then.
    return spawned ? undefined : taken;
  }

  #finish(outcome: StepOutcome, spawned: boolean): void {
    this.#ending = outcome;
    this.#timer?.cancel();
    if (!spawned) return this.#settle(outcome);
    void this.#place.sweep(this.id).then((found) => {
      const left = found > 0 && outcome.is === "completed";
      this.#settle(left ? { is: "failed", code: "STEP_LEFT_PROCESS", message: `It left ${found} of its programs running.`, stack: null } : outcome);
    });
  }

  #settle(outcome: StepOutcome): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#timer?.cancel();
    this.#signal?.removeEventListener("abort", this.#abort);
    this.#place.leave(this);
    this.#begin();
    this.#resolve(this.#stopped ? stopped(this.#stopped, this.call.timeoutMs) : outcome);
  }
}

/** Whatever it says of its end, it ended because it was stopped. */
function stopped(reason: Stop, timeoutMs: number): StepOutcome {
  return reason === "timeout"
    ? { is: "failed", code: "STEP_TIMEOUT", message: `It took longer than ${timeoutMs} ms.`, stack: null }
    : { is: "failed", code: "CANCELLED", message: "It was asked to stop.", stack: null };
}

import type { Clock } from "../clock/clock.ts";
import { messageOf } from "../errors/loomError.ts";
import type { Log } from "../log/log.ts";
import type { Redactor } from "../log/redact.ts";
import type { DrivenRunStore, RowFacts } from "../store/contract.ts";
import { StopWithin, type ProcessIdentity } from "../workflow/isolate/contract.ts";
import { failed, type Attempt, type Ended } from "./attempt.ts";
import type { Happening } from "./machine/decide.ts";
import type { News } from "./stepNews.ts";
import { Output } from "./outputs.ts";
import type { Persist } from "./persist.ts";
import type { ResultRoom } from "./resultRoom.ts";
import { ToldNames } from "./toldNames.ts";
import type { Performer } from "./work/performers.ts";

/** A step that is done sooner is told once, as done: half of what there is to store. */
const BEGUN_MS = 10;
/** Nobody needs to be told of a shorter wait. */
const WAITING_MS = 1_000;

/** What all attempts share. */
export interface AttemptParts {
  readonly driven: DrivenRunStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly persist: Persist;
  readonly news: News;
  readonly room: ResultRoom;
  readonly redactor: Pick<Redactor, "text" | "pieces">;
}

export interface LiveAttemptOptions extends Omit<Attempt, "signal" | "output" | "waits" | "placed" | "began" | "phase" | "progress" | "keepArtifact" | "comes"> {
  readonly performer: Performer;
  /** Answers once it is stored, or why it changes nothing. */
  tell(happening: Happening, facts: readonly RowFacts[]): Promise<string | null>;
}

/** An attempt from its dispatch to its end: hands on what it tells, stops it, and sees that an end is told. */
export class LiveAttempt {
  readonly epoch: number;
  /** Settles when its end is told. */
  readonly over: Promise<void>;
  readonly #options: LiveAttemptOptions;
  readonly #parts: AttemptParts;
  readonly #stop = new AbortController();
  readonly #forced = Promise.withResolvers<Ended>();
  readonly #output: Output;
  readonly #phases: ToldNames;
  readonly #artifacts: ToldNames;
  #stoppedFor: "timeout" | "cancelled" | null = null;
  #begun: Disposable | null = null;
  #waiting: Disposable | null = null;
  /** Of its result, while that is not stored. */
  #length = 0;
  #isOver = false;

  constructor(options: LiveAttemptOptions, parts: AttemptParts) {
    this.epoch = options.epoch;
    this.#options = options;
    this.#parts = parts;
    this.#output = new Output(parts.clock, () => parts.redactor.pieces(), (text) => this.#keepOutput(text));
    this.#phases = new ToldNames((text) => parts.redactor.text(text));
    this.#artifacts = new ToldNames((text) => parts.redactor.text(text));
    this.over = this.#follow().finally(() => parts.room.leave(this.#length));
  }

  /** Asks it to stop, once. */
  stop(code: "timeout" | "cancelled", graceMs: number): void {
    if (code === "timeout" && this.#options.performer.where === "isolate") return;
    this.#stoppedFor ??= code;
    if (!this.#stop.signal.aborted) this.#stop.abort(new StopWithin(graceMs));
  }

  /** It did not stop. What is in a process of its own is ended with that; of what is in ours nothing more is heard. */
  kill(code: "timeout" | "cancelled"): void {
    this.stop(code, 0);
    if (this.#options.performer.where === "here") this.#forced.resolve(failed(code, "It did not stop when it was asked to."));
  }

  /** The gateway stops. */
  leave(recovers: "retry" | "reattach" | "crash"): void {
    if (this.#options.performer.where !== "here") return;
    this.#stop.abort(new StopWithin(0));
    if (recovers === "reattach") this.#forced.resolve(null);
    else this.#forced.resolve({ outcome: recovers === "crash" ? { is: "interrupted", final: true } : { is: "displaced" }, error: "Loom stopped." });
  }

  async #follow(): Promise<void> {
    const { runId, row, epoch, tell } = this.#options;
    const ended = await Promise.race([this.#perform(), this.#forced.promise]);
    this.#isOver = true;
    this.#options.kept?.release();
    this.#waiting?.[Symbol.dispose]();
    this.#begun?.[Symbol.dispose]();
    await this.#output.end();
    this.#parts.news.ended(runId, row);
    if (ended === null) return;
    const facts = [this.#factsOf(ended)];
    // An end that is lost is told by nobody else, and not even a cancel ends what has ended.
    while ((await tell({ is: "ended", step: row, epoch, outcome: ended.outcome }, facts)) === "not_stored" && (await this.#parts.persist.rest()));
  }

  async #perform(): Promise<Ended> {
    const { performer, tell: _tell, ...attempt } = this.#options;
    try {
      return await performer.perform({
        ...attempt,
        signal: this.#stop.signal,
        output: this.#output,
        waits: (reason) => this.#waits(reason),
        placed: (host) => this.#placed(host),
        began: () => this.#hasBegun(),
        phase: (name, to) => void this.#tell({ is: "phase", step: attempt.row, epoch: attempt.epoch, name: this.#phases.of(name), to }),
        progress: (fraction) => void (this.#isOver || this.#parts.news.progressed(attempt.runId, attempt.row, fraction)),
        keepArtifact: (name, kind, data) => this.#keepArtifact(name, kind, data),
        comes: (length) => this.#parts.room.enter((this.#length = length)),
      });
    } catch (error) {
      this.#parts.log.error("an attempt could not be made", { error, runId: attempt.runId, step: attempt.row });
      return failed("INTERNAL", messageOf(error));
    }
  }

  #factsOf(ended: NonNullable<Ended>): RowFacts {
    const { row: step, step: { timeoutMs } } = this.#options;
    if (ended.outcome.is === "completed") return { step, result: ended.result ?? "null" };
    const error = this.#stoppedFor === "timeout" ? `It took longer than ${timeoutMs} ms.` : ended.error;
    return error === undefined ? { step } : { step, error: this.#parts.redactor.text(error) };
  }

  #waits(reason: string): void {
    const { row: step, epoch } = this.#options;
    this.#waiting ??= this.#parts.clock.timer(WAITING_MS, () => void this.#tell({ is: "waits", step, epoch, reason }));
  }

  #placed(host: ProcessIdentity): void | Promise<void> {
    this.#waiting?.[Symbol.dispose]();
    const stored = this.#options.kept?.host;
    if (host.pid !== stored?.pid || host.startTime !== stored.startTime) return this.#keepHost(host);
  }

  #hasBegun(): void {
    const { row: step, epoch } = this.#options;
    this.#begun ??= this.#parts.clock.timer(BEGUN_MS, () => void this.#tell({ is: "started", step, epoch }));
  }

  async #keepHost(host: ProcessIdentity): Promise<void> {
    const { row: step, epoch, tell } = this.#options;
    const why = await tell({ is: "placed", step, epoch }, [{ step, host }]);
    if (why !== null) throw new Error(`The attempt is not the one that is stored: ${why}.`);
  }

  async #keepOutput(text: string): Promise<void> {
    const { runId, row: step } = this.#options;
    const { driven, clock, log, persist, news } = this.#parts;
    try {
      const kept = await persist.write(() => driven.appendOutput({ runId, step, text, at: clock.now() }));
      if (kept.outcome === "ok") news.output(runId, step, text, kept.bytes);
    } catch (error) {
      log.warn("output of a step could not be kept", { error, runId, step });
    }
  }

  async #keepArtifact(name: string, kind: "text" | "bytes" | "json", data: Uint8Array): Promise<void> {
    const { runId, row: step } = this.#options;
    const { outcome } = await this.#parts.persist.write(() => this.#parts.driven.keepArtifact({ runId, step, name: this.#artifacts.of(name), kind, data, at: this.#parts.clock.now() }));
    if (outcome !== "ok") throw new Error(`The artifact ${name} could not be kept: ${outcome}.`);
  }

  async #tell(happening: Happening): Promise<void> {
    await this.#options.tell(happening, []);
  }
}

import type { Clock } from "../clock/clock.ts";
import { messageOf } from "../errors/loomError.ts";
import type { Log } from "../log/log.ts";
import type { Redactor } from "../log/redact.ts";
import type { Json } from "../mirror/contract.ts";
import type { DrivenRunStore, RowFacts, RunBundles } from "../store/contract.ts";
import type { StepFacts } from "../workflow/facts.ts";
import { StopWithin, type KeptPlace, type ProcessIdentity } from "../workflow/isolate/contract.ts";
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

/**
 * An attempt from its dispatch to its end: hands on what it tells, stops it, and sees that an end is told. Thousands may wait in
 * line, so it is itself what its performer is given, and has the rest made when that is needed.
 */
export class LiveAttempt implements Attempt {
  readonly runId: string;
  readonly strandId: string;
  readonly input: Json | undefined;
  readonly bundles: RunBundles;
  readonly step: StepFacts;
  readonly row: string;
  readonly epoch: number;
  readonly attempt: number;
  readonly idempotencyKey: string;
  readonly kept: KeptPlace | null;
  /** Settles when its end is told. */
  readonly over: Promise<void>;
  readonly #performer: Performer;
  readonly #store: LiveAttemptOptions["tell"];
  readonly #parts: AttemptParts;
  readonly #stop = new AbortController();
  readonly #ended = Promise.withResolvers<Ended>();
  #output: Output | null = null;
  #phases: ToldNames | null = null;
  #artifacts: ToldNames | null = null;
  #stoppedFor: "timeout" | "cancelled" | null = null;
  #begun: Disposable | null = null;
  #waiting: Disposable | null = null;
  /** Of its result, while that is not stored. */
  #length = 0;
  #isOver = false;

  constructor({ performer, tell, ...of }: LiveAttemptOptions, parts: AttemptParts) {
    [this.runId, this.strandId, this.input, this.bundles, this.step, this.row] = [of.runId, of.strandId, of.input, of.bundles, of.step, of.row];
    [this.epoch, this.attempt, this.idempotencyKey, this.kept] = [of.epoch, of.attempt, of.idempotencyKey, of.kept];
    [this.#performer, this.#store, this.#parts] = [performer, tell, parts];
    this.over = this.#follow().finally(() => parts.room.leave(this.#length));
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  get output(): Output {
    this.#output ??= new Output(this.#parts.clock, () => this.#parts.redactor.pieces(), (text) => this.#keepOutput(text));
    if (this.#isOver) void this.#output.end();
    return this.#output;
  }

  /** Asks it to stop, once. */
  stop(code: "timeout" | "cancelled", graceMs: number): void {
    if (code === "timeout" && this.#performer.where === "isolate") return;
    this.#stoppedFor ??= code;
    if (!this.#stop.signal.aborted) this.#stop.abort(new StopWithin(graceMs));
  }

  /** It did not stop. What is in a process of its own is ended with that; of what is in ours nothing more is heard. */
  kill(code: "timeout" | "cancelled"): void {
    this.stop(code, 0);
    if (this.#performer.where === "here") this.#ended.resolve(failed(code, "It did not stop when it was asked to."));
  }

  /** The gateway stops. */
  leave(recovers: "retry" | "reattach" | "crash"): void {
    if (this.#performer.where !== "here") return;
    this.#stop.abort(new StopWithin(0));
    if (recovers === "reattach") this.#ended.resolve(null);
    else this.#ended.resolve({ outcome: recovers === "crash" ? { is: "interrupted", final: true } : { is: "displaced" }, error: "Loom stopped." });
  }

  async #follow(): Promise<void> {
    const { runId, row, epoch } = this;
    void this.#perform().then(this.#ended.resolve);
    const ended = await this.#ended.promise;
    this.#isOver = true;
    this.kept?.release();
    this.#waiting?.[Symbol.dispose]();
    this.#begun?.[Symbol.dispose]();
    await this.#output?.end();
    this.#parts.news.ended(runId, row);
    if (ended === null) return;
    const facts = [this.#factsOf(ended)];
    // An end that is lost is told by nobody else, and not even a cancel ends what has ended.
    while ((await this.#store({ is: "ended", step: row, epoch, outcome: ended.outcome }, facts)) === "not_stored" && (await this.#parts.persist.rest()));
  }

  async #perform(): Promise<Ended> {
    try {
      return await this.#performer.perform(this);
    } catch (error) {
      this.#parts.log.error("an attempt could not be made", { error, runId: this.runId, step: this.row });
      return failed("INTERNAL", messageOf(error));
    }
  }

  #factsOf(ended: NonNullable<Ended>): RowFacts {
    const { row: step, step: { timeoutMs } } = this;
    if (ended.outcome.is === "completed") return { step, result: ended.result ?? "null" };
    const error = this.#stoppedFor === "timeout" ? `It took longer than ${timeoutMs} ms.` : ended.error;
    return error === undefined ? { step } : { step, error: this.#parts.redactor.text(error) };
  }

  waits(reason: string): void {
    const { row: step, epoch } = this;
    this.#waiting ??= this.#parts.clock.timer(WAITING_MS, () => void this.#tell({ is: "waits", step, epoch, reason }));
  }

  placed(host: ProcessIdentity): void | Promise<void> {
    this.#waiting?.[Symbol.dispose]();
    const stored = this.kept?.host;
    if (host.pid !== stored?.pid || host.startTime !== stored.startTime) return this.#keepHost(host);
  }

  began(): void {
    const { row: step, epoch } = this;
    this.#begun ??= this.#parts.clock.timer(BEGUN_MS, () => void this.#tell({ is: "started", step, epoch }));
  }

  phase(name: string, to: "running" | "completed" | "failed"): void {
    this.#phases ??= new ToldNames((text) => this.#parts.redactor.text(text));
    void this.#tell({ is: "phase", step: this.row, epoch: this.epoch, name: this.#phases.of(name), to });
  }

  progress(fraction: number): void {
    if (!this.#isOver) this.#parts.news.progressed(this.runId, this.row, fraction);
  }

  comes(length: number): void | Promise<void> {
    return this.#parts.room.enter((this.#length = length));
  }

  async #keepHost(host: ProcessIdentity): Promise<void> {
    const { row: step, epoch } = this;
    const why = await this.#store({ is: "placed", step, epoch }, [{ step, host }]);
    if (why !== null) throw new Error(`The attempt is not the one that is stored: ${why}.`);
  }

  async #keepOutput(text: string): Promise<void> {
    const { runId, row: step } = this;
    const { driven, clock, log, persist, news } = this.#parts;
    try {
      const kept = await persist.write(() => driven.appendOutput({ runId, step, text, at: clock.now() }));
      if (kept.outcome === "ok") news.output(runId, step, text, kept.bytes);
    } catch (error) {
      log.warn("output of a step could not be kept", { error, runId, step });
    }
  }

  async keepArtifact(name: string, kind: "text" | "bytes" | "json", data: Uint8Array): Promise<void> {
    const { runId, row: step } = this;
    this.#artifacts ??= new ToldNames((text) => this.#parts.redactor.text(text));
    const told = this.#artifacts.of(name);
    const { outcome } = await this.#parts.persist.write(() => this.#parts.driven.keepArtifact({ runId, step, name: told, kind, data, at: this.#parts.clock.now() }));
    if (outcome !== "ok") throw new Error(`The artifact ${name} could not be kept: ${outcome}.`);
  }

  async #tell(happening: Happening): Promise<void> {
    await this.#store(happening, []);
  }
}

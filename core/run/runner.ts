import type { Timer } from "../clock/clock.ts";
import { messageOf } from "../errors/loomError.ts";
import type { DrivenRun, DrivenRunStore, NewRun, RowFacts } from "../store/contract.ts";
import type { StepStatus } from "../store/statuses.ts";
import type { StepFacts, WorkflowFacts } from "../workflow/facts.ts";
import { fold, type Change, type Told } from "./fold.ts";
import type { keptInput } from "./keptInput.ts";
import { LiveAttempt, type AttemptParts } from "./liveAttempt.ts";
import type { KeptPlace } from "../workflow/isolate/contract.ts";
import type { Isolates } from "../workflow/isolate/isolates.ts";
import type { Refusal } from "./machine/decide.ts";
import type { Given, Placement, Task } from "./machine/decision.ts";
import { workedOn, type Plan, type Recovery } from "./machine/plan.ts";
import { MOST_ROWS, type OpenRows, type RunState } from "./machine/state.ts";
import { ownTime } from "./ownTime.ts";
import { isSentAgain } from "./persist.ts";
import type { Places } from "./placement.ts";
import { takeOver } from "./takeOver.ts";
import type { Evaluated, ToEvaluate } from "./work/evaluate.ts";
import { hashOf, type Performers } from "./work/performers.ts";

/** The longest that a timer can wait; a later look just looks again. */
const LONGEST_MS = 2_147_483_647;
/** A change that the store does not take is made anew so often. */
const MOST_TRIES = 3;
/** What was taken away before it could answer is asked again after so long. */
const AGAIN_MS = 20;
const TOO_MANY_ROWS = `With its items the run would have more than ${MOST_ROWS} steps, items and phases, or all open runs more than they may. Work on more in one item, or have fewer runs at once.`;
const OK = { outcome: "ok" } as const;

/** What all runners share. */
export interface RunnerParts extends AttemptParts {
  readonly places: Places;
  readonly isolates: Pick<Isolates, "keep">;
  readonly performers: Performers;
  /** Evenly passing time, see `steady.ts`. */
  readonly now: () => number;
  readonly random: () => number;
  readonly bootId: string;
  /** How long an attempt that took too long may take to stop by itself. */
  readonly graceMs: number;
  /** Rows of all other open runs. */
  rowsBeside(runner: Runner): OpenRows;
  /** It has other rows than before, stored or not. */
  counted(runner: Runner): void;
  evaluate(step: ToEvaluate): Promise<Evaluated | null>;
  /** What it has stored moved the run; also to its end. */
  moved(runner: Runner): void;
}

/** Of a driven run, what does not change. */
export type RunIdentity = Omit<DrivenRun, "state" | "input"> & { readonly input: ReturnType<typeof keptInput>; readonly facts: WorkflowFacts };

/** Why what a run was told changes nothing. */
export type NotTaken = Refusal | "not_stored" | "gone";

type Begun = Awaited<ReturnType<DrivenRunStore["begin"]>>;

/**
 * Drives one run: takes what happens one after the other, has the machine decide, stores what it decided, and only then
 * does what it wants. What comes while something is being stored goes into the next change together.
 */
export class Runner {
  readonly run: RunIdentity;
  readonly plan: Plan;
  readonly #parts: RunnerParts;
  readonly #steps: ReadonlyMap<string, StepFacts>;
  readonly #time: () => number;
  readonly #attempts = new Map<string, LiveAttempt>();
  readonly #evaluating = new Map<string, Promise<void>>();
  readonly #given: Given;
  /** Places in isolates for attempts that are about to begin, by row. */
  readonly #kept = new Map<string, KeptPlace>();
  #state: RunState;
  #rows: number;
  #inbox: (Told & { readonly resolve: (why: NotTaken | null) => void })[] = [];
  #begin: { readonly run: NewRun; readonly resolve: (answer: Begun) => void; readonly reject: (error: unknown) => void } | null = null;
  #begun: Promise<Begun> | null = null;
  #busy: Promise<void> | null = null;
  #takingOver: Promise<void> | null = null;
  #timer: Timer | null = null;
  #isAdmitted = false;
  #isClosed = false;

  constructor(run: RunIdentity, plan: Plan, state: RunState, parts: RunnerParts) {
    [this.run, this.plan, this.#state, this.#parts] = [run, plan, state, parts];
    this.#rows = state.steps.size;
    this.#time = ownTime(parts.clock);
    this.#steps = new Map(run.facts.steps.map((step) => [step.id, step]));
    const { random, bootId, graceMs, now } = parts;
    this.#given = {
      get now() {
        return now();
      },
      random,
      bootId,
      graceMs,
      place: ({ id }, row) => this.#place(this.#steps.get(id)!, row),
      rowsBeside: () => parts.rowsBeside(this),
    };
  }

  get id(): string {
    return this.run.id;
  }

  get state(): RunState {
    return this.#state;
  }

  /** Its steps, items and phases, with those that are being stored: others may begin as many meanwhile. */
  get rows(): number {
    return this.#rows;
  }

  /** Whether its turn has come, be that stored or not. */
  get isAdmitted(): boolean {
    return this.#isAdmitted || this.#state.status !== "queued";
  }

  /** Stores it, and lets it begin in the same commit if its turn has come and it takes nothing over. @throws what the store throws */
  begin(run: NewRun, isItsTurn: boolean): Promise<Begun> {
    const { promise, resolve, reject } = Promise.withResolvers<Begun>();
    this.#begin = { run, resolve, reject };
    this.#begun = promise;
    if (isItsTurn) this.admit();
    this.#work();
    return promise;
  }

  /** Its turn has come. What it takes over of another run, it has before it begins. */
  admit(): void {
    this.#isAdmitted = true;
    if (this.run.takesOver === null) void this.tell({ is: "admitted" });
    else this.#takingOver ??= this.#takeOver().catch((error: unknown) => this.#rest(error, () => this.admit())).finally(() => (this.#takingOver = null));
  }

  /** Takes in what happened. Answers once it is stored, or why it changes nothing. */
  tell(happening: Told["happening"], facts: readonly RowFacts[] = []): Promise<NotTaken | null> {
    const { promise, resolve } = Promise.withResolvers<NotTaken | null>();
    this.#inbox.push({ happening, facts, resolve });
    this.#work();
    return promise;
  }

  /** Looks whether there is something to do. */
  look(): void {
    void this.tell({ is: "look" });
  }

  /** The gateway stops: ends what runs in it, and begins nothing more. */
  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    for (const [row, attempt] of this.#attempts) attempt.leave(workedOn(this.plan, row)!.recovers);
  }

  /** Settles when nothing is under way that could still tell something. */
  async settled(): Promise<void> {
    while (this.#busy !== null || this.#takingOver !== null || this.#attempts.size > 0 || this.#evaluating.size > 0) {
      await Promise.all([this.#busy, this.#takingOver, ...this.#evaluating.values(), ...[...this.#attempts.values()].map(({ over }) => over)]);
    }
  }

  async #takeOver(): Promise<void> {
    const { driven, persist } = this.#parts;
    const begun = await this.#begun?.catch(() => null);
    if (begun === null || (begun && begun.outcome !== "ok")) return;
    const told = await takeOver(this, driven, persist, () => !this.#isClosed);
    if (told !== null && !this.#isClosed) void this.tell(told.happening, told.facts);
  }

  #work(): void {
    this.#busy ??= this.#workOff()
      .catch((error: unknown) => this.#rest(error, () => this.look()))
      .finally(() => {
        this.#busy = null;
        if (this.#inbox.length > 0) this.#work();
      });
  }

  /** What was to be done is not forgotten: it looks again after a while. */
  #rest(error: unknown, again: () => void): void {
    const { persist, log } = this.#parts;
    log.error("a run cannot go on", { error, runId: this.id });
    void persist.rest().then((isWorthIt) => isWorthIt && !this.#isClosed && again());
  }

  async #workOff(): Promise<void> {
    while (this.#inbox.length > 0 || this.#begin !== null) {
      const told = this.#inbox;
      this.#inbox = [];
      let refusals: readonly (NotTaken | null)[] = told.map(() => "not_stored");
      try {
        refusals = await this.#store(told);
      } finally {
        told.forEach(({ resolve }, index) => resolve(refusals[index]!));
      }
    }
  }

  /** Stores what the machine makes of it, and does what it wants then. Answers why it changes nothing, for each that was told. */
  async #store(told: readonly Told[]): Promise<readonly (NotTaken | null)[]> {
    for (let tries = 1; ; tries++) {
      const change = this.#fold(told);
      const answer = await this.#write(change);
      if (answer === "stored") {
        this.#take(change);
        return change.refusals;
      }
      this.#releaseKept();
      if (answer === "gone") return told.map(() => "gone");
      this.#parts.log.error("a run's change was not taken", { runId: this.id, answer });
      if (told.length > 1 && (answer === "refused" || tries === MOST_TRIES)) return this.#storeApart(told);
      if (tries === MOST_TRIES) throw new Error(`the change was ${answer} again and again`);
      if (answer === "refused") told = told.map(withoutResult);
      else this.#state = (await this.#parts.persist.write(() => this.#parts.driven.get(this.id)))?.state ?? this.#state;
    }
  }

  /** One of them cannot be stored, which is no reason to lose the others: a run whose step has ended unheard would never end. */
  async #storeApart(told: readonly Told[]): Promise<readonly (NotTaken | null)[]> {
    const refusals: (NotTaken | null)[] = [];
    for (const one of told) {
      try {
        refusals.push(...(await this.#store([one])));
      } catch (error) {
        this.#parts.log.error("a run cannot take in what happened", { error, runId: this.id, happening: one.happening.is });
        refusals.push("not_stored");
      }
    }
    return refusals;
  }

  /** Where an attempt will be is stored with its dispatch, so that nothing has to be stored before it begins. */
  #fold(told: readonly Told[]): Change {
    const change = fold(this.plan, this.#state, told, this.#given);
    this.#count(change.after.steps.size);
    const facts = new Map(change.facts.map((one) => [one.step, one]));
    for (const move of change.moves) {
      if (move.of !== "step") continue;
      const error = move.patch.code === "interrupted" ? interruptedWords(workedOn(this.plan, move.id)?.recovers, move.to) : move.patch.code === "too_many_rows" ? TOO_MANY_ROWS : null;
      if (error !== null) facts.set(move.id, { error, ...facts.get(move.id), step: move.id });
    }
    for (const { do: does, step } of change.begins) {
      if (does === "start") facts.set(step, { ...facts.get(step), step, host: this.#kept.get(step)?.host ?? null });
    }
    return { ...change, facts: [...facts.values()] };
  }

  #count(rows: number): void {
    if (rows === this.#rows) return;
    this.#rows = rows;
    this.#parts.counted(this);
  }

  /** Keeps a place for a step whose code runs in an isolate; where there is none it is dispatched too, and waits in line. */
  #place(step: StepFacts, row: string): Placement {
    const { places, isolates } = this.#parts;
    const found = places.find(this.run.facts, step);
    const hash = hashOf(step, this.run.bundles);
    if (found.is !== "here" || hash === null) return found;
    const kept = isolates.keep(hash, this.#keyOf(row));
    if (kept) this.#kept.set(row, kept);
    return { ...found, inLine: kept === null };
  }

  #releaseKept(): void {
    for (const kept of this.#kept.values()) kept.release();
    this.#kept.clear();
  }

  async #write(change: Change): Promise<"stored" | "lost" | "gone" | "refused"> {
    const { driven, persist } = this.#parts;
    const { moves, facts } = change;
    const begin = this.#begin;
    if (moves.length === 0 && begin === null) return "stored";
    try {
      // In one turn, and so in one commit.
      const write = (): Promise<[Begun | null, Awaited<ReturnType<typeof driven.apply>>]> => {
        // No earlier than it began, also where the clock was set back before an earlier gateway's run was taken up.
        const at = Math.max(this.run.queuedAt, this.#time());
        return Promise.all([begin && driven.begin(begin.run), moves.length > 0 ? driven.apply({ runId: this.id, at, moves, facts }) : OK]);
      };
      const [begun, applied] = await (begin && isSentAgain(begin.run) ? write() : persist.write(write));
      this.#begin = null;
      const isOwn = begun?.outcome === "duplicate" && begun.runId === this.id;
      begin?.resolve(isOwn ? OK : begun!);
      if (begun && begun.outcome !== "ok" && !isOwn) return "gone";
      if (applied.outcome === "not_found") return "gone";
      return applied.outcome === "ok" ? "stored" : "lost";
    } catch (error) {
      if (persist.hasGivenUp || begin) {
        this.#begin = null;
        begin?.reject(error);
        if (!begin) throw error;
        return "gone";
      }
      this.#parts.log.error("the store refuses a run's change", { error, runId: this.id });
      return "refused";
    }
  }

  #take({ after, begins, wants, wakeAt, refusals }: Change): void {
    // What changes nothing leaves the next look where it was.
    if (refusals.length > 0 && refusals.every((why) => why !== null)) return;
    this.#state = after;
    for (const { step, epoch } of begins) this.#beginAttempt(step, epoch);
    for (const task of wants) this.#want(task);
    this.#timer?.cancel();
    const waitMs = wakeAt === null || this.#isClosed ? null : Math.min(LONGEST_MS, Math.max(0, wakeAt - this.#parts.now()));
    this.#timer = waitMs === null ? null : this.#parts.clock.timer(waitMs, () => this.look());
    this.#parts.moved(this);
  }

  #beginAttempt(row: string, epoch: number): void {
    const { id: runId, strandId, input, bundles } = this.run;
    const { recovers, id } = workedOn(this.plan, row)!;
    const step = this.#steps.get(id)!;
    const live = new LiveAttempt({
      runId, strandId, input, bundles, step, row, epoch,
      attempt: this.#state.steps.get(row)!.attempt,
      idempotencyKey: this.#keyOf(row),
      performer: this.#parts.performers.of(step, recovers, bundles),
      kept: this.#kept.get(row) ?? null,
      tell: (happening, facts) => this.tell(happening, facts),
    }, this.#parts);
    this.#kept.delete(row);
    this.#attempts.set(row, live);
    if (this.#isClosed) live.leave(recovers);
    void live.over.finally(() => this.#attempts.get(row) === live && this.#attempts.delete(row));
  }

  #want(task: Exclude<Task, { do: "start" | "reattach" }>): void {
    if (task.do === "evaluate") return this.#evaluate(task.step);
    if (task.do === "ask") return;
    const attempt = this.#attempts.get(task.step);
    if (attempt?.epoch !== task.epoch) return;
    if (task.do === "kill") attempt.kill(task.code);
    else attempt.stop(task.code, task.code === "cancelled" ? this.#state.cancel!.graceMs : this.#parts.graceMs);
  }

  #evaluate(id: string): void {
    if (this.#isClosed || this.#evaluating.has(id)) return;
    this.#evaluating.set(id, this.#answer(id).finally(() => this.#evaluating.delete(id)));
  }

  async #answer(id: string): Promise<void> {
    let length = 0;
    const comes = (now: number): void | Promise<void> => this.#parts.room.enter((length = now));
    await this.#tellAnswer(id, comes).finally(() => this.#parts.room.leave(length));
  }

  async #tellAnswer(id: string, comes: ToEvaluate["comes"]): Promise<void> {
    let evaluated: Evaluated | null = null;
    while (evaluated === null && !this.#isClosed) {
      evaluated = await this.#evaluated(this.#steps.get(id)!, comes);
      // What was taken away may be so again at once, as where all that it could run in is being ended.
      if (evaluated === null) await this.#parts.clock.sleep(AGAIN_MS);
    }
    if (evaluated === null || this.#isClosed) return;
    const { answer, facts: { error, ...facts } } = evaluated;
    const told = [{ ...facts, ...(error !== undefined && { error: this.#parts.redactor.text(error) }) }];
    const { persist } = this.#parts;
    while ((await this.tell({ is: "evaluated", step: id, answer }, told)) === "not_stored" && (await persist.rest()));
  }

  async #evaluated(step: StepFacts, comes: ToEvaluate["comes"]): Promise<Evaluated | null> {
    const { id: runId, strandId, input, bundles } = this.run;
    try {
      return await this.#parts.evaluate({ runId, strandId, input, bundles, step, comes });
    } catch (error) {
      this.#parts.log.error("a step could not be evaluated", { error, runId, step: step.id });
      return { answer: { is: "failed", code: "INTERNAL" }, facts: { step: step.id, error: messageOf(error) } };
    }
  }

  #keyOf(row: string): string {
    return `${this.id}/${row}`;
  }
}

/** Why it ended, and what its author could do about it. */
function interruptedWords(recovers: Recovery | undefined, to: StepStatus): string {
  const words = "Loom or its machine died while it was under way.";
  if (to !== "failed_crash" || recovers === undefined) return words;
  return recovers === "crash" ? `${words} It may not be done twice, so it is left to you.` : `${words} It had no attempt left: with retries it is tried again.`;
}

/** What the store does not take of a step fails it: it would otherwise never end. */
function withoutResult(told: Told): Told {
  const { happening } = told;
  if (happening.is === "evaluated" && happening.answer.is === "ready") {
    const answer = { is: "failed", code: "RESULT_NOT_STORED" } as const;
    return { happening: { ...happening, answer }, facts: [{ step: happening.step, error: "The store did not take what its each and its input gave." }] };
  }
  if (happening.is !== "ended" || happening.outcome.is !== "completed") return told;
  const outcome = { is: "failed", code: "RESULT_NOT_STORED", final: true } as const;
  return { happening: { ...happening, outcome }, facts: [{ step: happening.step, error: "The store did not take its result." }] };
}

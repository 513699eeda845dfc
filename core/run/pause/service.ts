import type { Clock, Timer } from "../../clock/clock.ts";
import type { Commands } from "../../command/contract.ts";
import { isLoomError, LoomError } from "../../errors/loomError.ts";
import { newId } from "../../ids/uuid.ts";
import { KeyedQueue } from "../../keyedQueue.ts";
import type { Log } from "../../log/log.ts";
import { Sparing } from "../../log/sparing.ts";
import type { StrandIndex } from "../../registry/strandIndex.ts";
import type { PauseEntry, PauseRecord, Store, StrandRecord } from "../../store/contract.ts";
import { untilStored } from "../../store/untilStored.ts";
import { Turns } from "../../turns.ts";
import type { PauseReport, Pauses } from "./contract.ts";
import { pauseEntry, whyNotSwitched } from "./entry.ts";
import { isUnsettled, nextMove, wantedOf, type Switch } from "./moves.ts";
import { pauseReport } from "./report.ts";

/** Jobs of one owner that are switched at the same time, and the longest that one of them may have to wait. The others wait here, where nothing grows too old to be sent. */
const AT_ONCE = 8;
const LONGEST_WAIT_MS = 600_000;
/** How long a job is left alone after a fault, whatever happens meanwhile: what it asks for may be what wakes it. */
const REST_MS = 30_000;
/** What could not be put back is shown for so long after the end of a pause. */
const SHOWN_MS = 86_400_000;

export interface PauseServiceOptions {
  readonly store: Pick<Store, "pauses" | "commands">;
  readonly commands: Commands;
  readonly index: StrandIndex;
  /** How long a source's owner makes the last of so many switches wait, in milliseconds; null: not known. */
  readonly askWaitMs: (sourceId: string, ahead: number) => number | null;
  readonly clock: Clock;
  readonly log: Log;
}

type Open = Omit<PauseRecord, "entries"> & { readonly entries: Map<string, PauseEntry> };

/**
 * Holds strands still, and lets them go on exactly as they were. Woven strands are paused by the record alone; the owners of mirrored
 * ones are asked to switch them, one command each, after it is stored how they stood.
 */
export class PauseService implements Pauses {
  readonly #options: PauseServiceOptions;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  readonly #running = new DisposableStack();
  /** As stored, by id; those that ended too, for as long as they are shown. */
  readonly #pauses = new Map<string, Open>();
  /** Commands of pauses that are under way, by source, as far as the pass that goes on has come. */
  readonly #underWay = new Map<string, number>();
  /** Jobs of pauses that are left alone after a fault. */
  readonly #resting = new Map<string, Timer>();
  readonly #faults: Sparing;
  /** What people ask for, one after the other: each holds an entry of every job until it is stored. */
  readonly #asked = new KeyedQueue();
  #loaded: Promise<void> | null = null;
  #woken = false;
  #working: Promise<void> | null = null;

  constructor(options: PauseServiceOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#faults = new Sparing(() => options.clock.mono());
  }

  /** Goes on with pauses that were under way when Loom went down. Owners are asked from now on, so plugins are to be loaded. */
  async start(): Promise<void> {
    const { index } = this.#options;
    await this.#load();
    for (const pause of this.#open()) await this.#adoptCommands(pause);
    this.#running.defer(
      index.on(({ events }) => {
        if (events.some(({ type }) => /^(command|strand|source)\./.test(type))) this.#wake();
      }),
    );
    this.#wake();
  }

  /** Switches nothing more; resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#running.dispose();
    for (const timer of this.#resting.values()) timer.cancel();
    this.#stop.abort(new LoomError("STOPPING", "Loom is stopping."));
    await this.settled();
  }

  /** Resolves when there is nothing to do until something happens. */
  async settled(): Promise<void> {
    while (this.#working) await this.#working;
  }

  async report(): Promise<PauseReport> {
    await this.#load();
    for (const [id, { endedAt }] of this.#pauses) if (endedAt !== null && endedAt < this.#clock.now() - SHOWN_MS) this.#pauses.delete(id);
    const { index, askWaitMs } = this.#options;
    return pauseReport({ pauses: [...this.#pauses.values()].map(recordOf), strands: [...index.strands()], strand: (id) => index.strand(id), askWaitMs });
  }

  pause(strandId: string | null, by: string): Promise<PauseReport> {
    return this.#asked.add("", () => this.#pause(strandId, by));
  }

  async #pause(strandId: string | null, by: string): Promise<PauseReport> {
    const { store, index } = this.#options;
    this.#stop.signal.throwIfAborted();
    await this.#load();
    const entries = strandId === null ? this.#entriesOfAll() : this.#entriesOf(strandId);
    const known = this.#openOf(strandId);
    const at = this.#clock.now();
    const done = known ? await store.pauses.again(known.id, at, entries) : await store.pauses.begin({ id: newId(this.#clock), strandId, by, at, entries });
    // Somebody else was faster, and it is paused, or it has just ended.
    if (done.outcome !== "ok") throw new LoomError("CONFLICT", "It was paused or resumed at this very moment.");
    this.#forgetEarlier(done.pause);
    this.#keep(done.pause);
    await index.settled();
    this.#wake();
    return this.report();
  }

  resume(strandId: string | null, by: string): Promise<PauseReport> {
    return this.#asked.add("", () => this.#resume(strandId, by));
  }

  async #resume(strandId: string | null, by: string): Promise<PauseReport> {
    const { store, index } = this.#options;
    this.#stop.signal.throwIfAborted();
    await this.#load();
    const open = this.#openOf(strandId);
    const done = open && (await store.pauses.resume(open.id, by, this.#clock.now()));
    if (done?.outcome !== "ok") throw notPaused(strandId, this.#openOf(null) !== undefined);
    this.#keep(done.pause);
    await index.settled();
    this.#wake();
    return this.report();
  }

  /** Reads what is stored, once: people may ask before owners can be. */
  #load(): Promise<void> {
    this.#loaded ??= this.#options.store.pauses.list(this.#clock.now() - SHOWN_MS).then(
      (pauses) => pauses.forEach((pause) => this.#keep(pause)),
      (error: unknown) => {
        this.#loaded = null;
        throw error;
      },
    );
    return this.#loaded;
  }

  #entriesOfAll(): PauseEntry[] {
    const { index } = this.#options;
    const elsewhere = new Set(this.#open().flatMap(({ strandId, entries }) => (strandId === null ? [] : [...entries.keys()])));
    return [...index.strands()]
      .filter(({ id, kind, enabled, goneAt }) => kind === "mirrored" && enabled && goneAt === null && !elsewhere.has(id))
      .map((strand) => pauseEntry(strand, strand.sourceId === null ? undefined : index.source(strand.sourceId)));
  }

  /** Of a single strand, which may be a scheduler's own. */
  #entriesOf(strandId: string): PauseEntry[] {
    const { index } = this.#options;
    const strand = index.strand(strandId);
    if (!strand || strand.goneAt !== null) throw new LoomError("NOT_FOUND", `There is no strand ${strandId}.`);
    if (strand.kind === "woven") return [];
    const why = whyNotSwitched(strand.sourceId === null ? undefined : index.source(strand.sourceId));
    if (why !== null) throw new LoomError("COMMAND_UNSUPPORTED", why);
    const everything = this.#openOf(null)?.entries.get(strandId);
    if (everything && (everything.state === "pending" || everything.state === "paused")) throw new LoomError("CONFLICT", "It is paused with everything else.", { help: "Resume everything, and pause it alone then." });
    if (!strand.enabled && !this.#openOf(strandId)) throw new LoomError("CONFLICT", "It is off, so there is nothing to pause.", { help: "Nothing starts it while it is off." });
    return strand.enabled ? [pauseEntry({ ...strand, system: false }, index.source(strand.sourceId!))] : [];
  }

  #open(): Open[] {
    return [...this.#pauses.values()].filter(({ endedAt }) => endedAt === null);
  }

  #openOf(strandId: string | null): Open | undefined {
    return this.#open().find((pause) => pause.strandId === strandId);
  }

  /** Of the pauses of a strand that ended the last one alone is shown, and who pauses it again and again is not to fill memory. */
  #forgetEarlier({ id, strandId }: PauseRecord): void {
    for (const other of this.#pauses.values()) if (other.strandId === strandId && other.id !== id) this.#pauses.delete(other.id);
  }

  #keep(pause: PauseRecord): void {
    this.#pauses.set(pause.id, { ...pause, entries: new Map(pause.entries.map((entry) => [entry.strandId, entry])) });
  }

  /** A command that was asked before its entry could name it, when Loom died in between. */
  async #adoptCommands({ id, by, phase, phaseAt, entries }: Open): Promise<void> {
    for (const entry of entries.values()) {
      if (entry.commandId !== null || !isUnsettled(entry, phase)) continue;
      const { items } = await this.#options.store.commands.list({ strandId: entry.strandId, limit: 5 });
      const asked = items.find((command) => command.by === askedBy(by) && command.kind === wantedOf(phase) && command.askedAt >= phaseAt && command.status !== "refused");
      if (asked) await this.#move(id, entry, { ...entry, commandId: asked.id });
    }
  }

  #wake(): void {
    this.#woken = true;
    this.#working ??= this.#work().finally(() => (this.#working = null));
  }

  async #work(): Promise<void> {
    const turns = new Turns(() => this.#clock.mono());
    while (this.#woken && !this.#stop.signal.aborted) {
      this.#woken = false;
      this.#countUnderWay();
      for (const { id, entries } of this.#open()) {
        for (const strandId of entries.keys()) {
          const job = `${id} ${strandId}`;
          if (this.#resting.has(job)) continue;
          await this.#advance(id, strandId).catch((error: unknown) => this.#rest(job, error));
          await turns.pass();
        }
      }
    }
  }

  /** Counted once for all jobs that are gone through: there may be thousands. */
  #countUnderWay(): void {
    this.#underWay.clear();
    for (const { entries } of this.#open()) for (const entry of entries.values()) this.#countAs(entry, 1);
  }

  /** Adds to what is under way at its owner, where a command of this job's is. */
  #countAs({ commandId, strandId }: PauseEntry, more: 1 | -1): void {
    const sourceId = this.#options.index.strand(strandId)?.sourceId;
    if (commandId !== null && sourceId != null) this.#underWay.set(sourceId, (this.#underWay.get(sourceId) ?? 0) + more);
  }

  /** Brings one job as far as it can be brought now. */
  async #advance(id: string, strandId: string): Promise<void> {
    const { store, index, commands } = this.#options;
    for (;;) {
      const pause = this.#pauses.get(id);
      const entry = pause?.entries.get(strandId);
      if (!pause || !entry || pause.endedAt !== null || this.#stop.signal.aborted) return;
      const strand = index.strand(strandId);
      const command = entry.commandId === null ? null : await store.commands.get(entry.commandId);
      const move = nextMove(pause.phase, entry, strand, command, this.#isReachable(strand));
      if (move.is === "wait") return;
      if (move.is === "withdraw") return void (await commands.withdraw(entry.commandId!, pause.by).catch(ignoreConflict));
      if (move.is === "move") {
        if (!(await this.#move(id, entry, move.to))) return;
        continue;
      }
      if (!this.#mayAsk(strand!.sourceId)) return;
      if (!(await this.#ask(pause, entry, move.kind))) return;
    }
  }

  /** Asks the owner; false: there is nothing more to do now. */
  async #ask(pause: Open, entry: PauseEntry, kind: Switch): Promise<boolean> {
    const { commands } = this.#options;
    try {
      const asked = await untilStored(this.#clock, this.#stop.signal, () => commands.ask({ strandId: entry.strandId, kind, by: askedBy(pause.by) }));
      return this.#move(pause.id, entry, { ...entry, commandId: asked.id });
    } catch (error) {
      if (!isLoomError(error) || error.code !== "COMMAND_UNSUPPORTED") throw error;
      return this.#move(pause.id, entry, { ...entry, state: pause.phase === "pausing" ? "left_out" : "failed", reason: error.message });
    }
  }

  async #move(id: string, from: PauseEntry, to: PauseEntry): Promise<boolean> {
    const moved = await untilStored(this.#clock, this.#stop.signal, () => this.#options.store.pauses.move(id, from, to, this.#clock.now()));
    const pause = this.#pauses.get(id);
    if (moved.outcome !== "ok" || !pause) return false;
    pause.entries.set(to.strandId, to);
    this.#countAs(from, -1);
    this.#countAs(to, 1);
    if (moved.endedAt !== null) this.#pauses.set(id, { ...pause, endedAt: moved.endedAt });
    // A place is free for the next.
    if (from.commandId !== null) this.#woken = true;
    return true;
  }

  /** Whether its owner was read the last time. */
  #isReachable(strand: StrandRecord | undefined): boolean {
    const source = strand?.sourceId == null ? undefined : this.#options.index.source(strand.sourceId);
    return source === undefined || source.health.freshness === "fresh" || source.health.freshness === "suspect";
  }

  #mayAsk(sourceId: string | null): boolean {
    const underWay = sourceId === null ? 0 : (this.#underWay.get(sourceId) ?? 0);
    if (sourceId === null || underWay === 0) return true;
    return underWay < AT_ONCE && (this.#options.askWaitMs(sourceId, underWay) ?? 0) <= LONGEST_WAIT_MS;
  }

  #rest(job: string, error: unknown): void {
    if (this.#stop.signal.aborted) return;
    if (this.#faults.next() !== "left out") this.#options.log.error("a pause could not go on with a job, and tries it again", { job, restMs: REST_MS, error });
    const goOn = (): void => {
      this.#resting.delete(job);
      this.#wake();
    };
    this.#resting.set(job, this.#clock.timer(REST_MS, goOn));
  }
}

/** So that history shows that the pause asked, and for whom. */
function askedBy(by: string): string {
  return `${by} (pause)`;
}

function recordOf(pause: Open): PauseRecord {
  return { ...pause, entries: [...pause.entries.values()] };
}

function ignoreConflict(error: unknown): void {
  // It was sent already, and is switched back when it is over.
  if (!isLoomError(error) || error.code !== "CONFLICT") throw error;
}

function notPaused(strandId: string | null, isAll: boolean): LoomError {
  if (strandId === null) return new LoomError("NOT_FOUND", "Nothing is paused as a whole.", { help: "A strand that was paused by itself is resumed by its id." });
  return new LoomError("NOT_FOUND", `${strandId} is not paused by itself.`, { help: isAll ? "Everything is paused: resume everything." : "There is nothing to resume." });
}

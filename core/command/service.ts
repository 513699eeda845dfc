import { isDeepStrictEqual } from "node:util";
import { brief } from "../brief.ts";
import type { Clock } from "../clock/clock.ts";
import { within } from "../clock/within.ts";
import { isLoomError, LoomError, messageOf } from "../errors/loomError.ts";
import { newId } from "../ids/uuid.ts";
import { KeyedQueue } from "../keyedQueue.ts";
import type { Log } from "../log/log.ts";
import type { Answer, Ask, JsonObject } from "../mirror/contract.ts";
import type { SourceMirror } from "../mirror/sourceMirror.ts";
import type { StrandIndex } from "../registry/strandIndex.ts";
import type { CommandName, CommandRecord, CommandStatus, Page, Store, StrandRecord } from "../store/contract.ts";
import { untilStored } from "../store/untilStored.ts";
import type { Commands, Wanted } from "./contract.ts";
import { Lane } from "./lane.ts";
import { readBack, type Finding } from "./readBack.ts";
import { OwnCommands } from "./own.ts";
import { addCommand, givenOf, LONGEST_QUEUE_MS, TOO_OLD } from "./rows.ts";
import type { WovenCommands } from "./woven.ts";

type Move = Store["commands"]["move"];

/** How long an owner may take to answer before its answer is called unknown. */
const ANSWER_DEADLINE_MS = 30_000;
/** Looks that a confirmation may take: an owner may show its own change late. */
const READ_BACK_LOOKS = 4;
const READ_BACK_PAUSE_MS = 300;
/** Older commands are left as they are: nobody waits for them. */
const READ_BACK_WITHIN_MS = 86_400_000;
/** A history may go on for so long before the command is tried anew. */
const LONGEST_IMPORT_MS = 3_600_000;
/** After a fault of ours, until it is tried again. */
const REST_MS = 30_000;
/** So many commands of one owner may be under way: each is kept in memory until it is sent, which may be in an hour. */
const MOST_UNDER_WAY = 1_000;
const RETRY_MS = 60_000;
/** Longest reason that is kept of an owner's error, in characters. */
const LONGEST_REASON = 1_000;
const NO_SUCH_COMMAND = "Check the id; `loom enable`, `loom disable` and `loom run` print it where the command can be withdrawn.";

/**
 * Asks the owners of mirrored jobs, and says done only when the owner shows it. Every step of a command is stored
 * before it is taken; commands of one strand go one after the other.
 */
export class CommandService implements Commands {
  readonly #store: Store;
  readonly #index: StrandIndex;
  readonly #mirror: (sourceId: string) => SourceMirror | undefined;
  readonly #own: OwnCommands;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #stop = new AbortController();
  /** Per strand, so that its commands go one after the other. */
  readonly #queue = new KeyedQueue();
  /** Per key that tells repeats. */
  readonly #repeats = new KeyedQueue();
  /** Per source and kind of ask, so that its owner's limit is kept. */
  readonly #lanes = new Map<string, Lane>();
  /** Asked in this process and not over, with their sources: nobody died and left them behind. */
  readonly #underWay = new Map<string, string | null>();
  /** Commands whose effect has to be read off their owner, until it can be read. */
  readonly #unknown = new Map<string, CommandRecord>();
  readonly #readingBack = new Set<Promise<void>>();
  #unsubscribe: () => void = () => {};

  constructor(options: { store: Store; index: StrandIndex; mirror: (sourceId: string) => SourceMirror | undefined; woven: WovenCommands; clock: Clock; log: Log }) {
    this.#store = options.store;
    this.#index = options.index;
    this.#mirror = options.mirror;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#own = new OwnCommands({ commands: options.store.commands, woven: options.woven, clock: options.clock, log: options.log, stop: this.#stop.signal });
  }

  /** Settles what a gateway that died left behind: never sent goes on waiting, sent is unknown until it is read back. */
  async start(): Promise<void> {
    const items = await this.#unsettled();
    this.#unsubscribe = this.#index.on(() => this.#readBackWhatCanBe());
    const recent = this.#clock.now() - READ_BACK_WITHIN_MS;
    for (const command of items.toReversed()) {
      if (command.sourceId === null) {
        if (command.status === "asked") void this.#own.takeUp(command);
        continue;
      }
      if (this.#underWay.has(command.id)) continue;
      if (command.status === "asked") this.#enqueue(command);
      if (command.status === "sent") await this.#move(command, ["sent"], "unknown", { reason: "Loom stopped before the answer came." });
      if (command.status !== "asked" && command.askedAt > recent) this.#unknown.set(command.id, command);
    }
    this.#readBackWhatCanBe();
  }

  async #unsettled(): Promise<CommandRecord[]> {
    const all: CommandRecord[] = [];
    let cursor: string | null = null;
    do {
      const page: Page<CommandRecord> = await this.#store.commands.list({ status: ["asked", "sent", "unknown"], cursor, limit: 1000 });
      all.push(...page.items);
      cursor = page.next;
    } while (cursor !== null);
    return all;
  }

  /** Sends nothing more; resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#unsubscribe();
    this.#stop.abort(new LoomError("STOPPING", "Loom is stopping."));
    await Promise.all([this.#queue.settled(), this.#own.settled(), ...this.#readingBack]);
  }

  async ask(wanted: Wanted): Promise<CommandRecord> {
    const { strandId, onceKey = null } = wanted;
    if (onceKey === null) return this.#ask(wanted);
    // One after the other, so that the second finds what became of the first.
    return this.#repeats.add(JSON.stringify([strandId, onceKey]), async () => (await this.#asked(wanted, { strandId, onceKey })) ?? this.#ask(wanted));
  }

  /** What was asked with this key before, as it stands now; null: nothing was. */
  async #asked(wanted: Wanted, name: CommandName): Promise<CommandRecord | null> {
    const known = await this.#store.commands.whole(name);
    if (!known) return null;
    const { command, given } = known;
    if (command.kind !== wanted.kind || !isDeepStrictEqual(given, givenOf(wanted))) {
      throw new LoomError("CONFLICT", "The idempotency key was used for something else before.", { help: "Use a new key for each thing that you ask." });
    }
    // What came of it could not be stored then.
    if (command.sourceId === null && command.status === "asked") await this.#own.takeUp(command);
    return (await this.#store.commands.get(command.id)) ?? command;
  }

  async #ask(wanted: Wanted): Promise<CommandRecord> {
    const strand = this.#index.strand(wanted.strandId);
    if (!strand) throw new LoomError("NOT_FOUND", `There is no strand ${wanted.strandId}.`);
    if (this.#stop.signal.aborted) throw new LoomError("STOPPING", "Loom is stopping.");
    if (strand.kind === "woven") return this.#own.ask(strand, wanted);
    this.#refuseUnsupported(strand, wanted);
    this.#refuseTooMany(strand);
    const id = newId(this.#clock);
    this.#underWay.set(id, strand.sourceId);
    try {
      const added = await addCommand(this.#store.commands, { id, strand, wanted, at: this.#clock.now() });
      // It is stored, so it is carried out: without the wait, where that cannot be told.
      const command = await this.#tellWait(added).catch((error: unknown) => {
        this.#log.warn("how long a command waits for its owner could not be told", { command: id, error });
        return added;
      });
      this.#enqueue(command, strand.definition);
      return command;
    } catch (error) {
      this.#underWay.delete(id);
      throw error;
    }
  }

  #refuseUnsupported(strand: StrandRecord, { kind, input }: Wanted): void {
    if (kind === "reset") throw new LoomError("COMMAND_UNSUPPORTED", "Only a workflow has a file that says whether it is on.");
    if (input !== undefined) throw new LoomError("COMMAND_UNSUPPORTED", "Only a workflow takes an input.");
    const source = strand.sourceId ? this.#index.source(strand.sourceId) : undefined;
    if (!source) throw new LoomError("COMMAND_UNSUPPORTED", "Nothing on this node can ask this strand's owner.");
    if (strand.goneAt !== null) throw new LoomError("COMMAND_UNSUPPORTED", "Its owner does not have the job any more.");
    const can = kind === "run" ? source.can.runNow : source.can.setEnabled;
    if (can !== true) throw new LoomError("COMMAND_UNSUPPORTED", can);
  }

  #refuseTooMany({ sourceId }: StrandRecord): void {
    let count = 0;
    for (const source of this.#underWay.values()) if (source === sourceId) count++;
    if (count >= MOST_UNDER_WAY) throw new LoomError("RATE_LIMITED", `${MOST_UNDER_WAY} commands wait for the owner of this strand already.`, { retryAfterMs: RETRY_MS });
  }

  async withdraw(id: string, by: string): Promise<CommandRecord> {
    if (this.#own.isUnderWay(id)) throw new LoomError("CONFLICT", "It is being carried out already, so it can no longer be withdrawn.", { help: "Cancel the run that it started, or switch back what it switched." });
    const moved = await this.#store.commands.move(id, ["asked"], "refused", this.#clock.now(), { reason: `Withdrawn by ${by} before it was sent.` });
    if (moved.outcome === "not_found") throw new LoomError("NOT_FOUND", `There is no command ${id}.`, { help: NO_SUCH_COMMAND });
    if (moved.outcome === "lost") throw new LoomError("CONFLICT", "It was sent already, so it can no longer be withdrawn.", { help: "Wait for what its owner says; what it switched can be switched back." });
    return moved.command;
  }

  /** Says how long the command will probably wait for its owner's limit. */
  async #tellWait(command: CommandRecord): Promise<CommandRecord> {
    const expectedWaitMs = this.#lane(command)?.estimate() ?? 0;
    if (expectedWaitMs === 0) return command;
    const moved = await this.#move(command, ["asked"], "asked", { expectedWaitMs });
    return moved.outcome === "ok" ? moved.command : command;
  }

  /**
   * Asks until the owner takes it, says no, or the command has waited for too long.
   * @param definition the job as it was shown to who asked; what a gateway that died left behind goes by what is known now
   */
  async #carryOut(command: CommandRecord, definition?: JsonObject): Promise<void> {
    for (;;) {
      const answer = await this.#askOnce(command, definition);
      if (answer === null) return;
      const { retryAfterMs, reason } = answer;
      const waitMs = this.#clock.now() - command.askedAt + (retryAfterMs ?? 0);
      if (retryAfterMs === undefined || waitMs > LONGEST_QUEUE_MS) return void (await this.#move(command, ["sent"], "refused", { reason, expectedWaitMs: retryAfterMs ?? null }));
      // It took nothing in, so it may be asked again.
      const again = await this.#move(command, ["sent"], "asked", { reason, expectedWaitMs: waitMs });
      if (again.outcome !== "ok") return;
      await this.#clock.sleep(retryAfterMs, this.#stop.signal);
    }
  }

  /** Waits for its turn and asks; the owner's refusal, or null when there is nothing more to do. */
  async #askOnce(command: CommandRecord, definition: JsonObject | undefined): Promise<Extract<Answer, { accepted: false }> | null> {
    const leave = await this.#lane(command)?.enter(this.#stop.signal);
    const strand = this.#index.strand(command.strandId);
    const mirror = command.sourceId ? this.#mirror(command.sourceId) : undefined;
    let asking: Promise<Answer | "unknown">;
    try {
      const why = whyNot(command, strand, mirror, this.#clock.now());
      if (why !== null) {
        await this.#move(command, ["asked"], "refused", { reason: why });
        return null;
      }
      const sent = await this.#move(command, ["asked"], "sent", { reason: null });
      if (sent.outcome !== "ok") return null;
      command = sent.command;
      asking = this.#send(command, strand!, mirror!, definition ?? strand!.definition);
    } finally {
      leave?.();
    }
    const answer = await asking;
    if (answer === "unknown") this.#readBackLater(command);
    else if (!answer.accepted) return answer;
    else await this.#confirm(command, answer, mirror!);
    return null;
  }

  /** Null for a strand that nothing mirrors. */
  #lane({ sourceId, kind }: CommandRecord): Lane | null {
    if (sourceId === null) return null;
    const ask = kind === "run" ? "runNow" : "setEnabled";
    const key = `${sourceId} ${ask}`;
    const waitMs = (ahead: number): number => this.#mirror(sourceId)?.source.askWaitMs?.(ask, ahead) ?? 0;
    if (!this.#lanes.has(key)) this.#lanes.set(key, new Lane(this.#clock, waitMs));
    return this.#lanes.get(key)!;
  }

  async #send(command: CommandRecord, strand: StrandRecord, mirror: SourceMirror, definition: JsonObject): Promise<Answer | "unknown"> {
    const { source } = mirror;
    const job = strand.ownerJobId;
    const noAnswer = (): Error => new Error(`no answer within ${ANSWER_DEADLINE_MS / 1000} s`);
    const asked = (signal: AbortSignal): Promise<Answer> | undefined => {
      const ask: Ask = { by: command.by, definition, signal };
      return command.kind === "run" ? source.runNow?.(job, ask) : source.setEnabled?.(job, command.kind === "enable", ask);
    };
    try {
      return (await within(this.#clock, ANSWER_DEADLINE_MS, noAnswer, asked, this.#stop.signal)) ?? { accepted: false, reason: "The owner does not offer this." };
    } catch (error) {
      // A refusal before anything was sent is certain; anything else may have reached the owner.
      if (isLoomError(error) && (error.code === "SOURCE_NEEDS_CONFIGURATION" || error.code === "SOURCE_REFUSED")) return { accepted: false, reason: messageOf(error) };
      await this.#move(command, ["sent"], "unknown", { reason: brief(messageOf(error), LONGEST_REASON) });
      return "unknown";
    }
  }

  async #confirm(command: CommandRecord, answer: Extract<Answer, { accepted: true }>, mirror: SourceMirror): Promise<void> {
    if (command.kind === "run") {
      await this.#move(command, ["sent"], "confirmed", answer.ownerRunId === undefined ? {} : { ownerRunId: answer.ownerRunId });
      await mirror.look();
      return;
    }
    for (let looks = 0; looks < READ_BACK_LOOKS; looks++) {
      if ((await mirror.look()) && (await this.#find(command)) === "done") return void (await this.#move(command, ["sent"], "confirmed"));
      await this.#clock.sleep(READ_BACK_PAUSE_MS, this.#stop.signal);
    }
    await this.#move(command, ["sent"], "unknown", { reason: "The owner took it, but does not show it yet." });
    this.#readBackLater(command);
  }

  #readBackLater(command: CommandRecord): void {
    this.#unknown.set(command.id, command);
    this.#readBackWhatCanBe();
  }

  /** Starts to read back the commands whose source is mirrored now; the others wait until it is. */
  #readBackWhatCanBe(): void {
    for (const command of this.#unknown.values()) {
      const mirror = command.sourceId ? this.#mirror(command.sourceId) : undefined;
      if (!mirror || this.#stop.signal.aborted) continue;
      this.#unknown.delete(command.id);
      this.#inBackground(command, this.#settle(command, mirror).catch((error: unknown) => this.#tryLater(command, error)));
    }
  }

  #inBackground(command: CommandRecord, work: Promise<void>): void {
    const done: Promise<void> = work.catch(this.#failed(command)).finally(() => this.#readingBack.delete(done));
    this.#readingBack.add(done);
  }

  /** A fault says nothing of what the owner did: it is read back after a while. */
  async #tryLater(command: CommandRecord, error: unknown): Promise<void> {
    this.#failed(command)(error);
    await this.#clock.sleep(REST_MS, this.#stop.signal);
    this.#readBackLater(command);
  }

  /** Looks until the owner shows what became of the command; begins anew when its source is mirrored anew. */
  async #settle(command: CommandRecord, mirror: SourceMirror): Promise<void> {
    let finding: Finding = "not_yet";
    while (finding === "not_yet") {
      if (await mirror.look()) {
        // How long that takes is the owner's affair, and not the stop's.
        await within(this.#clock, LONGEST_IMPORT_MS, () => new Error("its runs are still being read"), () => mirror.imported(), this.#stop.signal);
        finding = await this.#find(command);
      } else if (this.#mirror(mirror.id) !== mirror) return this.#readBackLater(command);
      if (finding === "not_yet") await this.#clock.sleep(READ_BACK_PAUSE_MS * 10, this.#stop.signal);
    }
    if (finding === "done") await this.#move(command, ["unknown"], "confirmed");
    if (finding === "not_done") await this.#move(command, ["unknown"], "refused", { reason: "It did not reach the owner: the job stands as before." });
  }

  async #find(command: CommandRecord): Promise<Finding> {
    await this.#index.settled();
    const { items } = command.kind === "run" ? await this.#store.runs.list({ strandId: command.strandId, limit: 20 }) : { items: [] };
    return readBack(command, this.#index.strand(command.strandId), items);
  }

  /** A step that is not stored would leave the command hanging, so a busy store is waited for. */
  #move(command: CommandRecord, from: readonly CommandStatus[], to: CommandStatus, patch?: Parameters<Move>[4]): ReturnType<Move> {
    return untilStored(this.#clock, this.#stop.signal, () => this.#store.commands.move(command.id, from, to, this.#clock.now(), patch));
  }

  #enqueue(command: CommandRecord, definition?: JsonObject): void {
    this.#underWay.set(command.id, command.sourceId);
    void this.#queue
      .add(command.strandId, () => this.#carryOut(command, definition).catch((error: unknown) => this.#giveUp(command, error)))
      .catch(this.#failed(command))
      .finally(() => this.#underWay.delete(command.id));
  }

  /** No fault leaves a command as if it were on its way: one that was not sent never will be, and what came of the others is read back. */
  async #giveUp(command: CommandRecord, error: unknown): Promise<void> {
    if (this.#stop.signal.aborted) return;
    const refused = await this.#move(command, ["asked"], "refused", { reason: "Loom failed before it was sent; its log says why." });
    if (refused.outcome === "ok") return this.#failed(command)(error);
    const unknown = await this.#move(command, ["sent"], "unknown", { reason: "Loom failed before it was told the answer; its log says why." });
    if (unknown.outcome === "ok") this.#inBackground(command, this.#tryLater(unknown.command, error));
    else this.#failed(command)(error);
  }

  #failed(command: CommandRecord): (error: unknown) => void {
    return (error) => {
      if (!this.#stop.signal.aborted) this.#log.error("a command could not be carried out", { command: command.id, error });
    };
  }
}

/** Why a command is not sent; null: it may be. */
function whyNot(command: CommandRecord, strand: StrandRecord | undefined, mirror: SourceMirror | undefined, now: number): string | null {
  if (now - command.askedAt > LONGEST_QUEUE_MS) return TOO_OLD;
  if (!mirror) return "The job's owner cannot be asked just now: its plugin is not loaded.";
  return strand && strand.goneAt === null ? null : "Its owner does not have the job any more.";
}

import type { Clock } from "../clock/clock.ts";
import { within } from "../clock/within.ts";
import { isLoomError, LoomError, messageOf } from "../errors/loomError.ts";
import { newId } from "../ids/uuid.ts";
import type { Log } from "../log/log.ts";
import type { Answer, Ask } from "../mirror/contract.ts";
import type { SourceMirror } from "../mirror/sourceMirror.ts";
import type { StrandIndex } from "../registry/strandIndex.ts";
import type { CommandKind, CommandRecord, Store, StrandRecord } from "../store/contract.ts";
import { untilStored } from "../store/untilStored.ts";
import type { Commands } from "./contract.ts";
import { readBack, type Finding } from "./readBack.ts";

/** How long an owner may take to answer before its answer is called unknown. */
const ANSWER_DEADLINE_MS = 30_000;
/** Looks that a confirmation may take: an owner may show its own change late. */
const READ_BACK_LOOKS = 4;
const READ_BACK_PAUSE_MS = 300;
/** Older commands are left as they are: nobody waits for them. */
const READ_BACK_WITHIN_MS = 86_400_000;

/**
 * Asks the owners of mirrored jobs, and says done only when the owner shows it. Every step of a command is stored
 * before it is taken; commands of one strand go one after the other.
 */
export class CommandService implements Commands {
  readonly #store: Store;
  readonly #index: StrandIndex;
  readonly #mirror: (sourceId: string) => SourceMirror | undefined;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #stop = new AbortController();
  /** Per strand, so that its commands go one after the other. */
  readonly #queues = new Map<string, Promise<void>>();
  /** Asked in this process and not over: nobody died and left them behind. */
  readonly #underWay = new Set<string>();
  /** Commands whose effect has to be read off their owner, until it can be read. */
  readonly #unknown = new Map<string, CommandRecord>();
  readonly #readingBack = new Set<Promise<void>>();
  #unsubscribe: () => void = () => {};

  constructor(options: { store: Store; index: StrandIndex; mirror: (sourceId: string) => SourceMirror | undefined; clock: Clock; log: Log }) {
    this.#store = options.store;
    this.#index = options.index;
    this.#mirror = options.mirror;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  /** Settles what a gateway that died left behind: never sent is refused, sent is unknown until it is read back. */
  async start(): Promise<void> {
    this.#unsubscribe = this.#index.on(() => this.#readBackWhatCanBe());
    const { items } = await this.#store.commands.list({ status: ["asked", "sent", "unknown"], limit: 1000 });
    const recent = this.#clock.now() - READ_BACK_WITHIN_MS;
    for (const command of items) {
      if (this.#underWay.has(command.id)) continue;
      if (command.status === "asked") await this.#move(command, ["asked"], "refused", { reason: "Loom stopped before it was sent; ask again if it is still wanted." });
      if (command.status === "sent") await this.#move(command, ["sent"], "unknown", { reason: "Loom stopped before the answer came." });
      if (command.status !== "asked" && command.askedAt > recent) this.#unknown.set(command.id, command);
    }
    this.#readBackWhatCanBe();
  }

  /** Sends nothing more; resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#unsubscribe();
    this.#stop.abort(new LoomError("STOPPING", "Loom is stopping."));
    await Promise.all([...this.#queues.values(), ...this.#readingBack]);
  }

  async ask(wanted: { readonly strandId: string; readonly kind: CommandKind; readonly by: string }): Promise<CommandRecord> {
    const strand = this.#index.strand(wanted.strandId);
    if (!strand) throw new LoomError("NOT_FOUND", `There is no strand ${wanted.strandId}.`);
    if (this.#stop.signal.aborted) throw new LoomError("STOPPING", "Loom is stopping.");
    this.#refuseUnsupported(strand, wanted.kind);
    const id = newId(this.#clock);
    this.#underWay.add(id);
    try {
      const { sourceId } = strand;
      const added = await this.#store.commands.add({ id, strandId: strand.id, sourceId, kind: wanted.kind, by: wanted.by, askedAt: this.#clock.now() });
      if (added.outcome === "duplicate") throw new LoomError("CONFLICT", "This command is stored already.");
      this.#enqueue(added.command, () => this.#carryOut(added.command));
      return added.command;
    } catch (error) {
      this.#underWay.delete(id);
      throw error;
    }
  }

  #refuseUnsupported(strand: StrandRecord, kind: CommandKind): void {
    const source = strand.sourceId ? this.#index.source(strand.sourceId) : undefined;
    if (!source) throw new LoomError("COMMAND_UNSUPPORTED", "Nothing on this node can ask this strand's owner.");
    const can = kind === "run" ? source.can.runNow : source.can.setEnabled;
    if (can !== true) throw new LoomError("COMMAND_UNSUPPORTED", can);
  }

  async #carryOut(command: CommandRecord): Promise<void> {
    const strand = this.#index.strand(command.strandId);
    const mirror = command.sourceId ? this.#mirror(command.sourceId) : undefined;
    if (!strand || !mirror) return void (await this.#move(command, ["asked"], "refused", { reason: "The job's owner cannot be asked just now: its plugin is not loaded." }));
    const sent = await this.#move(command, ["asked"], "sent");
    if (sent.outcome !== "ok") return;
    const answer = await this.#send(sent.command, strand, mirror);
    if (answer === "unknown") return this.#readBackLater(sent.command);
    if (!answer.accepted) return void (await this.#move(command, ["sent"], "refused", { reason: answer.reason, expectedWaitMs: answer.retryAfterMs ?? null }));
    await this.#confirm(sent.command, answer, mirror);
  }

  async #send(command: CommandRecord, strand: StrandRecord, mirror: SourceMirror): Promise<Answer | "unknown"> {
    const { source } = mirror;
    const job = strand.ownerJobId;
    const noAnswer = (): Error => new Error(`no answer within ${ANSWER_DEADLINE_MS / 1000} s`);
    const asked = (signal: AbortSignal): Promise<Answer> | undefined => {
      const ask: Ask = { by: command.by, definition: strand.definition, signal };
      return command.kind === "run" ? source.runNow?.(job, ask) : source.setEnabled?.(job, command.kind === "enable", ask);
    };
    try {
      return (await within(this.#clock, ANSWER_DEADLINE_MS, noAnswer, asked, this.#stop.signal)) ?? { accepted: false, reason: "The owner does not offer this." };
    } catch (error) {
      // A refusal before anything was sent is certain; anything else may have reached the owner.
      if (isLoomError(error) && (error.code === "SOURCE_NEEDS_CONFIGURATION" || error.code === "SOURCE_REFUSED")) return { accepted: false, reason: messageOf(error) };
      await this.#move(command, ["sent"], "unknown", { reason: messageOf(error) });
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
      const done: Promise<void> = this.#settle(command, mirror).catch(this.#failed(command)).finally(() => this.#readingBack.delete(done));
      this.#readingBack.add(done);
    }
  }

  /** Looks until the owner shows what became of the command; begins anew when its source is mirrored anew. */
  async #settle(command: CommandRecord, mirror: SourceMirror): Promise<void> {
    let finding: Finding = "not_yet";
    while (finding === "not_yet") {
      if (await mirror.look()) {
        await mirror.imported();
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
  #move(command: CommandRecord, from: readonly CommandRecord["status"][], to: CommandRecord["status"], patch?: Parameters<Store["commands"]["move"]>[4]): ReturnType<Store["commands"]["move"]> {
    return untilStored(this.#clock, this.#stop.signal, () => this.#store.commands.move(command.id, from, to, this.#clock.now(), patch));
  }

  #enqueue(command: CommandRecord, act: () => Promise<void>): void {
    const { strandId } = command;
    const done = (this.#queues.get(strandId) ?? Promise.resolve())
      .then(act)
      .catch(this.#failed(command))
      .finally(() => {
        this.#underWay.delete(command.id);
        if (this.#queues.get(strandId) === done) this.#queues.delete(strandId);
      });
    this.#queues.set(strandId, done);
  }

  #failed(command: CommandRecord): (error: unknown) => void {
    return (error) => {
      if (!this.#stop.signal.aborted) this.#log.error("a command could not be carried out", { command: command.id, error });
    };
  }
}

import type { Clock } from "../clock/clock.ts";
import { isLoomError, LoomError } from "../errors/loomError.ts";
import { newId } from "../ids/uuid.ts";
import { KeyedQueue } from "../keyedQueue.ts";
import type { Log } from "../log/log.ts";
import type { CommandRecord, CommandStore, StrandRecord } from "../store/contract.ts";
import { untilStored } from "../store/untilStored.ts";
import type { Wanted } from "./contract.ts";
import { addCommand, LONGEST_QUEUE_MS, TOO_OLD } from "./rows.ts";
import type { WovenCommands, WovenEnd } from "./woven.ts";

const FAULT = "Loom failed when it was to be carried out; its log says why.";
/** After what passes, such as a full disk, until it is tried again. */
const REST_MS = 30_000;

export interface OwnCommandsOptions {
  readonly commands: Pick<CommandStore, "add" | "move" | "whole">;
  readonly woven: WovenCommands;
  readonly clock: Clock;
  readonly log: Log;
  readonly stop: AbortSignal;
}

/**
 * Commands for strands of Loom's own. Each is stored before it is carried out; a crash between the two leaves it `asked`, and it is
 * carried out when it is taken up, unless it was.
 */
export class OwnCommands {
  readonly #options: OwnCommandsOptions;
  /** Asked in this process and not over. */
  readonly #underWay = new Set<string>();
  /** Per strand, in the order in which they were asked. */
  readonly #left = new KeyedQueue();

  constructor(options: OwnCommandsOptions) {
    this.#options = options;
  }

  /**
   * Carries a command out in this very call. Whoever asks is told of a wrong input, and nothing of it is stored.
   * @throws LoomError COMMAND_UNSUPPORTED, and those of `Runs.start`
   */
  async ask(strand: StrandRecord, wanted: Wanted): Promise<CommandRecord> {
    const { commands, woven, clock } = this.#options;
    if (strand.goneAt !== null) throw new LoomError("COMMAND_UNSUPPORTED", "The file of this workflow is gone.");
    const id = newId(clock);
    this.#underWay.add(id);
    let stored: CommandRecord | null = null;
    let end: WovenEnd | null = null;
    const store = async (): Promise<void> => void (stored ??= await addCommand(commands, { id, strand, wanted, at: clock.now() }));
    try {
      end = whyPaused(strand, wanted) ?? (await woven.carryOut(wanted, id, store));
      await store();
      return await this.#settle(stored!, end);
    } catch (error) {
      // What was carried out is not refused.
      if (stored && !end) await this.#refuse(stored, error, wanted.onceKey === undefined || wanted.onceKey === null);
      throw error;
    } finally {
      this.#underWay.delete(id);
    }
  }

  /** Takes up a command that stands as `asked`: nobody knows whether it was carried out. Resolves when it is, or cannot be now. */
  async takeUp(command: CommandRecord): Promise<void> {
    if (this.#underWay.has(command.id)) return;
    this.#underWay.add(command.id);
    try {
      await this.#left.add(command.strandId, () => this.#carryOut(command));
    } catch (error) {
      if (!this.#options.stop.aborted) this.#options.log.error("a command could not be carried out", { command: command.id, error });
    } finally {
      this.#underWay.delete(command.id);
    }
  }

  /** Whether it is being carried out at this moment, so that nobody can take it back any more. */
  isUnderWay(id: string): boolean {
    return this.#underWay.has(id);
  }

  /** Resolves when nothing that was taken up is under way. */
  settled(): Promise<void> {
    return this.#left.settled();
  }

  async #carryOut(command: CommandRecord): Promise<void> {
    const { commands, woven, clock } = this.#options;
    const { id, strandId, kind, by } = command;
    const known = await commands.whole({ id });
    // It may have been withdrawn meanwhile.
    if (known?.command.status !== "asked") return;
    const end = await woven.ended(strandId, id);
    if (end) return void (await this.#settle(command, end));
    if (clock.now() - command.askedAt > LONGEST_QUEUE_MS) return void (await this.#settle(command, refused(TOO_OLD)));
    let done: WovenEnd;
    try {
      done = await woven.carryOut({ strandId, kind, by, ...known.given }, id, () => Promise.resolve());
    } catch (error) {
      await this.#refuse(command, error, false);
      throw error;
    }
    await this.#settle(command, done);
  }

  async #settle(command: CommandRecord, { status, runId, reason }: WovenEnd): Promise<CommandRecord> {
    const { commands, clock, stop } = this.#options;
    const moved = await untilStored(clock, stop, () => commands.move(command.id, ["asked"], status, clock.now(), { runId, reason }));
    return moved.outcome === "ok" ? moved.command : command;
  }

  /**
   * What cannot be carried out is refused, also through a fault: nobody would try it again. What passes, such as a full disk, leaves it to
   * be taken up, but for who would ask again `anew`: both would be carried out. Neither is waited for, since the disk may stay full.
   */
  async #refuse(command: CommandRecord, error: unknown, anew: boolean): Promise<void> {
    if (!isLoomError(error)) return void (await this.#settle(command, refused(FAULT)));
    if (error.kind.status !== 503) return void (await this.#settle(command, refused(error.message)));
    // The next start takes it up.
    if (error.code === "STOPPING") return;
    void (anew ? this.#left.add(command.strandId, () => this.#refuseUnlessDone(command, error.message)) : this.#takeUpLater(command)).catch(() => {});
  }

  async #refuseUnlessDone(command: CommandRecord, reason: string): Promise<void> {
    const { woven, clock, stop } = this.#options;
    const end = await untilStored(clock, stop, () => woven.ended(command.strandId, command.id));
    await this.#settle(command, end ?? refused(reason));
  }

  async #takeUpLater(command: CommandRecord): Promise<void> {
    await this.#options.clock.sleep(REST_MS, this.#options.stop);
    await this.takeUp(command);
  }
}

function refused(reason: string): WovenEnd {
  return { status: "refused", runId: null, reason };
}

function whyPaused({ paused }: StrandRecord, { kind }: Wanted): WovenEnd | null {
  return paused && kind === "run" ? refused(`It is paused by ${paused.by}.`) : null;
}

import type { Json } from "../mirror/contract.ts";
import type { Duplicate, Lost, NotFound, Ok, Page } from "./answers.ts";
import type { CommandStatus } from "./statuses.ts";

/** `reset`: the file of a woven strand says again whether it is on. */
export type CommandKind = "enable" | "disable" | "reset" | "run";

export interface CommandRecord {
  readonly id: string;
  readonly strandId: string;
  readonly sourceId: string | null;
  readonly kind: CommandKind;
  readonly status: CommandStatus;
  /** Who asked. */
  readonly by: string;
  /** Why it was refused, or is not known. */
  readonly reason: string | null;
  /** Where the owner limits its writes: how long it will take or, when it refused, how long to wait before asking again. */
  readonly expectedWaitMs: number | null;
  /** The owner's name for the run that was asked for. */
  readonly ownerRunId: string | null;
  /** Our run, once it is recorded. */
  readonly runId: string | null;
  readonly askedAt: number;
  readonly sentAt: number | null;
  readonly settledAt: number | null;
}

/** What a command for one of Loom's own strands needs besides. */
export interface CommandGiven {
  readonly input?: Json;
  readonly makeUp?: boolean;
}

export interface NewCommand extends Pick<CommandRecord, "id" | "strandId" | "sourceId" | "kind" | "by" | "askedAt"> {
  /** Tells a command that is asked again from another one; unique within the strand. */
  readonly onceKey?: string | null;
  readonly given?: CommandGiven;
}

/** A command by its id, or by the key that it was asked with. */
export type CommandName = { readonly id: string } | { readonly strandId: string; readonly onceKey: string };

export interface CommandStore {
  /**
   * Event `command.asked`. A run that is stored later links itself to the command that asked for it (`command.linked`). `duplicate`: its
   * id or key is there.
   */
  add(command: NewCommand): Promise<Ok<{ readonly command: CommandRecord }> | Duplicate>;
  /** Moves a command on if it still is in one of `from` (event `command.<to>`). */
  move(
    id: string,
    from: readonly CommandStatus[],
    to: CommandStatus,
    at: number,
    patch?: Partial<Pick<CommandRecord, "reason" | "expectedWaitMs" | "ownerRunId" | "runId">>,
  ): Promise<Ok<{ readonly command: CommandRecord }> | Lost | NotFound>;
  get(id: string): Promise<CommandRecord | null>;
  /** A command with all that it needs. */
  whole(name: CommandName): Promise<{ readonly command: CommandRecord; readonly given: CommandGiven } | null>;
  /** Newest first. */
  list(filter: {
    readonly strandId?: string;
    readonly status?: readonly CommandStatus[];
    readonly cursor?: string | null;
    readonly limit: number;
  }): Promise<Page<CommandRecord>>;
  /** Forgets settled commands that were asked before a time, at most 500 in a call. Answers how many. */
  prune(before: number): Promise<number>;
}

import type { Json } from "../mirror/contract.ts";
import type { CommandKind, CommandRecord } from "../store/contract.ts";

/** What a person asks of a strand. */
export interface Wanted {
  readonly strandId: string;
  readonly kind: CommandKind;
  /** Who asks. */
  readonly by: string;
  /** Of a `run` of a workflow; undefined: none. */
  readonly input?: Json;
  /** With `enable` of a workflow: firings that fell while it was off are made up for, as its misfire policy says. */
  readonly makeUp?: boolean;
  /** Of a command that is asked again, because its answer was lost: what the first one had. */
  readonly onceKey?: string | null;
}

/** What HTTP and the command line ask of a job's owner, which is Loom itself for a workflow. */
export interface Commands {
  /**
   * Stores the command and sends it; answers once it is stored (`asked`). What becomes of it comes as events. One for a workflow is
   * stored as well before anything is done, and done when this answers: `confirmed` with the run's id, or `refused`. What was asked with
   * the same key before is answered as it stands now, and done once.
   * @throws LoomError NOT_FOUND, COMMAND_UNSUPPORTED (with the owner's reason), CONFLICT where the key was used for something else, and
   * for a workflow those of `Runs.start`
   */
  ask(wanted: Wanted): Promise<CommandRecord>;

  /**
   * Takes back a command that waits in its owner's queue.
   * @throws LoomError NOT_FOUND, CONFLICT when it was sent already
   */
  withdraw(id: string, by: string): Promise<CommandRecord>;
}

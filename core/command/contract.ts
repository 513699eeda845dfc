import type { CommandKind, CommandRecord } from "../store/contract.ts";

/** What HTTP and the command line ask of a job's owner. */
export interface Commands {
  /**
   * Stores the command and sends it; answers once it is stored (`asked`). What becomes of it comes as events.
   * @throws LoomError NOT_FOUND, COMMAND_UNSUPPORTED (with the owner's reason)
   */
  ask(command: { readonly strandId: string; readonly kind: CommandKind; readonly by: string }): Promise<CommandRecord>;

  /**
   * Takes back a command that waits in its owner's queue.
   * @throws LoomError NOT_FOUND, CONFLICT when it was sent already
   */
  withdraw(id: string, by: string): Promise<CommandRecord>;
}

import { LoomError } from "../errors/loomError.ts";
import type { CommandGiven, CommandRecord, CommandStore, StrandRecord } from "../store/contract.ts";
import type { Wanted } from "./contract.ts";

/** What waited for longer, also through a restart, is not done any more: it may not be wanted now. */
export const LONGEST_QUEUE_MS = 3_600_000;
export const TOO_OLD = "It waited for more than an hour; ask again if it is still wanted.";

/** What is stored of a command besides its own row, so that it can be carried out after a crash, and told from another. */
export function givenOf({ input, makeUp }: Wanted): CommandGiven {
  return { ...(input !== undefined && { input }), ...(makeUp !== undefined && { makeUp }) };
}

/** Stores what is asked for, as `asked`. @throws LoomError CONFLICT where its id or its key is stored already */
export async function addCommand(
  commands: Pick<CommandStore, "add">,
  { id, strand, wanted, at }: { readonly id: string; readonly strand: StrandRecord; readonly wanted: Wanted; readonly at: number },
): Promise<CommandRecord> {
  const { kind, by, onceKey = null } = wanted;
  const added = await commands.add({ id, strandId: strand.id, sourceId: strand.sourceId, kind, by, askedAt: at, onceKey, given: givenOf(wanted) });
  if (added.outcome === "duplicate") throw new LoomError("CONFLICT", "This command is stored already.");
  return added.command;
}

import type { RunView } from "../http/schemas.ts";
import { LoomError } from "../errors/loomError.ts";
import type { Client } from "./client.ts";
import { strandOf } from "./strandOf.ts";
import { printable } from "./text.ts";

const RUN_ID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;

/**
 * The run that a person named on the command line: by its id, or by its strand, whose newest run is meant.
 * @throws LoomError NOT_FOUND, AMBIGUOUS
 */
export async function runNamed(client: Client, wanted: string): Promise<RunView> {
  if (RUN_ID.test(wanted)) return client.get<RunView>(`runs/${encodeURIComponent(wanted)}`);
  const strand = await strandOf(client, wanted);
  const [newest] = await client.list<RunView>(`strands/${encodeURIComponent(strand.id)}/runs`, {}, 1);
  if (!newest) throw new LoomError("NOT_FOUND", `${printable(strand.name)} has not run yet.`, { help: `\`loom run\` starts it.` });
  return newest;
}

/** What names a run, for the help of commands. */
export const RUN_HELP = "a run's id, or a strand, whose newest run is meant";

import { isLoomError } from "../errors/loomError.ts";
import type { StrandView } from "../http/schemas.ts";
import type { Client } from "./client.ts";
import { findStrand } from "./findStrand.ts";

/**
 * The strand that a person named on the command line.
 * @throws LoomError NOT_FOUND, AMBIGUOUS
 */
export async function strandOf(client: Client, wanted: string): Promise<StrandView> {
  if (wanted.includes(":")) {
    try {
      return await client.get<StrandView>(`strands/${encodeURIComponent(wanted)}`);
    } catch (error) {
      if (!isLoomError(error) || error.code !== "NOT_FOUND") throw error;
    }
  }
  return findStrand(wanted, await client.list<StrandView>("strands"));
}

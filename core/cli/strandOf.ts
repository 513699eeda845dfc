import { isLoomError } from "../errors/loomError.ts";
import type { StrandView } from "../http/schemas.ts";
import type { Client } from "./client.ts";
import { findStrand } from "./findStrand.ts";

/**
 * The strand that a person named on the command line.
 * @throws LoomError NOT_FOUND, AMBIGUOUS
 */
export async function strandOf(client: Client, wanted: string): Promise<StrandView> {
  // No name is likely to be one, and the list may be long.
  const known = wanted.includes(":") ? await byId(client, wanted) : null;
  if (known) return known;
  try {
    return findStrand(wanted, await client.list<StrandView>("strands"));
  } catch (error) {
    if (!isNotFound(error)) throw error;
    // One that has gone from the page still has its history.
    const gone = await byId(client, wanted);
    if (!gone) throw error;
    return gone;
  }
}

async function byId(client: Client, id: string): Promise<StrandView | null> {
  try {
    return await client.get<StrandView>(`strands/${encodeURIComponent(id)}`);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return null;
  }
}

function isNotFound(error: unknown): boolean {
  return isLoomError(error) && error.code === "NOT_FOUND";
}

import type { PauseEntry, PauseRecord } from "../contract.ts";
import type { Reader } from "./reader.ts";

/** Reads pauses, and their entries some at a time: what one answer holds goes through the gateway in one piece. */
export async function readPauses(reader: Pick<Reader, "call">, endedSince: number): Promise<PauseRecord[]> {
  const pauses: PauseRecord[] = [];
  for (const pause of await reader.call("pauses.list", endedSince)) pauses.push({ ...pause, entries: await entriesOf(reader, pause.id) });
  return pauses;
}

async function entriesOf(reader: Pick<Reader, "call">, id: string): Promise<PauseEntry[]> {
  const entries: PauseEntry[] = [];
  for (;;) {
    const some: readonly PauseEntry[] = await reader.call("pauses.entriesAfter", id, entries.at(-1)?.strandId ?? null);
    if (some.length === 0) return entries;
    entries.push(...some);
  }
}

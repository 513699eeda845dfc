import type { Json } from "../mirror/contract.ts";

/** What JSON is parsed into takes up to fifty times its length, and a run may be open for long. */
const LONGEST_KEPT = 4_096;

/** What an open run keeps in memory of what it was started with; undefined: it is long, and read where it is needed. */
export function keptInput(input: Json): Json | undefined {
  return JSON.stringify(input).length <= LONGEST_KEPT ? input : undefined;
}

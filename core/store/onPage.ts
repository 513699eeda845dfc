import type { StrandRecord } from "./contract.ts";

/** Whether a strand is shown: while its owner has it, and after that until its vanishing is acknowledged. */
export function isOnPage({ goneAt, changes }: Pick<StrandRecord, "goneAt" | "changes">): boolean {
  if (goneAt === null) return true;
  // Its newest coming or going that still asks; one that left without a mark may have vanished and returned before.
  return changes.find(({ kind }) => kind === "vanished" || kind === "returned")?.kind === "vanished";
}

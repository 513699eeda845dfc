import type { StrandRecord } from "./contract.ts";

/** Whether a strand is shown: while its owner has it, and after that until its vanishing is acknowledged. */
export function isOnPage({ goneAt, changes }: Pick<StrandRecord, "goneAt" | "changes">): boolean {
  return goneAt === null || changes.some((change) => change.kind === "vanished");
}

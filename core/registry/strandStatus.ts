import type { StrandRecord } from "../store/contract.ts";

/** The first that holds is shown. */
export const strandStatuses = ["running", "waiting", "failed", "missed", "overdue", "skipped", "ok", "idle"] as const;
export type StrandStatus = (typeof strandStatuses)[number];

/**
 * How a strand stands: the first that holds. Red stays until somebody acknowledges it, whatever ran since; a last run that is red
 * makes the strand idle then. `ok` says that the last run did its work and that what was to be delivered arrived, nothing less.
 * Whether it is enabled and how fresh its source is are axes of their own.
 */
export function strandStatus(strand: Pick<StrandRecord, "activeRun" | "redRuns" | "missed" | "overdue" | "enabled" | "lastRun">): StrandStatus {
  if (strand.activeRun) return "running";
  if (strand.redRuns > 0) return "failed";
  if (strand.missed) return "missed";
  if (strand.overdue && strand.enabled) return "overdue";
  if (!strand.lastRun || strand.lastRun.red) return "idle";
  switch (strand.lastRun.status) {
    case "succeeded":
      return "ok";
    case "skipped":
    case "cancelled":
      return "skipped";
    default:
      return "idle";
  }
}

import type { CommandRecord, RunRecord, StrandRecord } from "../store/contract.ts";

/** What the owner shows of a command: it happened, it did not, that cannot be told, or only when a run under way is over. */
export type Finding = "done" | "not_done" | "cannot_tell" | "not_yet";

/** How long before the sending, by the owner's clock, a run that we asked for may claim to have started. */
const CLOCK_SLACK_MS = 2_000;
/** A run that was asked for has started within this time, or is not the one. */
const START_WITHIN_MS = 120_000;

/**
 * Reads a command's effect off the strand and its newest runs, as they are after a good look.
 * @param runs the strand's newest runs; only looked at for `run`
 */
export function readBack(command: CommandRecord, strand: Pick<StrandRecord, "enabled"> | undefined, runs: readonly RunRecord[]): Finding {
  if (command.kind !== "run") {
    if (!strand) return "cannot_tell";
    return strand.enabled === (command.kind === "enable") ? "done" : "not_done";
  }
  const sentAt = command.sentAt ?? command.askedAt;
  const candidates = runs.filter((run) =>
    command.ownerRunId !== null
      ? run.ownerRunId === command.ownerRunId
      : run.trigger !== "schedule" && run.triggerBy === null && run.startedAt >= sentAt - CLOCK_SLACK_MS && run.startedAt <= sentAt + START_WITHIN_MS,
  );
  if (candidates.length === 0) return "cannot_tell";
  // What started a run that is under way may be known only at its end.
  return candidates.some((run) => run.trigger !== "unknown" || run.finishedAt !== null) ? "done" : "not_yet";
}

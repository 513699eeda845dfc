import type { CommandRecord, PauseEntry, PauseRecord, StrandRecord } from "../../store/contract.ts";

export type Switch = "enable" | "disable";

/** What to do about an entry of a pause. */
export type PauseMove =
  | { readonly is: "move"; readonly to: PauseEntry }
  | { readonly is: "ask"; readonly kind: Switch }
  /** The command that is under way is not wanted any more. */
  | { readonly is: "withdraw" }
  /** Nothing, until something happens. */
  | { readonly is: "wait" };

export const wantedOf = (phase: PauseRecord["phase"]): Switch => (phase === "pausing" ? "disable" : "enable");

/** Whether something has to be done, or waited for, before the pause stands as it is meant to. */
export function isUnsettled({ state, commandId }: PauseEntry, phase: PauseRecord["phase"]): boolean {
  return commandId !== null || state === "pending" || (phase === "resuming" && state === "paused");
}

/**
 * The next move of one job.
 * @param strand as it is now; undefined: its owner does not have it any more
 * @param command the one that the entry names; null: none is under way
 * @param isReachable whether its owner can be read: one that is down refuses nothing, and is asked when it is back
 */
export function nextMove(phase: PauseRecord["phase"], entry: PauseEntry, strand: StrandRecord | undefined, command: CommandRecord | null, isReachable: boolean): PauseMove {
  const become = (state: PauseEntry["state"], reason: string | null = null, more: Partial<PauseEntry> = {}): PauseMove => ({ is: "move", to: { ...entry, state, reason, commandId: null, ...more } });
  if (command) {
    const isWanted = command.kind === wantedOf(phase);
    if (command.status === "confirmed") {
      if (command.kind === "disable") return become("paused", null, { hashLeft: strand?.definitionHash ?? entry.hashBefore });
      return phase === "resuming" ? become("resumed") : become("pending", null, { hashLeft: null });
    }
    if (command.status === "refused") {
      if (isWanted && isReachable) return become("failed", command.reason);
      if (isWanted) return become(phase === "pausing" ? "pending" : "paused");
      return become(command.kind === "disable" ? "resumed" : "paused");
    }
    return !isWanted && command.status === "asked" ? { is: "withdraw" } : { is: "wait" };
  }
  const move = phase === "pausing" ? pausing(entry, strand, become) : resuming(entry, strand, become);
  return move.is === "ask" && !isReachable ? { is: "wait" } : move;
}

type Become = (state: PauseEntry["state"], reason?: string | null) => PauseMove;

function pausing(entry: PauseEntry, strand: StrandRecord | undefined, become: Become): PauseMove {
  if (entry.state !== "pending") return { is: "wait" };
  if (!strand || strand.goneAt !== null) return become("left_out", "Its owner does not have it any more.");
  return strand.enabled ? { is: "ask", kind: "disable" } : become("left_out", "Somebody else switched it off.");
}

function resuming(entry: PauseEntry, strand: StrandRecord | undefined, become: Become): PauseMove {
  if (entry.state === "pending") return become("resumed");
  const isOffByUs = entry.state === "paused" || (entry.state === "failed" && entry.hashLeft !== null);
  if (!isOffByUs) return { is: "wait" };
  if (!strand || strand.goneAt !== null) return become("changed", "Its owner does not have it any more.");
  if (strand.enabled) return become("changed", "Somebody switched it on during the pause.");
  if (strand.definitionHash !== entry.hashLeft) return become("changed", "It was edited during the pause, and stays off.");
  return entry.state === "paused" ? { is: "ask", kind: "enable" } : { is: "wait" };
}

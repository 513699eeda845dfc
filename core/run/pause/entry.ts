import type { PauseEntry, SourceRecord, StrandRecord } from "../../store/contract.ts";

/** How a mirrored job that is on takes part in the pause of everything. */
export function pauseEntry(strand: StrandRecord, source: SourceRecord | undefined): PauseEntry {
  const reason = strand.system ? "It is its scheduler's own job." : whyNotSwitched(source);
  return {
    strandId: strand.id,
    enabledBefore: strand.enabled,
    hashBefore: strand.definitionHash,
    state: reason === null ? "pending" : "left_out",
    reason,
    commandId: null,
    hashLeft: null,
  };
}

/** Why a source's jobs cannot be switched; null: they can. */
export function whyNotSwitched(source: SourceRecord | undefined): string | null {
  if (!source) return "Nothing on this node can ask its owner.";
  return source.can.setEnabled === true ? null : source.can.setEnabled;
}

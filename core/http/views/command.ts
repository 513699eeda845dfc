import type { CommandRecord } from "../../store/contract.ts";
import type { CommandView } from "../schemas.ts";
import { iso, isoOrNull } from "./times.ts";

/** A command as the API shows it. */
export function commandView(command: CommandRecord): CommandView {
  const { id, strandId, kind, status, by, reason, expectedWaitMs, runId } = command;
  return {
    id,
    strandId,
    kind,
    status,
    by,
    reason,
    expectedWaitMs,
    runId,
    askedAt: iso(command.askedAt),
    sentAt: isoOrNull(command.sentAt),
    settledAt: isoOrNull(command.settledAt),
  };
}

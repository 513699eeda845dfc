import { isDeepStrictEqual } from "node:util";
import type { NotFound, Ok, SourceRecord, StrandState } from "../contract.ts";
import { bit, json } from "./cells.ts";
import { stepsOf } from "./strands.ts";
import type { Transaction } from "./transaction.ts";

/** Adds or replaces what a look tells of a strand. */
export function writeStrand(tx: Transaction, source: SourceRecord, strand: StrandState, { at, version, edited }: { at: number; version: number; edited: boolean }): void {
  tx.db.run(
    `INSERT INTO strands (strand_id, kind, node_id, source_id, owner_job_id, name, description, command, schedule, trigger_type,
       system, enabled, disabled_reason, next_run_at, owner_tells_next, not_before, overdue, definition, definition_hash,
       history_mark, created_at, edited_at, updated_at, scheduled_at, switched_at, version)
     VALUES (@id, 'mirrored', @nodeId, @sourceId, @ownerJobId, @name, @description, @command, @schedule, @triggerType,
       @system, @enabled, @disabledReason, @nextRunAt, @ownerTellsNext, @notBefore, @overdue, @definition, @definitionHash,
       @historyMark, @at, @at, @at, @at, @at, @version)
     ON CONFLICT (strand_id) DO UPDATE SET node_id = excluded.node_id, source_id = excluded.source_id,
       owner_job_id = excluded.owner_job_id, name = excluded.name, description = excluded.description,
       command = excluded.command, schedule = excluded.schedule, trigger_type = excluded.trigger_type,
       system = excluded.system, enabled = excluded.enabled, disabled_reason = excluded.disabled_reason,
       next_run_at = excluded.next_run_at, owner_tells_next = excluded.owner_tells_next, not_before = excluded.not_before,
       overdue = excluded.overdue, definition = excluded.definition, history_mark = excluded.history_mark,
       edited_at = iif(@edited, @at, edited_at), definition_hash = excluded.definition_hash, updated_at = @at,
       scheduled_at = iif(schedule <> excluded.schedule OR (gone_at IS NOT NULL AND NOT gone_with_source), @at, scheduled_at),
       switched_at = iif(enabled <> excluded.enabled, @at, switched_at), version = @version, gone_at = NULL, gone_with_source = 0`,
    {
      id: strand.id,
      nodeId: source.nodeId,
      sourceId: source.id,
      ownerJobId: strand.ownerJobId,
      name: strand.name,
      description: strand.description,
      command: strand.command,
      schedule: json(strand.schedule),
      triggerType: strand.schedule.kind,
      system: bit(strand.system),
      enabled: bit(strand.enabled),
      disabledReason: strand.disabledReason,
      nextRunAt: strand.nextRunAt,
      ownerTellsNext: bit(strand.ownerTellsNext),
      notBefore: strand.notBefore,
      overdue: bit(strand.overdue),
      definition: json(strand.definition),
      definitionHash: strand.definitionHash,
      historyMark: strand.historyMark,
      edited: bit(edited),
      version,
      at,
    },
  );
}

/** Replaces the steps of a strand where they differ. */
export function writeSteps(tx: Transaction, strand: StrandState): void {
  if (isDeepStrictEqual(stepsOf(tx.db, strand.id), strand.steps)) return;
  tx.db.run("DELETE FROM steps WHERE strand_id = ?", strand.id);
  for (const [seq, step] of strand.steps.entries()) {
    tx.db.run(
      "INSERT INTO steps (strand_id, step_id, seq, label, operation_id, shares) VALUES (?, ?, ?, ?, ?, ?)",
      strand.id, step.id, seq, step.label, step.operationId ?? null, step.shares ? json(step.shares) : null,
    );
  }
}

/** Sets how late a firing of a strand may be; null goes back to the rule. */
export function setGrace(tx: Transaction, id: string, graceMs: number | null, at: number): Ok | NotFound {
  const changed = tx.db.run("UPDATE strands SET grace_ms = ?, updated_at = ? WHERE strand_id = ?", graceMs, at, id);
  if (changed === 0) return { outcome: "not_found" };
  tx.emit({ at, type: "strand.changed", strandId: id, data: { graceMs } });
  return { outcome: "ok" };
}

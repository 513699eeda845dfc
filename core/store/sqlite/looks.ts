import { isDeepStrictEqual } from "node:util";
import type { Lost, NotFound, Ok, SourceRecord, StrandChange, StrandState, StrandStore } from "../contract.ts";
import { bit, json } from "./cells.ts";
import { takeLook } from "./sources.ts";
import { stepsOf } from "./strands.ts";
import type { Transaction } from "./transaction.ts";

type LookTaken = Parameters<StrandStore["applyLook"]>[0];

/** Takes in what one look at a source has shown. */
export function applyLook(tx: Transaction, look: LookTaken): Ok<{ readonly look: number }> | Lost | NotFound {
  const taken = takeLook(tx, look);
  if (taken.outcome !== "ok") return taken;
  for (const change of look.changes) applyChange(tx, taken.source, change, look.at);
  return { outcome: "ok", look: taken.source.look };
}

function applyChange(tx: Transaction, source: SourceRecord, change: StrandChange, at: number): void {
  if (change.kind === "removed") return remove(tx, change.id, at);
  const { strand } = change;
  const before = tx.db.get<{ enabled: number }>("SELECT enabled FROM strands WHERE strand_id = ?", strand.id);
  writeStrand(tx, source, strand, at, change.kind === "added" || change.kind === "edited");
  writeSteps(tx, strand);

  const switched = before !== undefined && before.enabled !== bit(strand.enabled);
  if (switched) {
    const type = strand.enabled ? "strand.enabled" : "strand.disabled";
    tx.emit({ at, type, strandId: strand.id, data: { name: strand.name, reason: strand.disabledReason } });
  }
  if (switched && change.kind === "changed") return;
  const fields = change.kind === "edited" ? { fields: change.fields } : {};
  tx.emit({ at, type: `strand.${change.kind}`, strandId: strand.id, data: { name: strand.name, ...fields } });
}

function remove(tx: Transaction, id: string, at: number): void {
  const gone = tx.db.run("UPDATE strands SET gone_at = ?, updated_at = ? WHERE strand_id = ? AND gone_at IS NULL", at, at, id);
  if (gone === 1) tx.emit({ at, type: "strand.removed", strandId: id });
}

function writeStrand(tx: Transaction, source: SourceRecord, strand: StrandState, at: number, edited: boolean): void {
  tx.db.run(
    `INSERT INTO strands (strand_id, kind, node_id, source_id, owner_job_id, name, description, command, schedule, trigger_type,
       system, enabled, disabled_reason, next_run_at, owner_tells_next, not_before, overdue, definition, definition_hash,
       history_mark, created_at, edited_at, updated_at)
     VALUES (@id, 'mirrored', @nodeId, @sourceId, @ownerJobId, @name, @description, @command, @schedule, @triggerType,
       @system, @enabled, @disabledReason, @nextRunAt, @ownerTellsNext, @notBefore, @overdue, @definition, @definitionHash,
       @historyMark, @at, @at, @at)
     ON CONFLICT (strand_id) DO UPDATE SET node_id = excluded.node_id, source_id = excluded.source_id,
       owner_job_id = excluded.owner_job_id, name = excluded.name, description = excluded.description,
       command = excluded.command, schedule = excluded.schedule, trigger_type = excluded.trigger_type,
       system = excluded.system, enabled = excluded.enabled, disabled_reason = excluded.disabled_reason,
       next_run_at = excluded.next_run_at, owner_tells_next = excluded.owner_tells_next, not_before = excluded.not_before,
       overdue = excluded.overdue, definition = excluded.definition, history_mark = excluded.history_mark,
       edited_at = iif(@edited OR definition_hash <> excluded.definition_hash, @at, edited_at),
       definition_hash = excluded.definition_hash, updated_at = @at, gone_at = NULL`,
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
      at,
    },
  );
}

function writeSteps(tx: Transaction, strand: StrandState): void {
  if (isDeepStrictEqual(stepsOf(tx.db, strand.id), strand.steps)) return;
  tx.db.run("DELETE FROM steps WHERE strand_id = ?", strand.id);
  for (const [seq, step] of strand.steps.entries()) {
    tx.db.run(
      "INSERT INTO steps (strand_id, step_id, seq, label, operation_id) VALUES (?, ?, ?, ?, ?)",
      strand.id, step.id, seq, step.label, step.operationId ?? null,
    );
  }
}

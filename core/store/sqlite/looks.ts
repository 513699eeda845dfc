import { isDeepStrictEqual } from "node:util";
import type { JsonObject } from "../../mirror/contract.ts";
import type { ChangeKind, Lost, NotFound, Ok, SourceRecord, StrandChange, StrandState, StrandStore } from "../contract.ts";
import { bit, fromJson, json } from "./cells.ts";
import { markChange } from "./changes.ts";
import { takeLook } from "./sources.ts";
import { stepsOf } from "./strands.ts";
import type { Transaction } from "./transaction.ts";
import { keepVersion } from "./versions.ts";

type LookTaken = Parameters<StrandStore["applyLook"]>[0];

/** Takes in what one look at a source has shown. */
export function applyLook(tx: Transaction, look: LookTaken): Ok<{ readonly look: number }> | Lost | NotFound {
  const taken = takeLook(tx, look);
  if (taken.outcome !== "ok") return taken;
  for (const change of look.changes) applyChange(tx, taken.source, change, look.at);
  return { outcome: "ok", look: taken.source.look };
}

interface Before {
  readonly enabled: number;
  readonly version: number;
  readonly hash: string;
  readonly definition: string;
  readonly goneAt: number | null;
  readonly goneWithSource: number;
}

type Told = Exclude<StrandChange, { readonly kind: "removed" }>;

function applyChange(tx: Transaction, source: SourceRecord, change: StrandChange, at: number): void {
  if (change.kind === "removed") return remove(tx, change, at);
  const { strand } = change;
  const before = tx.db.get<Before>(
    `SELECT enabled, version, definition_hash AS hash, definition, gone_at AS goneAt, gone_with_source AS goneWithSource
     FROM strands WHERE strand_id = ?`,
    strand.id,
  );
  const edited = before !== undefined && (change.kind === "edited" || before.hash !== strand.definitionHash);
  const version = (before?.version ?? 0) + (edited || !before ? 1 : 0);
  writeStrand(tx, source, strand, { at, version, edited });
  writeSteps(tx, strand);
  if (edited || !before) keepVersion(tx, strand, version, byOf(change), at);
  mark(tx, change, before, version, edited, at);

  const switched = before !== undefined && before.enabled !== bit(strand.enabled);
  if (switched) {
    const type = strand.enabled ? "strand.enabled" : "strand.disabled";
    tx.emit({ at, type, strandId: strand.id, data: { name: strand.name, reason: strand.disabledReason } });
  }
  if (switched && change.kind === "changed") return;
  const fields = change.kind === "edited" ? { fields: change.fields, version, by: byOf(change) } : {};
  tx.emit({ at, type: `strand.${change.kind}`, strandId: strand.id, data: { name: strand.name, ...fields } });
}

/** Leaves the mark that asks to be acknowledged, where the change is news. */
function mark(tx: Transaction, change: Told, before: Before | undefined, version: number, edited: boolean, at: number): void {
  const kind = newsOf(change, before, edited);
  if (kind === null) return;
  const { strand } = change;
  const fields = change.kind === "edited" ? change.fields : edited ? differing(fromJson(before!.definition), strand.definition) : [];
  markChange(tx, { strandId: strand.id, kind, fromVersion: before?.version ?? null, version, fields, seenAt: at, by: byOf(change) });
}

function newsOf(change: Told, before: Before | undefined, edited: boolean): ChangeKind | null {
  if (change.kind !== "changed" && change.expected) return null;
  if (!before) return "new";
  // What left with its source was never missed; only how it differs now is news.
  if (before.goneAt !== null && !before.goneWithSource) return "returned";
  return edited ? "edited" : null;
}

function byOf(change: Told): string | null {
  return change.kind === "changed" ? null : (change.by ?? null);
}

/** The keys in which two definitions differ, for a change that does not say so itself. */
function differing(before: JsonObject, after: JsonObject): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((key) => !isDeepStrictEqual(before[key], after[key])).sort();
}

function remove(tx: Transaction, { id, expected, by }: Extract<StrandChange, { kind: "removed" }>, at: number): void {
  const gone = tx.db.run(
    "UPDATE strands SET gone_at = ?, gone_with_source = 0, overdue = 0, updated_at = ? WHERE strand_id = ? AND gone_at IS NULL",
    at, at, id,
  );
  if (gone === 0) return;
  if (!expected) {
    const { version } = tx.db.get<{ version: number }>("SELECT version FROM strands WHERE strand_id = ?", id)!;
    markChange(tx, { strandId: id, kind: "vanished", fromVersion: version, version, fields: [], seenAt: at, by: by ?? null });
  }
  tx.emit({ at, type: "strand.removed", strandId: id, data: { expected: expected === true } });
}

function writeStrand(tx: Transaction, source: SourceRecord, strand: StrandState, { at, version, edited }: { at: number; version: number; edited: boolean }): void {
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

function writeSteps(tx: Transaction, strand: StrandState): void {
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

import type { Lost, NotFound, Ok, SourceRecord, StrandChange, StrandStore } from "../contract.ts";
import { bit } from "./cells.ts";
import { markChange } from "./changes.ts";
import { takeLook } from "./sources.ts";
import { byOf, editedFields, newsOf, type Before, type Told } from "./strandNews.ts";
import { writeSteps, writeStrand } from "./strandRows.ts";
import type { Transaction } from "./transaction.ts";
import { leaveNewest } from "./vanished.ts";
import { keepVersion } from "./versions.ts";

type LookTaken = Parameters<StrandStore["applyLook"]>[0];

/** Takes in what one look at a source has shown. */
export function applyLook(tx: Transaction, look: LookTaken): Ok<{ readonly look: number }> | Lost | NotFound {
  const taken = takeLook(tx, look);
  if (taken.outcome !== "ok") return taken;
  for (const change of look.changes) applyChange(tx, taken.source, change, look.at);
  if (look.changes.some((change) => change.kind === "removed" && !change.expected)) leaveNewest(tx, look.sourceId, look.at);
  return { outcome: "ok", look: taken.source.look };
}

function applyChange(tx: Transaction, source: SourceRecord, change: StrandChange, at: number): void {
  if (change.kind === "removed") return remove(tx, change, at);
  const { strand } = change;
  const before = tx.db.get<Before>(
    `SELECT enabled, version, definition_hash AS hash, gone_at AS goneAt, gone_with_source AS goneWithSource
     FROM strands WHERE strand_id = ?`,
    strand.id,
  );
  const edited = before !== undefined && (change.kind === "edited" || before.hash !== strand.definitionHash);
  const version = before ? before.version + (edited ? 1 : 0) : 1;
  const fields = edited ? editedFields(tx.db, change) : [];
  const kind = newsOf(change, before, fields);
  writeStrand(tx, source, strand, { at, version, edited });
  writeSteps(tx, strand);
  if (edited || !before) keepVersion(tx, strand, version, byOf(change), at);
  if (kind !== null) markChange(tx, { strandId: strand.id, kind, fromVersion: before?.version ?? null, version, fields, seenAt: at, by: byOf(change) });
  tell(tx, change, before, version, at);
}

/** The events of a change: switching has one of its own. */
function tell(tx: Transaction, change: Told, before: Before | undefined, version: number, at: number): void {
  const { id, name, enabled, disabledReason } = change.strand;
  const switched = before !== undefined && before.enabled !== bit(enabled);
  if (switched) tx.emit({ at, type: enabled ? "strand.enabled" : "strand.disabled", strandId: id, data: { name, reason: disabledReason } });
  if (switched && change.kind === "changed") return;
  const fields = change.kind === "edited" ? { fields: change.fields, version, by: byOf(change) } : {};
  // What came so long ago that nobody remembered it has come back.
  const kind = change.kind === "added" && before !== undefined ? "returned" : change.kind;
  tx.emit({ at, type: `strand.${kind}`, strandId: id, data: { name, ...fields } });
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

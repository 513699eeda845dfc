import type { Transaction } from "./transaction.ts";

/** So many strands of a source wait on the page for somebody to see that they vanished; of more, those that did last. */
const MOST = 1_000;

/** Acknowledges the oldest vanishings where a source has too many that nobody has seen. */
export function leaveNewest(tx: Transaction, sourceId: string, at: number): void {
  const old = tx.db.all<{ id: string; strandId: string }>(
    `SELECT change_id AS id, strand_id AS strandId FROM strand_changes INDEXED BY strand_changes_vanished CROSS JOIN strands USING (strand_id)
     WHERE strand_changes.kind = 'vanished' AND ack_at IS NULL AND source_id = ? ORDER BY seen_at DESC, change_id DESC LIMIT -1 OFFSET ${MOST}`,
    sourceId,
  );
  for (const { id, strandId } of old) {
    tx.db.run("UPDATE strand_changes SET ack_at = ?, ack_by = 'loom' WHERE change_id = ?", at, id);
    tx.emit({ at, type: "strand.acknowledged", strandId, data: { what: "changes", by: "loom", acknowledged: 1 } });
  }
}

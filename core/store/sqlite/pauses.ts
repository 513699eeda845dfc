import type { Duplicate, Lost, NotFound, Ok, PauseEntry, PauseRecord, PauseStore, StrandRecord } from "../contract.ts";
import { bit } from "./cells.ts";
import type { Database } from "./database.ts";
import type { Transaction } from "./transaction.ts";

type PauseRow = Omit<PauseRecord, "entries">;
type EntryRow = Omit<PauseEntry, "enabledBefore"> & { readonly enabledBefore: number };

/** How many pauses that ended are kept. */
const KEPT = 100;
/** Entries at a time: a pause of everything has one of each job, and the answer is one message. */
const ENTRIES_AT_ONCE = 1_000;

const PAUSES = `SELECT pause_id AS id, strand_id AS strandId, paused_by AS "by", paused_at AS at, phase, phase_at AS phaseAt, ended_at AS endedAt FROM pauses`;
const ENTRIES = `SELECT strand_id AS strandId, enabled_before AS enabledBefore, hash_before AS hashBefore, state, reason, command_id AS commandId,
  hash_left AS hashLeft FROM pause_entries WHERE pause_id = ? AND strand_id > ? ORDER BY strand_id LIMIT ?`;
/** Of those of the same scope that ended, the last alone is of interest. */
const LAST = "NOT EXISTS (SELECT 1 FROM pauses AS later WHERE later.strand_id IS pauses.strand_id AND (later.paused_at, later.pause_id) > (pauses.paused_at, pauses.pause_id))";
/** Found by the index of open pauses, since it is asked for each strand that is read; the scope of everything is ''. */
const HOLDS = "SELECT paused_at AS at, paused_by AS \"by\" FROM pauses INDEXED BY pauses_open WHERE ended_at IS NULL AND ifnull(strand_id, '') = ? AND phase = 'pausing'";
/** An entry that keeps its pause from ending. */
const UNDER_WAY = "(state IN ('pending', 'paused') OR (state = 'failed' AND hash_left IS NOT NULL))";

/** Without their entries, which may be very many. */
export function listPauses(db: Database, endedSince: number): PauseRow[] {
  return db.all(`${PAUSES} WHERE ended_at IS NULL OR (ended_at >= ? AND ${LAST}) ORDER BY paused_at, pause_id`, endedSince);
}

/** So many of the entries of a pause as come after this strand's. */
export function entriesAfter(db: Database, id: string, strandId: string | null): PauseEntry[] {
  return entriesOf(db, id, strandId ?? "", ENTRIES_AT_ONCE);
}

/** Who paused a woven strand, or everything; null: it is not paused. */
export function pausedOf(db: Database, strandId: string): StrandRecord["paused"] {
  const by = (scope: string): StrandRecord["paused"] => db.get<{ at: number; by: string }>(HOLDS, scope) ?? null;
  return by(strandId) ?? by("");
}

export function beginPause(tx: Transaction, pause: Parameters<PauseStore["begin"]>[0]): Ok<{ readonly pause: PauseRecord }> | Duplicate {
  const { id, strandId, by, at } = pause;
  const held = wovenFreeOf(tx.db, strandId);
  const added = tx.db.run(
    "INSERT INTO pauses (pause_id, strand_id, paused_by, paused_at, phase, phase_at) VALUES (?, ?, ?, ?, 'pausing', ?) ON CONFLICT DO NOTHING",
    id, strandId, by, at, at,
  );
  if (added === 0) return { outcome: "duplicate" };
  for (const entry of pause.entries) writeEntry(tx.db, id, entry);
  forgetOld(tx.db);
  tx.emit({ at, type: "pause.begun", strandId, data: { pauseId: id, by } });
  for (const woven of held) tx.emit({ at, type: "strand.paused", strandId: woven, data: { by } });
  return { outcome: "ok", pause: getPause(tx.db, id)! };
}

export function pauseAgain(tx: Transaction, id: string, at: number, entries: readonly PauseEntry[]): Ok<{ readonly pause: PauseRecord }> | NotFound {
  const before = openPause(tx.db, id);
  if (!before) return { outcome: "not_found" };
  const held = before.phase === "resuming" ? wovenFreeOf(tx.db, before.strandId) : [];
  const isBusy = new Set(before.entries.filter(({ state, commandId }) => state === "paused" || commandId !== null).map(({ strandId }) => strandId));
  for (const entry of entries) if (!isBusy.has(entry.strandId)) writeEntry(tx.db, id, entry);
  tx.db.run("UPDATE pause_entries SET state = 'paused', reason = NULL WHERE pause_id = ? AND state = 'failed' AND hash_left IS NOT NULL", id);
  if (before.phase === "resuming") tx.db.run("UPDATE pauses SET phase = 'pausing', phase_at = ? WHERE pause_id = ?", at, id);
  tx.emit({ at, type: "pause.changed", strandId: before.strandId, data: { pauseId: id, phase: "pausing" } });
  for (const woven of held) tx.emit({ at, type: "strand.paused", strandId: woven, data: { by: before.by } });
  return { outcome: "ok", pause: getPause(tx.db, id)! };
}

export function resumePause(tx: Transaction, id: string, by: string, at: number): Ok<{ readonly pause: PauseRecord }> | NotFound {
  const before = openPause(tx.db, id);
  if (!before) return { outcome: "not_found" };
  tx.db.run("UPDATE pause_entries SET state = 'paused', reason = NULL WHERE pause_id = ? AND state = 'failed' AND hash_left IS NOT NULL", id);
  if (before.phase === "pausing") tx.db.run("UPDATE pauses SET phase = 'resuming', phase_at = ? WHERE pause_id = ?", at, id);
  tx.emit({ at, type: "pause.changed", strandId: before.strandId, data: { pauseId: id, phase: "resuming", by } });
  const freed = before.phase === "pausing" ? wovenFreeOf(tx.db, before.strandId) : [];
  for (const woven of freed) {
    tx.db.run("UPDATE strands SET fired_until = max(fired_until, ?) WHERE strand_id = ?", at, woven);
    tx.emit({ at, type: "strand.resumed", strandId: woven });
  }
  endIfDone(tx, id, at);
  return { outcome: "ok", pause: getPause(tx.db, id)! };
}

export function movePauseEntry(tx: Transaction, id: string, from: PauseEntry, to: PauseEntry, at: number): Ok<{ readonly endedAt: number | null }> | Lost | NotFound {
  if (rowOf(tx.db, id)?.endedAt !== null) return { outcome: "not_found" };
  const moved = tx.db.run(
    `UPDATE pause_entries SET state = ?, reason = ?, command_id = ?, hash_left = ? WHERE pause_id = ? AND strand_id = ? AND state = ? AND command_id IS ?`,
    to.state, to.reason, to.commandId, to.hashLeft, id, from.strandId, from.state, from.commandId,
  );
  if (moved === 0) return { outcome: "lost" };
  if (to.state !== from.state) tx.emit({ at, type: "pause.changed", strandId: from.strandId, data: { pauseId: id, state: to.state, reason: to.reason } });
  endIfDone(tx, id, at);
  return { outcome: "ok", endedAt: rowOf(tx.db, id)!.endedAt };
}

function endIfDone(tx: Transaction, id: string, at: number): void {
  const ended = tx.db.run(
    `UPDATE pauses SET ended_at = ? WHERE pause_id = ? AND phase = 'resuming' AND ended_at IS NULL
       AND NOT EXISTS (SELECT 1 FROM pause_entries WHERE pause_id = pauses.pause_id AND ${UNDER_WAY})`,
    at, id,
  );
  if (ended > 0) tx.emit({ at, type: "pause.ended", strandId: rowOf(tx.db, id)!.strandId, data: { pauseId: id } });
}

/** The woven strands in the scope of a pause that no pause holds. */
function wovenFreeOf(db: Database, scope: string | null): string[] {
  const woven = db.all<{ id: string }>("SELECT strand_id AS id FROM strands WHERE kind = 'woven' AND gone_at IS NULL AND (? IS NULL OR strand_id = ?)", scope, scope);
  return woven.map(({ id }) => id).filter((id) => pausedOf(db, id) === null);
}

function writeEntry(db: Database, pauseId: string, entry: PauseEntry): void {
  db.run(
    "INSERT OR REPLACE INTO pause_entries (pause_id, strand_id, enabled_before, hash_before, state, reason, command_id, hash_left) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    pauseId, entry.strandId, bit(entry.enabledBefore), entry.hashBefore, entry.state, entry.reason, entry.commandId, entry.hashLeft,
  );
}

function forgetOld(db: Database): void {
  db.run(`DELETE FROM pauses WHERE ended_at <= (SELECT ended_at FROM pauses WHERE ended_at IS NOT NULL ORDER BY ended_at DESC LIMIT 1 OFFSET ${KEPT})`);
}

function openPause(db: Database, id: string): PauseRecord | null {
  const pause = getPause(db, id);
  return pause?.endedAt === null ? pause : null;
}

function getPause(db: Database, id: string): PauseRecord | null {
  const row = rowOf(db, id);
  return row ? { ...row, entries: entriesOf(db, id) } : null;
}

function rowOf(db: Database, id: string): PauseRow | undefined {
  return db.get<PauseRow>(`${PAUSES} WHERE pause_id = ?`, id);
}

function entriesOf(db: Database, id: string, after = "", most = -1): PauseEntry[] {
  return db.all<EntryRow>(ENTRIES, id, after, most).map((entry) => ({ ...entry, enabledBefore: entry.enabledBefore === 1 }));
}

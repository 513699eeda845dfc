import type { Duplicate, Judgement, NotFound, OccurrenceRecord, OccurrenceStatus, OccurrenceStore, Ok, Page, StrandRecord } from "../contract.ts";
import { occurrenceStatuses } from "../statuses.ts";
import { MOST_COUNTED } from "./bounds.ts";
import type { Database, Value } from "./database.ts";
import { inOrder, pageOf, pageSize, positionOf, type Walk } from "./paging.ts";
import type { Transaction } from "./transaction.ts";

/** So many are forgotten at a time: a transaction is to be short. */
const PRUNED = 250;
/** Of a strand, far more than are ever opened ahead. */
const MOST_OPEN = 1_000;
/** Strands at a time: the answer is one message. */
const STRANDS = 500;

type Settling = Parameters<OccurrenceStore["settle"]>[0];
type Filter = Parameters<OccurrenceStore["list"]>[0];

/** Ends that are told of; the others are as it should be. */
const TOLD: ReadonlySet<OccurrenceStatus> = new Set(["missed", "late", "unknown"]);

const OCCURRENCES = `SELECT strand_id AS strandId, due_at AS dueAt, status, cause, run_id AS runId, grace_ms AS graceMs, judged_at AS judgedAt,
  ack_at AS ackAt, ack_by AS ackBy FROM occurrences`;

/** Opens, judges and drops occurrences of one strand. */
export function settleOccurrences(tx: Transaction, change: Settling): Ok<{ readonly opened: number; readonly judged: number; readonly lost: number }> | NotFound {
  const { strandId, at, open = [], judge = [], drop = [] } = change;
  if (!isStrand(tx.db, strandId)) return { outcome: "not_found" };
  const tally = new Tally();
  for (const dueAt of drop) {
    tally.add("open", -tx.db.run("DELETE FROM occurrences WHERE strand_id = ? AND due_at = ? AND status = 'open'", strandId, dueAt));
  }
  let opened = 0;
  for (const { dueAt, graceMs } of open) {
    opened += tx.db.run(
      "INSERT INTO occurrences (strand_id, due_at, status, grace_ms, opened_at) VALUES (?, ?, 'open', ?, ?) ON CONFLICT DO NOTHING",
      strandId, dueAt, graceMs, at,
    );
  }
  tally.add("open", opened);
  const judged = judge.filter((judgement) => pass(tx, strandId, judgement, at));
  for (const { from, to } of judged) tally.move(from, to);
  tally.write(tx);
  return { outcome: "ok", opened, judged: judged.length, lost: judge.length - judged.length };
}

/** Compare-and-set; answers whether the occurrence still was what the judgement takes it for. */
function pass(tx: Transaction, strandId: string, { dueAt, from, to, cause = null, runId = null }: Judgement, at: number): boolean {
  const changed = tx.db.run(
    "UPDATE occurrences SET status = ?, cause = ?, run_id = ?, judged_at = ? WHERE strand_id = ? AND due_at = ? AND status = ?",
    to, cause, runId, at, strandId, dueAt, from,
  );
  if (changed === 0) return false;
  // What was told as missed is told again whatever it turns into: the strand looks different now.
  if (TOLD.has(to) || from === "missed") tx.emit({ at, type: `occurrence.${to}`, strandId, runId, data: { dueAt, cause, runId } });
  return true;
}

export function openOccurrences(db: Database, strandId: string): OccurrenceRecord[] {
  return db.all(`${OCCURRENCES} INDEXED BY occurrences_open WHERE strand_id = ? AND status = 'open' ORDER BY due_at LIMIT ${MOST_OPEN}`, strandId);
}

export function strandsWithOpen(db: Database, after: string | null): string[] {
  return db
    .all<{ id: string }>(
      `SELECT DISTINCT strand_id AS id FROM occurrences INDEXED BY occurrences_open WHERE status = 'open' AND strand_id > ? ORDER BY strand_id LIMIT ${STRANDS}`,
      after ?? "",
    )
    .map(({ id }) => id);
}

/**
 * Walks the index that fits the filter, so that a page costs the same at the first row and at the millionth: once for each
 * status, since no index is in order of time over several of them.
 */
export function listOccurrences(db: Database, filter: Filter): Page<OccurrenceRecord> {
  const size = pageSize(filter.limit);
  const isOfAll = filter.strandId === undefined && !filter.asking;
  const walks = isOfAll ? [...new Set(filter.status ?? occurrenceStatuses)].map((status) => walkOf({ ...filter, status: [status] })) : [walkOf(filter)];
  const rows = inOrder<OccurrenceRecord>(db, walks, "due_at DESC, strand_id DESC", size + 1);
  return pageOf(rows, size, (row) => row, (row) => ({ time: row.dueAt, id: row.strandId }));
}

function walkOf(filter: Filter): Walk {
  const { time, id } = positionOf(filter.cursor);
  const conditions = ["(due_at, strand_id) < (?, ?)"];
  const values: Value[] = [time, id];
  const narrow = (condition: string, ...given: readonly Value[]): void => {
    conditions.push(condition);
    values.push(...given);
  };
  if (filter.strandId !== undefined) narrow("strand_id = ?", filter.strandId);
  if (filter.status) narrow(`status IN (${filter.status.map(() => "?").join(", ")})`, ...filter.status);
  if (filter.asking) narrow("status = 'missed' AND ack_at IS NULL");
  if (filter.from !== undefined) narrow("due_at >= ?", filter.from);
  if (filter.to !== undefined) narrow("due_at < ?", filter.to);
  return { sql: `${OCCURRENCES} ${indexFor(filter)} WHERE ${conditions.join(" AND ")}`, values };
}

/** Named, because the planner knows nothing of how the rows are spread. A strand's own rows lie together already. */
function indexFor({ strandId, asking }: Filter): string {
  if (asking) return `INDEXED BY ${strandId === undefined ? "occurrences_asking" : "occurrences_asking_by_strand"}`;
  return strandId === undefined ? "INDEXED BY occurrences_by_status" : "";
}

/** The missed firings of a strand that nobody has acknowledged. */
export function missedOf(db: Database, strandId: string): StrandRecord["missed"] {
  const missed = "FROM occurrences INDEXED BY occurrences_asking_by_strand WHERE strand_id = ? AND status = 'missed' AND ack_at IS NULL";
  const last = db.get<{ lastDueAt: number; cause: OccurrenceRecord["cause"] }>(`SELECT due_at AS lastDueAt, cause ${missed} ORDER BY due_at DESC LIMIT 1`, strandId);
  if (!last) return null;
  const { count } = db.get<{ count: number }>(`SELECT count(*) AS count FROM (SELECT 1 ${missed} LIMIT ${MOST_COUNTED})`, strandId)!;
  return { count, ...last };
}

export function acknowledgeMissed(tx: Transaction, strandId: string, by: string, at: number, until: number | null): Ok<{ readonly acknowledged: number }> | Duplicate | NotFound {
  if (!isStrand(tx.db, strandId)) return { outcome: "not_found" };
  const acknowledged = tx.db.run(
    "UPDATE occurrences INDEXED BY occurrences_asking_by_strand SET ack_at = ?, ack_by = ? WHERE strand_id = ? AND due_at <= ? AND status = 'missed' AND ack_at IS NULL",
    at, by, strandId, until ?? Number.MAX_SAFE_INTEGER,
  );
  if (acknowledged === 0) return { outcome: "duplicate" };
  tx.emit({ at, type: "strand.acknowledged", strandId, data: { what: "missed", by, acknowledged } });
  return { outcome: "ok", acknowledged };
}

export function pruneOccurrences({ db }: Transaction, before: number): number {
  return db.run(
    `DELETE FROM occurrences WHERE (strand_id, due_at) IN
     (SELECT strand_id, due_at FROM occurrences INDEXED BY occurrences_by_status WHERE status IN ('met', 'excused') AND due_at < ? LIMIT ${PRUNED})`,
    before,
  );
}

/** A strand's rows lie together, so the row after those to keep is found without those of others. */
export function pruneOccurrencesOf({ db }: Transaction, strandId: string, keep: number): number {
  return db.run(
    `DELETE FROM occurrences WHERE strand_id = @strandId AND due_at IN
     (SELECT due_at FROM occurrences WHERE strand_id = @strandId AND status IN ('met', 'excused')
        AND due_at <= (SELECT due_at FROM occurrences WHERE strand_id = @strandId ORDER BY due_at DESC LIMIT 1 OFFSET @keep) ORDER BY due_at LIMIT ${PRUNED})`,
    { strandId, keep },
  );
}

export function countOccurrences(db: Database): Record<OccurrenceStatus, number> {
  const counts = Object.fromEntries(occurrenceStatuses.map((status) => [status, 0])) as Record<OccurrenceStatus, number>;
  for (const { status, n } of db.all<{ status: OccurrenceStatus; n: number }>("SELECT status, n FROM occurrence_counts")) counts[status] = n;
  return counts;
}

/** How the counts of all occurrences change; the rows cannot be counted, since old ones are forgotten. */
class Tally {
  readonly #changes = new Map<OccurrenceStatus, number>();

  add(status: OccurrenceStatus, n: number): void {
    this.#changes.set(status, (this.#changes.get(status) ?? 0) + n);
  }

  move(from: OccurrenceStatus, to: OccurrenceStatus): void {
    this.add(from, -1);
    this.add(to, 1);
  }

  write({ db }: Transaction): void {
    for (const [status, n] of this.#changes) {
      if (n !== 0) db.run("INSERT INTO occurrence_counts (status, n) VALUES (?, ?) ON CONFLICT (status) DO UPDATE SET n = n + excluded.n", status, n);
    }
  }
}

function isStrand(db: Database, strandId: string): boolean {
  return db.get("SELECT 1 FROM strands WHERE strand_id = ?", strandId) !== undefined;
}

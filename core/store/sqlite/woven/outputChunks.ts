import type { NotFound, Ok, OutputGap, OutputPart } from "../../contract.ts";
import { cut, tail } from "../bounds.ts";
import type { Database } from "../database.ts";
import { stepOutput } from "../outputs.ts";
import type { Transaction } from "../transaction.ts";

/** Lines that come one by one lie together, up to so many bytes. */
const SMALL_BYTES = 4_096;

interface Chunk {
  readonly from: number;
  readonly text: string;
}

/** What lies on the row of a step. */
interface OutputRow {
  readonly tail: string | null;
  readonly bytes: number | null;
  readonly gapFrom: number | null;
  readonly gapTo: number | null;
  readonly gapLines: number | null;
}

const OUTPUT_ROW = `SELECT output_tail AS tail, output_bytes AS bytes, gap_from AS gapFrom, gap_to AS gapTo, gap_lines AS gapLines
  FROM step_runs WHERE run_id = ? AND step_id = ?`;

/** Adds to the end of a row's output. Of one that is longer than is kept, the first and the last half stay. */
export function appendOutput(tx: Transaction, { runId, step, text }: { runId: string; step: string; text: string }): Ok<{ readonly bytes: number }> | NotFound {
  const { db, keep } = tx;
  const row = db.get<OutputRow>(OUTPUT_ROW, runId, step);
  if (!row) return { outcome: "not_found" };
  const before = row.bytes ?? 0;
  const encoded = Buffer.from(text);
  const bytes = before + encoded.length;
  const head = Math.ceil(keep.stepOutputBytes / 2);
  const growing = new GrowingOutput(db, runId, step, { head, lastFrom: bytes - (keep.stepOutputBytes - head) }, gapOf(row));
  growing.add(before, encoded);
  const gap = growing.forget();
  db.run(
    "UPDATE step_runs SET output_tail = ?, output_bytes = ?, gap_from = ?, gap_to = ?, gap_lines = ? WHERE run_id = ? AND step_id = ?",
    tail((row.tail ?? "") + text, keep.outputTailBytes), bytes, gap?.from ?? null, gap?.to ?? null, gap?.lines ?? null, runId, step,
  );
  return { outcome: "ok", bytes };
}

/** An output while something is added to it. */
class GrowingOutput {
  readonly #db: Database;
  readonly #name: readonly [runId: string, step: string];
  /** Bytes before `head` stay for good, and those from `lastFrom` on for now. */
  readonly #kept: { readonly head: number; readonly lastFrom: number };
  #gap: OutputGap | null;

  constructor(db: Database, runId: string, step: string, kept: { readonly head: number; readonly lastFrom: number }, gap: OutputGap | null) {
    [this.#db, this.#name, this.#kept, this.#gap] = [db, [runId, step], kept, gap];
  }

  add(at: number, encoded: Buffer): void {
    const { head, lastFrom } = this.#kept;
    // No piece lies on both sides of the end of what stays.
    const first = cut(encoded, 0, Math.max(0, head - at)).text;
    const rest = encoded.subarray(Buffer.byteLength(first));
    if (first !== "") this.#put(at, first);
    const restAt = at + encoded.length - rest.length;
    const last = cut(rest, Math.max(0, Math.max(head, lastFrom) - restAt), rest.length);
    if (last.start > 0) this.#miss(restAt, restAt + last.start, linesIn(rest.toString("utf8", 0, last.start)));
    if (last.text !== "") this.#put(restAt + last.start, last.text);
  }

  /** Forgets what is neither of the first nor of the last part; answers what is missing by now. */
  forget(): OutputGap | null {
    const { head, lastFrom } = this.#kept;
    if (lastFrom <= head) return this.#gap;
    const old = this.#db.all<{ rowid: number; from: number; bytes: number; lines: number }>(
      `SELECT rowid, from_byte AS "from", octet_length(text) AS bytes, length(text) - length(replace(text, char(10), '')) AS lines FROM output_chunks
       WHERE run_id = ? AND step_id = ? AND from_byte > ? AND from_byte < ? AND from_byte + octet_length(text) > ? AND from_byte + octet_length(text) <= ?`,
      ...this.#name, head - SMALL_BYTES, lastFrom, head, lastFrom,
    );
    for (const { rowid, from, bytes, lines } of old) {
      this.#db.run("DELETE FROM output_chunks WHERE rowid = ?", rowid);
      this.#miss(from, from + bytes, lines);
    }
    return this.#gap;
  }

  #miss(from: number, to: number, lines: number): void {
    const gap = this.#gap;
    this.#gap = gap ? { from: Math.min(gap.from, from), to: Math.max(gap.to, to), lines: gap.lines + lines } : { from, to, lines };
  }

  #put(from: number, text: string): void {
    const last = this.#db.get<{ rowid: number; from: number; bytes: number }>(
      `SELECT rowid, from_byte AS "from", octet_length(text) AS bytes FROM output_chunks WHERE run_id = ? AND step_id = ? ORDER BY from_byte DESC LIMIT 1`,
      ...this.#name,
    );
    const size = Buffer.byteLength(text);
    const isApart = last === undefined || last.from + last.bytes !== from || (last.from < this.#kept.head && from + size > this.#kept.head);
    if (!isApart && last.bytes + size <= SMALL_BYTES) this.#db.run("UPDATE output_chunks SET text = text || ? WHERE rowid = ?", text, last.rowid);
    else this.#db.run("INSERT INTO output_chunks (run_id, step_id, from_byte, text) VALUES (?, ?, ?, ?)", ...this.#name, from, text);
  }
}

/** Output from a byte offset on, at most `limit` bytes, cut between characters, up to what is missing. Null: there is no such row. */
export function outputAfter(db: Database, runId: string, step: string, offset: number, limit: number): OutputPart | null {
  const row = db.get<OutputRow>(OUTPUT_ROW, runId, step);
  if (!row) return null;
  const bytes = row.bytes ?? 0;
  const whole = row.gapFrom === null ? storedWhole(db, runId, step) : null;
  const missing = gapOf(row) ?? (whole && whole.from > 0 ? { from: 0, to: whole.from, lines: 0 } : null);
  const chunks = whole ? [whole] : chunksAt(db, runId, step, offset, limit);
  const [first] = chunks;
  if (!first) return { from: bytes, text: "", bytes, missing };
  const { start, text } = cut(Buffer.from(chunks.map((chunk) => chunk.text).join("")), Math.max(0, offset - first.from), limit);
  return { from: first.from + start, text, bytes, missing };
}

/** The pieces without a gap that hold these bytes, or follow them next. */
function chunksAt(db: Database, runId: string, step: string, offset: number, limit: number): Chunk[] {
  const before = db.get<{ from: number; end: number }>(
    `SELECT from_byte AS "from", from_byte + octet_length(text) AS end FROM output_chunks WHERE run_id = ? AND step_id = ? AND from_byte <= ? ORDER BY from_byte DESC LIMIT 1`,
    runId, step, offset,
  );
  const next = (): number | null =>
    db.get<{ next: number | null }>("SELECT min(from_byte) AS next FROM output_chunks WHERE run_id = ? AND step_id = ? AND from_byte > ?", runId, step, offset)!.next;
  const first = before && before.end > offset ? before.from : next();
  if (first === null) return [];
  const chunks = db.all<Chunk>(
    `SELECT from_byte AS "from", text FROM output_chunks WHERE run_id = ? AND step_id = ? AND from_byte >= ? AND from_byte < ? ORDER BY from_byte`,
    runId, step, first, Math.max(first, offset) + limit,
  );
  let end = first;
  const broken = chunks.findIndex(({ from, text }) => from !== end || ((end += Buffer.byteLength(text)), false));
  return broken === -1 ? chunks : chunks.slice(0, broken);
}

/** The output of a run that its owner told of in one go; null: it is kept in pieces, or there is none. */
function storedWhole(db: Database, runId: string, step: string): Chunk | null {
  if (db.get("SELECT 1 FROM output_chunks WHERE run_id = ? AND step_id = ? LIMIT 1", runId, step)) return null;
  const output = stepOutput(db, runId, step);
  return output && { from: output.bytes - Buffer.byteLength(output.text), text: output.text };
}

function gapOf({ gapFrom, gapTo, gapLines }: OutputRow): OutputGap | null {
  return gapFrom === null ? null : { from: gapFrom, to: gapTo!, lines: gapLines ?? 0 };
}

function linesIn(text: string): number {
  return text.split("\n").length - 1;
}

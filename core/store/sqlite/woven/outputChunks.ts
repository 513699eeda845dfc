import type { NotFound, Ok } from "../../contract.ts";
import { cut, tail } from "../bounds.ts";
import type { Database } from "../database.ts";
import { stepOutput } from "../outputs.ts";
import type { Transaction } from "../transaction.ts";

interface Chunk {
  readonly from: number;
  readonly text: string;
}

/** An output as far as it was asked for: `from` is where `text` begins, `bytes` how long the whole is. */
export interface OutputPart {
  readonly from: number;
  readonly text: string;
  readonly bytes: number;
}

/** Adds to the end of a row's output, and forgets its oldest pieces where it is longer than is kept. */
export function appendOutput(tx: Transaction, { runId, step, text }: { runId: string; step: string; text: string }): Ok<{ readonly bytes: number }> | NotFound {
  const { db, keep } = tx;
  const row = db.get<{ tail: string | null; bytes: number | null }>(
    "SELECT output_tail AS tail, output_bytes AS bytes FROM step_runs WHERE run_id = ? AND step_id = ?",
    runId, step,
  );
  if (!row) return { outcome: "not_found" };
  const bytes = (row.bytes ?? 0) + Buffer.byteLength(text);
  const kept = tail(text, keep.fullOutputBytes);
  db.run("UPDATE step_runs SET output_tail = ?, output_bytes = ? WHERE run_id = ? AND step_id = ?", tail((row.tail ?? "") + text, keep.outputTailBytes), bytes, runId, step);
  if (kept !== "") db.run("INSERT INTO output_chunks (run_id, step_id, from_byte, text) VALUES (?, ?, ?, ?)", runId, step, bytes - Buffer.byteLength(kept), kept);
  db.run("DELETE FROM output_chunks WHERE run_id = ? AND step_id = ? AND from_byte < ?", runId, step, bytes - keep.fullOutputBytes);
  return { outcome: "ok", bytes };
}

/** Output from a byte offset on, at most `limit` bytes, cut between characters. Null: there is no such row. */
export function outputAfter(db: Database, runId: string, step: string, offset: number, limit: number): OutputPart | null {
  const row = db.get<{ bytes: number | null }>("SELECT output_bytes AS bytes FROM step_runs WHERE run_id = ? AND step_id = ?", runId, step);
  if (!row) return null;
  const bytes = row.bytes ?? 0;
  const chunks = chunksAt(db, runId, step, offset, limit) ?? storedWhole(db, runId, step);
  const [first] = chunks;
  if (!first) return { from: bytes, text: "", bytes };
  const { start, text } = cut(Buffer.from(chunks.map((chunk) => chunk.text).join("")), Math.max(0, offset - first.from), limit);
  return { from: first.from + start, text, bytes };
}

/** The pieces that hold these bytes, or the oldest that are kept. Null: it is not kept in pieces. */
function chunksAt(db: Database, runId: string, step: string, offset: number, limit: number): Chunk[] | null {
  const { first } = db.get<{ first: number | null }>(
    `SELECT coalesce(max(from_byte) FILTER (WHERE from_byte <= ?), min(from_byte)) AS first FROM output_chunks WHERE run_id = ? AND step_id = ?`,
    offset, runId, step,
  )!;
  if (first === null) return null;
  return db.all<Chunk>(
    `SELECT from_byte AS "from", text FROM output_chunks WHERE run_id = ? AND step_id = ? AND from_byte >= ? AND from_byte < ? ORDER BY from_byte`,
    runId, step, first, Math.max(first, offset) + limit,
  );
}

/** The output of a run that its owner told of in one go. */
function storedWhole(db: Database, runId: string, step: string): Chunk[] {
  const output = stepOutput(db, runId, step);
  return output ? [{ from: output.bytes - Buffer.byteLength(output.text), text: output.text }] : [];
}

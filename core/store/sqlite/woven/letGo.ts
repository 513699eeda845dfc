import type { DrivenRunStore, Duplicate, LetGo, NotFound, Ok } from "../../contract.ts";
import { fromJson, json } from "../cells.ts";
import { tellOutcome } from "../tellRun.ts";
import type { Transaction } from "../transaction.ts";
import { findTwin, writeRun } from "./beginRun.ts";
import type { SentRun } from "./wire.ts";

/** An open page hears of the count only so often. */
const TOLD_MS = 60_000;

/** What lies on the run that stands for many starts. */
interface Counted {
  readonly letGo: number;
  /** When the last of them was due, in ISO 8601. */
  readonly lastAt: string;
  readonly counted: { readonly upTo: number; readonly toldAt: number };
}

/** Counts starts that are let go on the one run that stands for them. */
export function letGo(tx: Transaction, run: SentRun, { why, last, marks }: LetGo): Awaited<ReturnType<DrivenRunStore["letGo"]>> {
  if (!tx.db.get("SELECT 1 FROM strands WHERE strand_id = ? AND kind = 'woven'", run.strandId)) return { outcome: "not_found" } satisfies NotFound;
  const runId = findTwin(tx, run) ?? run.id;
  const before = countedOn(tx, runId);
  const fresh = marks.filter((mark) => mark > (before?.counted.upTo ?? -Infinity));
  if (fresh.length === 0) return { outcome: "duplicate", runId } satisfies Duplicate & { runId: string };
  if (!before) writeRun(tx, run);
  const isTold = !before || last - before.counted.toldAt >= TOLD_MS;
  const times = (before?.letGo ?? 0) + fresh.length;
  const summary: Counted = { letGo: times, lastAt: new Date(last).toISOString(), counted: { upTo: fresh.at(-1)!, toldAt: isTold ? last : before.counted.toldAt } };
  const error = `${why}: ${times} ${times === 1 ? "start was" : "starts were"} let go.`;
  tx.db.run("UPDATE runs SET error = ?, summary = ? WHERE run_id = ?", error, json(summary), runId);
  if (isTold) tell(tx, run, runId, { error, at: last, isNews: !before });
  return { outcome: "ok", runId } satisfies Ok<{ runId: string }>;
}

function countedOn({ db }: Transaction, runId: string): Counted | null {
  const row = db.get<{ summary: string | null }>("SELECT summary FROM runs WHERE run_id = ?", runId);
  return row?.summary ? fromJson<Counted>(row.summary) : null;
}

function tell(tx: Transaction, { strandId, trigger, state: { status, code } }: SentRun, runId: string, { error, at, isNews }: { error: string; at: number; isNews: boolean }): void {
  const { startedAt } = tx.db.get<{ startedAt: number }>("SELECT started_at AS startedAt FROM runs WHERE run_id = ?", runId)!;
  tellOutcome(tx, { id: strandId, at }, runId, isNews ? "news" : "correction", { status, code, error, red: false, trigger, startedAt, finishedAt: startedAt }, []);
}

import type { ObservedRun } from "../../mirror/contract.ts";
import type { NotFound, ObservedRuns, Ok } from "../contract.ts";
import { acknowledgeRed } from "./acknowledge.ts";
import { wholeMs } from "./cells.ts";
import { keepP95 } from "./p95.ts";
import { recordFinished, recordLost, recordRunning, renameRunning, type ObservedStrand } from "./recordRun.ts";
import { stepsOf } from "./strands.ts";
import type { Transaction } from "./transaction.ts";

/** Records what a look has told about the runs of one strand. */
export function observeRuns(tx: Transaction, news: ObservedRuns): Ok<{ readonly added: number; readonly finished: number }> | NotFound {
  const row = tx.db.get<{ node_id: string }>("SELECT node_id FROM strands WHERE strand_id = ? AND kind = 'mirrored'", news.strandId);
  if (!row) return { outcome: "not_found" };
  const strand: ObservedStrand = { id: news.strandId, nodeId: row.node_id, steps: stepsOf(tx.db, news.strandId), at: news.at };
  const tally = news.beforeFirstSight ? recordHistory(tx, strand, news.finished) : recordNews(tx, strand, news);
  if (tally.finished > 0) keepP95(tx, strand.id);
  if (news.importedMark !== undefined) tx.db.run("UPDATE strands SET imported_mark = ? WHERE strand_id = ?", news.importedMark, strand.id);
  if (news.historyComplete !== undefined) tx.db.run("UPDATE strands SET history_complete = ? WHERE strand_id = ?", Number(news.historyComplete), strand.id);
  return { outcome: "ok", ...tally };
}

interface Tally {
  readonly added: number;
  readonly finished: number;
}

function recordNews(tx: Transaction, strand: ObservedStrand, news: ObservedRuns): Tally {
  if (news.heir) renameRunning(tx, strand, news.heir);
  let { added, finished } = recordEnds(tx, strand, news.finished, { quiet: false });
  if (news.running === undefined) return { added, finished };
  for (const runId of unseenEnds(tx, strand.id, news.running?.key ?? null)) {
    recordLost(tx, strand, runId);
    finished++;
  }
  if (news.running && recordRunning(tx, strand, news.running) === "added") added++;
  return { added, finished };
}

/** Oldest first, so that the events tell of the runs in their order. */
function recordEnds(tx: Transaction, strand: ObservedStrand, runs: readonly ObservedRun[], options: { readonly quiet: boolean }): Tally {
  const oldestFirst = runs.toSorted((a, b) => a.startedAt - b.startedAt || a.finishedAt - b.finishedAt);
  const done = oldestFirst.map((run) => recordFinished(tx, strand, run, options));
  return { added: done.filter((what) => what === "added").length, finished: done.filter((what) => what !== "known").length };
}

/** Runs that are stored as under way although the owner names another one, or none. */
function unseenEnds(tx: Transaction, strandId: string, runningKey: string | null): string[] {
  return tx.db
    .all<{ run_id: string }>(
      `SELECT run_id FROM runs INDEXED BY runs_active WHERE strand_id = ? AND finished_at IS NULL AND external_key IS NOT ?
       ORDER BY started_at, run_id`,
      strandId, runningKey,
    )
    .map((row) => row.run_id);
}

/** Imports runs from before Loom knew the strand: one event for all, and no old failure asks for attention. */
function recordHistory(tx: Transaction, strand: ObservedStrand, runs: readonly ObservedRun[]): Tally {
  const { added, finished } = recordEnds(tx, strand, runs, { quiet: true });
  if (finished === 0) return { added, finished };
  const oldest = Math.min(...runs.map((run) => run.startedAt));
  const newest = Math.max(...runs.map((run) => run.startedAt));
  acknowledgeHistory(tx, strand, oldest, newest);
  tx.emit({ at: strand.at, type: "strand.history", strandId: strand.id, data: { added, oldest, newest } });
  return { added, finished };
}

/** All but the strand's newest run, which says how it stands. */
function acknowledgeHistory(tx: Transaction, strand: ObservedStrand, oldest: number, newest: number): void {
  const old = {
    condition: "started_at BETWEEN ? AND ? AND run_id <> (SELECT run_id FROM runs WHERE strand_id = ? ORDER BY started_at DESC, run_id DESC LIMIT 1)",
    values: [wholeMs(oldest), wholeMs(newest), strand.id],
  };
  acknowledgeRed(tx, strand.id, old, "loom", strand.at);
}

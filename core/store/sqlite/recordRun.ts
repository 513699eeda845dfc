import { newIdAt } from "../../ids/uuid.ts";
import type { ObservedRun, ObservedStep } from "../../mirror/contract.ts";
import type { RunStatus, StepDefinition, StepStatus } from "../contract.ts";
import { boundedJson, boundedObject, ERROR_BYTES, head, JSON_BYTES } from "./bounds.ts";
import { bit, wholeMs } from "./cells.ts";
import { askerOf } from "./commandLinks.ts";
import { keepOutput, outputCells } from "./outputs.ts";
import { tellOutcome, tellStep, type Outcome, type Telling } from "./tellRun.ts";
import type { Transaction } from "./transaction.ts";

/** The strand whose runs are recorded, and when its owner told of them. */
export interface ObservedStrand {
  readonly id: string;
  readonly nodeId: string;
  readonly steps: readonly StepDefinition[];
  readonly at: number;
}

interface StoredRun {
  readonly run_id: string;
  readonly trigger: string;
  readonly started_at: number;
  readonly finished_at: number | null;
  readonly inferred: number;
  readonly code: string | null;
}

interface StoredStep {
  readonly step_id: string;
  readonly seq: number;
  readonly status: StepStatus;
  readonly started_at: number | null;
}

const LOST_WORDS = "The run ended unseen, and its owner has not told how.";
const STORED_RUN = "SELECT run_id, trigger, started_at, finished_at, inferred, code FROM runs";

/** Records the run under way, unless its end is known. */
export function recordRunning(tx: Transaction, strand: ObservedStrand, running: { key: string; startedAt: number }): "added" | "known" {
  const stored = findRun(tx, strand.id, running.key);
  if (stored?.finished_at === null || stored?.inferred === 0) return "known";
  const startedAt = wholeMs(running.startedAt);
  const runId = stored?.run_id ?? newIdAt(startedAt);
  if (stored) {
    tx.db.run(
      // It stays `inferred`: that it was told to have ended must be known when it does.
      `UPDATE runs SET status = 'running', code = NULL, error = NULL, started_at = ?, finished_at = NULL, red = 0, ack_at = NULL,
         ack_by = NULL, stuck_at = NULL WHERE run_id = ?`,
      startedAt, runId,
    );
    tx.db.run("DELETE FROM step_runs WHERE run_id = ?", runId);
  } else {
    tx.db.run(
      "INSERT INTO runs (run_id, strand_id, external_key, trigger, status, node_id, started_at) VALUES (?, ?, ?, 'unknown', 'running', ?, ?)",
      runId, strand.id, running.key, strand.nodeId, startedAt,
    );
  }
  const steps = strand.steps.map(({ id, label }, seq) => ({ id, label, seq, status: seq === 0 ? ("running" as const) : ("pending" as const) }));
  for (const { id, label, seq, status } of steps) {
    tx.db.run(
      "INSERT INTO step_runs (run_id, step_id, seq, label, status, node_id, started_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
      runId, id, seq, label, status, strand.nodeId, status === "running" ? startedAt : null,
    );
  }
  if (stored) {
    const outcome: Outcome = { status: "running", code: null, error: null, red: false, trigger: stored.trigger, startedAt, finishedAt: null };
    tellOutcome(tx, strand, runId, "correction", outcome, steps);
    return "known";
  }
  tx.emit({ at: strand.at, type: "run.started", strandId: strand.id, runId, data: { startedAt, trigger: "unknown" } });
  const [first] = steps;
  if (first) tx.emit({ at: strand.at, type: "step.started", strandId: strand.id, runId, data: { stepId: first.id, label: first.label, startedAt } });
  return "added";
}

/**
 * Records a run that its owner tells the end of: a new one, one that was under way, or one whose end was a conclusion,
 * Loom's own or its owner's. `quiet` leaves out the events of a new one: the first that is told of it may then be a correction.
 */
export function recordFinished(tx: Transaction, strand: ObservedStrand, run: ObservedRun, { quiet }: { quiet: boolean }): "added" | "finished" | "known" {
  const stored = findRun(tx, strand.id, run.key);
  if (stored && isFinal(stored, run)) return "known";
  const runId = stored?.run_id ?? newIdAt(wholeMs(run.startedAt));
  const steps = [...run.steps, ...untoldSteps(tx, stored, run)];
  const end: Outcome = {
    status: run.status,
    code: run.code ?? null,
    error: run.error === undefined ? null : head(run.error, ERROR_BYTES),
    red: run.status === "failed" || steps.some((step) => step.status === "failed"),
    trigger: run.trigger,
    startedAt: wholeMs(run.startedAt),
    finishedAt: wholeMs(run.finishedAt),
  };
  const by = run.ownerRunId === undefined ? null : askerOf(tx, strand, run.ownerRunId, runId);
  const telling = stored ? tellingOf(stored) : quiet ? "silence" : "news";
  writeEnd(tx, strand, run, runId, end, by);
  if (!stored && !quiet) {
    tx.emit({ at: strand.at, type: "run.started", strandId: strand.id, runId, data: { startedAt: end.startedAt, trigger: end.trigger } });
  }
  if (stored) tx.db.run("DELETE FROM step_runs WHERE run_id = ?", runId);
  for (const step of steps) {
    writeStep(tx, strand, runId, step);
    tellStep(tx, strand, runId, telling, step);
  }
  tellOutcome(tx, strand, runId, telling, end, steps);
  return stored ? "finished" : "added";
}

/** Concludes that a run under way has ended, since its owner no longer names it. */
export function recordLost(tx: Transaction, strand: ObservedStrand, runId: string): void {
  const stored = tx.db.get<StoredRun>(`${STORED_RUN} WHERE run_id = ?`, runId)!;
  const { trigger, started_at: startedAt } = stored;
  const end: Outcome = { status: "failed", code: "lost", error: LOST_WORDS, red: true, trigger, startedAt, finishedAt: strand.at };
  const telling = tellingOf(stored);
  tx.db.run(
    "UPDATE runs SET status = 'failed', code = 'lost', error = ?, finished_at = ?, red = 1, inferred = 1 WHERE run_id = ?",
    LOST_WORDS, strand.at, runId,
  );
  const steps = storedSteps(tx, runId).map((step) => settledWith(step, { status: "failed", finishedAt: strand.at }, "lost"));
  for (const step of steps) {
    tx.db.run(
      "UPDATE step_runs SET status = ?, reason = ?, finished_at = ? WHERE run_id = ? AND step_id = ?",
      step.status, step.reason ?? null, step.finishedAt ?? null, runId, step.id,
    );
    tellStep(tx, strand, runId, telling, step);
  }
  tellOutcome(tx, strand, runId, telling, end, steps);
}

/** Gives the run under way, or one that was called lost, the key under which its owner tells its end, unless a run has that key already. */
export function renameRunning(tx: Transaction, strand: ObservedStrand, { from, to }: { from: string; to: string }): void {
  if (findRun(tx, strand.id, to)) return;
  tx.db.run("UPDATE runs SET external_key = ? WHERE strand_id = ? AND external_key = ? AND (finished_at IS NULL OR (inferred = 1 AND code = 'lost'))", to, strand.id, from);
}

/** An owner that restarts may take a run for interrupted and tell its real end later; nothing else is told twice. */
function isFinal(stored: StoredRun, told: ObservedRun): boolean {
  if (stored.finished_at === null || stored.inferred === 1) return false;
  return stored.code !== "interrupted" || told.code === "interrupted";
}

/** A run that had an end once stays `inferred` while it is under way again. */
function tellingOf(stored: StoredRun): Telling {
  return stored.finished_at !== null || stored.inferred === 1 ? "correction" : "news";
}

function findRun(tx: Transaction, strandId: string, key: string): StoredRun | undefined {
  return tx.db.get<StoredRun>(`${STORED_RUN} WHERE strand_id = ? AND external_key = ?`, strandId, key);
}

function storedSteps(tx: Transaction, runId: string): StoredStep[] {
  return tx.db
    .all<StoredStep>("SELECT step_id, seq, status, started_at FROM step_runs WHERE run_id = ?", runId)
    .sort((a, b) => a.seq - b.seq);
}

/** Steps that were stored with the run and that its owner says nothing of: they end with the run. */
function untoldSteps(tx: Transaction, stored: StoredRun | undefined, run: ObservedRun): ObservedStep[] {
  if (!stored) return [];
  const told = new Set(run.steps.map((step) => step.id));
  return storedSteps(tx, stored.run_id)
    .filter((step) => !told.has(step.step_id))
    .map((step) => settledWith(step, { status: run.status, finishedAt: wholeMs(run.finishedAt) }, undefined));
}

/** A step that had begun ends as its run did; one that had not is skipped. */
function settledWith(step: StoredStep, run: { status: RunStatus; finishedAt: number }, reason: string | undefined): ObservedStep {
  if (step.started_at === null) return { id: step.step_id, status: "skipped", reason: "dependency" };
  const status = run.status === "failed" ? "failed" : run.status === "succeeded" ? "completed" : "skipped";
  return {
    id: step.step_id,
    status,
    startedAt: step.started_at,
    finishedAt: run.finishedAt,
    ...(status === "skipped" && { reason: "cancelled" }),
    ...(reason !== undefined && { reason }),
  };
}

function writeEnd(tx: Transaction, strand: ObservedStrand, run: ObservedRun, runId: string, end: Outcome, by: string | null): void {
  const summary = run.summary === undefined ? null : boundedObject(run.summary, JSON_BYTES);
  // What was acknowledged was Loom's conclusion; the owner's word is news again, so the acknowledgement goes.
  tx.db.run(
    `INSERT INTO runs (run_id, strand_id, external_key, owner_run_id, trigger, trigger_by, status, code, error, node_id, started_at,
       finished_at, summary, red)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (run_id) DO UPDATE SET owner_run_id = excluded.owner_run_id, trigger = excluded.trigger,
       trigger_by = coalesce(excluded.trigger_by, trigger_by), status = excluded.status, code = excluded.code, error = excluded.error,
       started_at = excluded.started_at, finished_at = excluded.finished_at, summary = excluded.summary, red = excluded.red,
       ack_at = NULL, ack_by = NULL, inferred = 0`,
    runId, strand.id, run.key, run.ownerRunId ?? null, end.trigger, by, end.status, end.code, end.error, strand.nodeId, end.startedAt,
    end.finishedAt, summary, bit(end.red),
  );
}

function writeStep(tx: Transaction, strand: ObservedStrand, runId: string, step: ObservedStep): void {
  const seq = strand.steps.findIndex((defined) => defined.id === step.id);
  const output = outputCells(step, tx.keep);
  tx.db.run(
    // OR REPLACE: a source that tells a step twice must not stop its whole look.
    `INSERT OR REPLACE INTO step_runs (run_id, step_id, seq, label, status, reason, node_id, started_at, finished_at, exit_code, output_tail, output_bytes,
       error, result)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    runId, step.id, seq === -1 ? strand.steps.length : seq, strand.steps[seq]?.label ?? step.id, step.status, step.reason ?? null,
    strand.nodeId, whole(step.startedAt), whole(step.finishedAt), step.exitCode ?? null,
    output.tail, output.bytes,
    step.error === undefined ? null : head(step.error, ERROR_BYTES),
    step.result === undefined ? null : boundedJson(step.result, JSON_BYTES),
  );
  keepOutput(tx, runId, step, output);
}

function whole(time: number | undefined): number | null {
  return time === undefined ? null : wholeMs(time);
}

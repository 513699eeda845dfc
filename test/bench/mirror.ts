import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../core/clock/system.ts";
import { reconcile } from "../../core/mirror/reconcile.ts";
import { SourceMirror } from "../../core/mirror/sourceMirror.ts";
import type { Store } from "../../core/store/contract.ts";
import { openSqliteStore } from "../../core/store/sqlite/open.ts";
import { quietLog } from "../../core/testing/quietLog.ts";
import { finishedRun, ScriptedSource } from "../support/scriptedSource.ts";
import { percentile } from "./percentile.ts";
import type { BenchRow } from "./row.ts";

const JOBS = 500;
const RUNS_PER_JOB = 200;
const ROUNDS = 20;
const HOUR = 3_600_000;

/** Looks at 500 jobs with 100,000 runs stored: from the adapter's answer to the commit. */
export async function mirrorBench(): Promise<BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), "loom-bench-"));
  const store = await openSqliteStore({ file: join(folder, "loom.db") });
  const source = new ScriptedSource();
  const record = await store.sources.register({ plugin: "bench", nodeId: "node", identity: "bench", label: "Bench", firingsWhileOff: {}, can: source.can, at: systemClock.now() });
  const mirror = new SourceMirror({ store, clock: systemClock, log: quietLog, source, record });
  try {
    for (let n = 0; n < JOBS; n++) source.add(`job-${n}`, { historyMark: "imported", nextRunAt: systemClock.now() + HOUR });
    await mirror.start();
    await mirror.look();
    await mirror.imported();
    await seedRuns(store, record.id);
    // Only the look itself is measured: there is nothing new in any history.
    const unchanged = await looks(mirror, () => {});
    const changed = await looks(mirror, (round) => {
      for (const id of source.jobs.keys()) source.edit(id, { nextRunAt: systemClock.now() + HOUR + round });
    });
    return [
      row("look at 500 jobs that all changed, 100,000 runs stored", changed, unchanged),
      row("reconcile 500 jobs (the decision alone)", reconcileOnly(source), unchanged),
    ];
  } finally {
    await mirror.stop();
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function looks(mirror: SourceMirror, prepare: (round: number) => void): Promise<number[]> {
  const samples: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    prepare(round);
    // A look that follows another rests first; the rest is not part of the figure.
    await systemClock.sleep(500);
    const began = systemClock.mono();
    await mirror.look();
    samples.push(systemClock.mono() - began);
  }
  return samples;
}

function reconcileOnly(source: ScriptedSource): number[] {
  const seen = { sourceId: "bench", at: systemClock.now(), schedulerOn: true, jobs: [...source.jobs.values()], departed: [] };
  const added = reconcile(new Map(), seen).flatMap((change) => (change.kind === "added" ? [change.strand] : []));
  const known = new Map(added.map((strand) => [strand.ownerJobId, { ...strand, goneAt: null }]));
  return Array.from({ length: ROUNDS }, () => {
    const began = systemClock.mono();
    reconcile(known, seen);
    return systemClock.mono() - began;
  });
}

async function seedRuns(store: Store, sourceId: string): Promise<void> {
  const now = systemClock.now();
  const runs = Array.from({ length: RUNS_PER_JOB }, (_, n) => finishedRun(now - (n + 1) * HOUR));
  const strands = Array.from({ length: JOBS }, (_, n) => `${sourceId}:job-${n}`);
  await Promise.all(strands.map((strandId) => store.runs.observe({ strandId, at: now, finished: runs, beforeFirstSight: true })));
}

function row(what: string, samples: readonly number[], beside: readonly number[]): BenchRow {
  const p95 = percentile(samples, 0.95);
  const other = percentile(beside, 0.95);
  return {
    what,
    bound: "p95 ≤ 100 ms",
    measured: `p95 ${p95.toFixed(1)} ms`,
    beside: `unchanged look ${other.toFixed(1)} ms`,
    ratio: (p95 / other).toFixed(1),
    ok: p95 <= 100,
  };
}

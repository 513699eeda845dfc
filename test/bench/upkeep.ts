import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { systemClock } from "../../core/clock/system.ts";
import type { Store } from "../../core/store/contract.ts";
import { openSqliteStore } from "../../core/store/sqlite/open.ts";
import { T } from "../contract/fixtures.ts";
import { DrivenStage } from "../contract/wovenFixtures.ts";
import { IdleThread } from "./idleThread.ts";
import { percentile } from "./percentile.ts";
import type { BenchRow } from "./row.ts";

const RUNS = 100_000;
const EVENTS = 200_000;
const FIRINGS = 100_000;
/** Of 16 MiB, the largest that there may be. */
const ARTIFACTS = 24;
const IDLE_MS = 1_000;
const LAG_RESOLUTION_MS = 5;
const MOST_WAIT_MS = 50;

/** How long other writes, and the event loop, wait while the history is pruned, its room given back, and the database backed up. */
export async function upkeepBench(): Promise<BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), "loom-bench-"));
  const file = join(folder, "loom.db");
  try {
    await fill(file);
    const store = await openSqliteStore({ file });
    const beside = await during(store, () => systemClock.sleep(IDLE_MS));
    const backup = await during(store, () => store.backup(join(folder, "copy.db")));
    const prune = await during(store, () => pruneAll(store));
    const events = await during(store, () => sumOf(() => store.events.prune(0)));
    const firings = await during(store, () => sumOf(() => store.occurrences.prune(systemClock.now())));
    const shrink = await during(store, () => sumOf(() => store.shrink()));
    await store.close();
    const size = `${(backup.answer.bytes / 2 ** 20).toFixed(0)} MB`;
    // The disk itself may hold up a single commit, while it takes the copy in.
    return [
      row(`a write during a backup of ${size}`, backup, beside, 0.99),
      row(`a write while ${prune.answer} runs are forgotten`, prune, beside, 1),
      row(`a write while ${events.answer} events are forgotten`, events, beside, 1),
      row(`a write while ${firings.answer} firings are forgotten`, firings, beside, 1),
      row(`a write while ${(shrink.answer / 2 ** 20).toFixed(0)} MB are given back to the disk`, shrink, beside, 1),
    ];
  } finally {
    await rm(folder, { recursive: true });
  }
}

interface Waits {
  readonly tookMs: number;
  /** How long each write had to wait, one after the other. */
  readonly waits: readonly number[];
  /** How long the event loop stood still at most. */
  readonly lagMs: number;
  /** How late a thread was at most that has nothing to do with it all. */
  readonly idleLateMs: number;
}

function row(what: string, { tookMs, waits, lagMs, idleLateMs }: Waits, beside: Waits, share: number): BenchRow {
  const longest = percentile(waits, 1);
  return {
    what,
    bound: `${share === 1 ? "longest" : `p${share * 100}`}, and the event loop ≤ ${MOST_WAIT_MS} ms`,
    measured: `longest ${longest.toFixed(1)} ms, p99 ${percentile(waits, 0.99).toFixed(1)} ms, event loop ${lagMs.toFixed(1)} ms, in ${(tookMs / 1000).toFixed(1)} s`,
    beside: `alone p99 ${percentile(beside.waits, 0.99).toFixed(1)} ms; an idle thread is late by up to ${idleLateMs.toFixed(1)} ms`,
    ratio: "",
    ok: percentile(waits, share) <= MOST_WAIT_MS && lagMs <= MOST_WAIT_MS,
  };
}

async function during<T>(store: Store, work: () => Promise<T>): Promise<Waits & { readonly answer: T }> {
  const waits: number[] = [];
  let isOver = false;
  const idle = await IdleThread.begun();
  const writing = (async () => {
    while (!isOver) {
      const began = systemClock.mono();
      await store.kv.set("bench", "key", waits.length);
      waits.push(systemClock.mono() - began);
    }
  })();
  const lag = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
  lag.enable();
  const began = systemClock.mono();
  const answer = await work();
  const tookMs = systemClock.mono() - began;
  isOver = true;
  lag.disable();
  await writing;
  const idleLateMs = await idle.end();
  // What is measured is the time between two looks.
  return { answer, tookMs, waits, lagMs: Math.max(0, lag.max / 1e6 - LAG_RESOLUTION_MS), idleLateMs };
}

/** Until nothing is left. */
async function sumOf(prune: () => Promise<number>): Promise<number> {
  let sum = 0;
  for (let gone = await prune(); gone > 0; gone = await prune()) sum += gone;
  return sum;
}

async function pruneAll(store: Store): Promise<number> {
  let gone = 0;
  for (let more = true; more; ) {
    const answer = await store.runs.prune("a", systemClock.now(), 100);
    gone += answer.gone;
    more = answer.more;
  }
  return gone;
}

/** Copies one run, which is stored as the store does it, so often. */
async function fill(file: string): Promise<void> {
  const store = await openSqliteStore({ file });
  const stage = await DrivenStage.begun(store, [{ id: "one" }, { id: "two" }]);
  for (const step of ["one", "two"]) stage.machine.completed(step);
  await stage.store();
  await store.driven.appendOutput({ runId: "r1", step: "one", text: "a line of output\n".repeat(400), at: T });
  await store.driven.keepArtifact({ runId: "r1", step: "one", name: "data", kind: "bytes", data: Buffer.alloc(16), at: T });
  await store.close();
  const db = new Sqlite(file);
  const columns = (table: string): string[] => (db.prepare(`PRAGMA table_info(${table})`).all() as { name: string }[]).map(({ name }) => name);
  const copy = (table: string, changed: Readonly<Record<string, string>>) => {
    const all = columns(table);
    return db.prepare(`INSERT INTO ${table} (${all.join()}) SELECT ${all.map((name) => changed[name] ?? name).join()} FROM ${table} WHERE run_id = 'r1'`);
  };
  const run = copy("runs", { run_id: "'x' || @n", started_at: "started_at + @n * 1000", finished_at: "finished_at + @n * 1000" });
  const parts = ["step_runs", "attempts", "output_chunks"].map((table) => copy(table, { run_id: "'x' || @n" }));
  const artifact = copy("artifacts", { run_id: "'x' || @n", name: "'data' || @m", data: "zeroblob(16777216)" });
  db.transaction(() => {
    for (let n = 0; n < RUNS; n++) for (const insert of [run, ...parts]) insert.run({ n });
    for (let m = 0; m < ARTIFACTS; m++) artifact.run({ n: Math.floor(m / 3) * 1000, m });
    const numbers = (count: number): string => `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`;
    db.exec(`${numbers(EVENTS)} INSERT INTO events (at, type, strand_id, run_id, data) SELECT ${T}, 'step.output', 'a', 'r1', json_object('text', hex(randomblob(100))) FROM n`);
    db.exec(`${numbers(FIRINGS)} INSERT INTO occurrences (strand_id, due_at, status, grace_ms, opened_at) SELECT 'a', ${T} + i * 1000, 'met', 1000, ${T} FROM n`);
  })();
  db.close();
}

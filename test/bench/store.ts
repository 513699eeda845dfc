import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { systemClock } from "../../core/clock/system.ts";
import type { Store } from "../../core/store/contract.ts";
import { openSqliteStore } from "../../core/store/sqlite/open.ts";
import { aRun, aSource, aStrand, look, T } from "../contract/fixtures.ts";
import { seededRandom } from "../support/random.ts";
import { bareCommits } from "./bareCommits.ts";
import { percentile } from "./percentile.ts";
import type { BenchRow } from "./row.ts";

const RUNS = 1_000_000;
const STRANDS = 1000;
const PAGE = 100;
const PAGES = 400;
const WRITERS = 64;
const ROUNDS = 5;
const ROUND_MS = 500;

/** How fast the store reads a page of many runs, and what sharing a commit brings. */
export async function storeBench(): Promise<BenchRow[]> {
  return [...(await withStore(measurePages)), ...(await withStore(measureTransitions))];
}

async function withStore(measure: (store: Store, file: string) => Promise<BenchRow[]>): Promise<BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), "loom-bench-"));
  const file = join(folder, "loom.db");
  const store = await openSqliteStore({ file });
  try {
    const source = await aSource(store);
    const changes = Array.from({ length: STRANDS }, (_, i) => ({ kind: "added" as const, strand: aStrand(`s${i}`) }));
    await store.strands.applyLook(look(source, 0, changes));
    return await measure(store, file);
  } finally {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measurePages(store: Store, file: string): Promise<BenchRow[]> {
  const db = new Sqlite(file);
  try {
    fill(db);
    const random = seededRandom(1);
    const positions = Array.from({ length: PAGES }, () => ({ time: T + Math.floor(random() * RUNS), strandId: `s${Math.floor(random() * STRANDS)}` }));
    const bare = db.prepare("SELECT * FROM runs WHERE (started_at, run_id) < (?, '') ORDER BY started_at DESC, run_id DESC LIMIT ?");
    const page = (position: { time: number }, filter: object) => store.runs.list({ ...filter, cursor: `${position.time}_0`, limit: PAGE });
    const own = await timed(positions, (position) => page(position, {}));
    const beside = await timed(positions, (position) => bare.all(position.time, PAGE));
    const ofStrand = await timed(positions, (position) => page(position, { strandId: position.strandId }));
    const failed = await timed(positions, (position) => page(position, { status: ["failed"] }));
    const [first, again] = await timed([1, 2], () => store.strands.all());
    return [
      pageRow("a page of 100 runs out of 1,000,000", own, beside),
      pageRow("… of one strand", ofStrand, beside),
      pageRow("… that failed", failed, beside),
      { what: "1,000 strands with their newest runs", bound: "—", measured: ms(again!), beside: `the first time ${ms(first!)}`, ratio: "—", ok: true },
    ];
  } finally {
    db.close();
  }
}

/** Runs written straight into the tables: recording a million one by one would take minutes. */
function fill(db: Sqlite.Database): void {
  db.pragma("synchronous = OFF");
  db.exec(`
    WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${RUNS})
    INSERT INTO runs (run_id, strand_id, external_key, trigger, status, node_id, started_at, finished_at, summary, red, ack_at)
    SELECT printf('%012x-%012d', ${T} + i, i), 's' || (i % ${STRANDS}), 'k' || i, 'schedule', iif(i % 50 = 7, 'failed', 'succeeded'), 'node-1',
      ${T} + i, ${T} + i + 900, '{"model":"some model","tokens":1234}', i % 50 = 7, iif(i % 50 = 7 AND i < ${RUNS} - 5000, ${T}, NULL) FROM n`);
  db.pragma("wal_checkpoint(TRUNCATE)");
}

function pageRow(what: string, samples: readonly number[], beside: readonly number[]): BenchRow {
  const p95 = percentile(samples, 0.95);
  const bare = percentile(beside, 0.95);
  return { what, bound: "p95 ≤ 10 ms", measured: `p95 ${ms(p95)}`, beside: `the bare SQL, p95 ${ms(bare)}`, ratio: `${(p95 / bare).toFixed(1)}×`, ok: p95 <= 10 };
}

async function measureTransitions(store: Store, file: string): Promise<BenchRow[]> {
  for (let w = 0; w < WRITERS; w++) await store.commands.add({ id: `c${w}`, strandId: `s${w}`, sourceId: null, kind: "run", by: "bench", askedAt: T });
  const disk = bareCommits(`${file}.bare`);
  // In turns, so that whatever else the machine does falls on all of them alike.
  const rates = { disk: 0, one: 0, many: 0, oneRun: 0, manyRuns: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    rates.disk += disk.rate(ROUND_MS) / ROUNDS;
    rates.one += (await rate(1, (w, i) => moveCommand(store, w, i))) / ROUNDS;
    rates.many += (await rate(WRITERS, (w, i) => moveCommand(store, w, i))) / ROUNDS;
    rates.oneRun += (await rate(1, (w, i) => observeRun(store, round, w, i))) / ROUNDS;
    rates.manyRuns += (await rate(WRITERS, (w, i) => observeRun(store, ROUNDS + round, w, i))) / ROUNDS;
  }
  disk.close();
  return [
    sharingRow(`recorded transitions a second, ${WRITERS} writers waiting`, "≥ 10× one writer's", rates.many, rates.one, rates.disk, rates.many >= 10 * rates.one),
    sharingRow(`runs begun or ended a second with steps and events, ${WRITERS} writers`, "—", rates.manyRuns, rates.oneRun, rates.disk, true),
  ];
}

function sharingRow(what: string, bound: string, many: number, one: number, disk: number, ok: boolean): BenchRow {
  const beside = `one writer ${Math.round(one)}/s, bare commits ${Math.round(disk)}/s`;
  return { what, bound, measured: `${Math.round(many)}/s`, beside, ratio: `${(many / one).toFixed(1)}×`, ok };
}

/** A compare-and-set of one row with its event. */
async function moveCommand(store: Store, writer: number, i: number): Promise<void> {
  const moved = await store.commands.move(`c${writer}`, ["asked", "sent", "unknown"], i % 2 ? "unknown" : "sent", T + i);
  if (moved.outcome !== "ok") throw new Error(`a move was ${moved.outcome}`);
}

/** A run begins at even turns and ends at odd ones. */
async function observeRun(store: Store, round: number, writer: number, i: number): Promise<void> {
  const startedAt = T + round * 1_000_000 + (i >> 1);
  const key = `k${startedAt}`;
  const strandId = `s${writer}`;
  if (i % 2 === 0) await store.runs.observe({ strandId, at: startedAt, finished: [], running: { key, startedAt } });
  else await store.runs.observe({ strandId, at: startedAt, finished: [aRun(key, { startedAt, finishedAt: startedAt + 1 })], running: null });
}

/** How many writes a second this many writers do, each waiting for its answer before the next. */
async function rate(writers: number, write: (writer: number, i: number) => Promise<void>): Promise<number> {
  const began = systemClock.mono();
  let done = 0;
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      // Always in pairs: the next round begins where this one began.
      for (let i = 0; systemClock.mono() - began < ROUND_MS || i % 2 === 1; i++) {
        await write(writer, i);
        done++;
      }
    }),
  );
  return (done * 1000) / (systemClock.mono() - began);
}

async function timed<T>(inputs: readonly T[], work: (input: T) => unknown): Promise<number[]> {
  const samples: number[] = [];
  for (const input of inputs) {
    const began = systemClock.mono();
    await work(input);
    samples.push(systemClock.mono() - began);
  }
  return samples;
}

function ms(time: number): string {
  return `${time.toFixed(2)} ms`;
}

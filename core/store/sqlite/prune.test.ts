import { expect, it, vi } from "vitest";
import { makeFolder, type Folder } from "../../../test/support/folder.ts";
import { pruneAudit } from "./audit.ts";
import { Database } from "./database.ts";
import { pruneEvents } from "./events.ts";
import { migrate } from "./migrate.ts";
import { pruneOccurrences, pruneOccurrencesOf } from "./occurrences.ts";
import { pruneCommands, pruneRuns } from "./prune.ts";
import { Recent } from "./recent.ts";
import { beginSlice } from "./slice.ts";
import { acknowledgeRun } from "./runs.ts";
import { shrink } from "./space.ts";
import type { Transaction } from "./transaction.ts";
import { pruneBundles } from "./woven/bundles.ts";

// Kept as it is, but where a test says how soon it is late.
vi.mock("./slice.ts", { spy: true });

const MANY = 2_000;
/** What one call may take on a slow machine, at a few hundred rows in a few milliseconds. */
const MOST_AT_ONCE = 500;
const LATER = 1e9;
const numbers = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${MANY})`;

class Pruned implements Disposable {
  readonly tx: Transaction;
  carriedOver = 0;

  constructor(folder: Folder) {
    const db = Database.forWriting(folder.at("loom.db"), 100);
    migrate(db);
    db.exec("PRAGMA foreign_keys = OFF");
    this.tx = { db, keep: { outputTailBytes: 0, fullOutputBytes: 0, stepOutputBytes: 0 }, moved: new Recent(0), emit: () => {}, carryOver: () => void this.carriedOver++ };
  }

  fill(into: string): void {
    this.tx.db.exec(`${numbers} INSERT INTO ${into} FROM n`);
  }

  count(table: string): number {
    return this.tx.db.get<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)!.n;
  }

  [Symbol.dispose](): void {
    this.tx.db.close();
  }
}

/** Tables, how to fill them with old rows, and how some of these are forgotten. */
const kinds: readonly (readonly [string, string, (tx: Transaction) => unknown])[] = [
  ["events", "events (at, type, data) SELECT i, 'test', '{}'", (tx) => pruneEvents(tx, 0)],
  ["audit", "audit (audit_id, at, who, role, via, peer, action) SELECT i, i, 'ann', 'admin', 'token', '127.0.0.1', 'test'", (tx) => pruneAudit(tx, LATER)],
  ["commands", "commands (command_id, strand_id, kind, status, asked_by, asked_at, settled_at) SELECT i, 'a', 'run', 'confirmed', 'ann', i, i", (tx) => pruneCommands(tx, LATER)],
  ["occurrences", "occurrences (strand_id, due_at, status, grace_ms, opened_at) SELECT 'a', i, 'met', 1, i", (tx) => pruneOccurrences(tx, LATER)],
  ["occurrences", "occurrences (strand_id, due_at, status, grace_ms, opened_at) SELECT 'a', i, 'met', 1, i", (tx) => pruneOccurrencesOf(tx, "a", 0)],
  ["bundles", "bundles (hash, entry, code, map) SELECT i, 'w.ts', 'code', NULL", (tx) => pruneBundles(tx, [])],
  ["runs", "runs (run_id, strand_id, trigger, status, node_id, started_at, finished_at) SELECT i, 'a', 'schedule', 'succeeded', 'n', i, i", (tx) => pruneRuns(tx, "a", LATER, 0)],
];

it.each(kinds)("forgets some of very many rows of %s, and leaves the others to the next time", async (table, rows, prune) => {
  await using folder = await makeFolder();
  using pruned = new Pruned(folder);
  pruned.fill(rows);
  prune(pruned.tx);
  const left = pruned.count(table);
  expect(left).toBeLessThan(MANY);
  expect(left).toBeGreaterThanOrEqual(MANY - MOST_AT_ONCE);
});

it("acknowledges some of very many red runs at a time, the oldest first, and says that there are more", async () => {
  await using folder = await makeFolder();
  using pruned = new Pruned(folder);
  pruned.fill("runs (run_id, strand_id, trigger, status, node_id, started_at, finished_at, red) SELECT i, 'a', 'schedule', 'failed', 'n', i, i, 1");
  const answer = acknowledgeRun(pruned.tx, "1999", "ann", LATER);
  expect(answer).toMatchObject({ outcome: "ok", more: true });
  const acknowledged = pruned.count("runs WHERE ack_at IS NOT NULL");
  expect(acknowledged).toBeLessThanOrEqual(MOST_AT_ONCE);
  expect(pruned.count(`runs WHERE ack_at IS NOT NULL AND started_at <= ${acknowledged}`)).toBe(acknowledged);
  while (acknowledgeRun(pruned.tx, "1999", "ann", LATER).outcome === "ok");
  expect(pruned.count("runs WHERE ack_at IS NULL")).toBe(1);
});

it.each(["artifacts", "output_chunks", "step_runs"])("leaves off in the middle of a run with large %s once that has taken long enough, and goes on there", async (table) => {
  await using folder = await makeFolder();
  using pruned = new Pruned(folder);
  pruned.fill(kinds.at(-1)![1]);
  const large = {
    artifacts: "artifacts (run_id, step_id, name, kind, bytes, data, created_at) SELECT '1', 'one', i, 'bytes', 1, x'00', 1",
    output_chunks: "output_chunks (run_id, step_id, from_byte, text) SELECT '1', 'one', i, 'a'",
    step_runs: "step_runs (run_id, step_id, seq, label, status, node_id) SELECT '1', i, i, 'ONE', 'completed', 'n'",
  }[table]!;
  pruned.fill(large);
  vi.mocked(beginSlice).mockImplementation(() => lateAfter(3));
  expect(pruneRuns(pruned.tx, "a", LATER, 0)).toEqual({ gone: 0, more: true });
  expect([pruned.count(table) < MANY, pruned.count(table) > 0, pruned.count("runs")]).toEqual([true, true, MANY]);
  vi.mocked(beginSlice).mockImplementation(() => () => false);
  expect(pruneRuns(pruned.tx, "a", LATER, 0)).toEqual({ gone: 100, more: true });
  expect(pruned.count(table)).toBe(0);
});

it("forgets a run at each call, however long it takes to find one", async () => {
  await using folder = await makeFolder();
  using pruned = new Pruned(folder);
  pruned.fill(kinds.at(-1)![1]);
  vi.mocked(beginSlice).mockImplementation(() => () => true);
  for (let call = 1; call <= 3; call++) {
    expect(pruneRuns(pruned.tx, "a", LATER, 0)).toEqual({ gone: 1, more: true });
    expect(pruned.count("runs")).toBe(MANY - call);
  }
});

it("has what forgotten runs changed carried over at each call, and nothing when there was none", async () => {
  await using folder = await makeFolder();
  using pruned = new Pruned(folder);
  pruned.fill(kinds.at(-1)![1]);
  pruneRuns(pruned.tx, "a", LATER, 0);
  pruneRuns(pruned.tx, "a", LATER, 0);
  pruneRuns(pruned.tx, "a", 0, 0);
  expect(pruned.carriedOver).toBe(2);
});

it("leaves off giving room back once that has taken long enough", async () => {
  await using folder = await makeFolder();
  using pruned = new Pruned(folder);
  const { db } = pruned.tx;
  db.exec("CREATE TABLE ballast (data); INSERT INTO ballast VALUES (zeroblob(4000000)); DROP TABLE ballast");
  const free = Number(db.pragma("freelist_count"));
  vi.mocked(beginSlice).mockImplementation(() => lateAfter(3));
  expect(shrink(pruned.tx)).toBeGreaterThan(0);
  expect(Number(db.pragma("freelist_count"))).toBeGreaterThan(free / 2);
});

/** Is asked so often before it says that it is late. */
function lateAfter(times: number): () => boolean {
  let asked = 0;
  return () => ++asked > times;
}

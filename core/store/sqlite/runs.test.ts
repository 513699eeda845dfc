import { expect, it } from "vitest";
import { makeFolder } from "../../../test/support/folder.ts";
import { Database } from "./database.ts";
import { migrate } from "./migrate.ts";
import { getRun, listRuns } from "./runs.ts";
import { listAttempts } from "./woven/attempts.ts";

it("neither a page of runs nor one run reads what runs were started with, which may be long", async () => {
  await using folder = await makeFolder();
  const db = Database.forWriting(folder.at("loom.db"), 100);
  migrate(db);
  db.exec("PRAGMA foreign_keys = OFF");
  db.run("INSERT INTO runs (run_id, strand_id, trigger, status, node_id, started_at, input, red) VALUES ('r', 's', 'manual', 'failed', 'n', 1, ?, 1)", JSON.stringify("long ".repeat(100_000)));
  const read: unknown[] = [];
  const seen = <T>(rows: T): T => (read.push(rows), rows);
  const watched = {
    all: (...asked: Parameters<Database["all"]>) => seen(db.all(...asked)),
    each: (...asked: Parameters<Database["each"]>) => seen([...db.each(...asked)]).values(),
    get: (...asked: Parameters<Database["get"]>) => seen(db.get(...asked)),
  } as unknown as Database;
  for (const filter of [{}, { strandId: "s" }, { status: ["failed" as const] }, { red: true }]) expect(listRuns(watched, { ...filter, limit: 10 }).items).toMatchObject([{ id: "r" }]);
  expect(getRun(watched, "r")).toMatchObject({ run: { id: "r" } });
  expect(read.length).toBeGreaterThan(4);
  expect(JSON.stringify(read)).not.toContain("long");
  db.close();
});

it.each([["too much", "e"], ["what is too much as JSON", "\u0001"]])("a run whose steps say %s to be answered at once tells of each of them, and of the first ones all", async (_, sign) => {
  await using folder = await makeFolder();
  const db = Database.forWriting(folder.at("loom.db"), 100);
  migrate(db);
  db.exec("PRAGMA foreign_keys = OFF");
  db.run("INSERT INTO runs (run_id, strand_id, trigger, status, node_id, started_at) VALUES ('r', 's', 'manual', 'failed', 'n', 1)");
  const [tail, error, result] = ["t".repeat(4000), sign.repeat(4000), JSON.stringify("r".repeat(8000))];
  db.run(
    `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
     INSERT INTO step_runs (run_id, step_id, seq, label, status, node_id, output_tail, output_bytes, error, result)
     SELECT 'r', 'step' || i, i, 'L', 'failed', 'n', iif(i % 2, NULL, ?), iif(i % 2, NULL, 4000), ?, iif(i % 2, NULL, ?) FROM n`,
    tail, error, result,
  );
  const { steps } = getRun(db, "r")!;
  expect(steps.map(({ stepId }) => stepId)).toEqual(Array.from({ length: 1000 }, (_, i) => `step${i}`));
  expect(steps.slice(0, 2)).toMatchObject([{ outputTail: tail, outputKeptBytes: 4000, error, result: JSON.parse(result) }, { outputTail: null, outputKeptBytes: null, error, result: null }]);
  expect(steps.slice(-2)).toMatchObject([
    { outputTail: "", outputBytes: 4000, outputKeptBytes: 4000, error: `${sign.repeat(100)}…`, result: { omitted: true, bytes: result.length } },
    { outputTail: null, outputKeptBytes: null, error: `${sign.repeat(100)}…`, result: null },
  ]);
  expect(JSON.stringify(steps).length).toBeLessThan(5 * 1_048_576);
  db.close();
});

it("of very many attempts the newest are told, and of those the errors of the newest are whole", async () => {
  await using folder = await makeFolder();
  const db = Database.forWriting(folder.at("loom.db"), 100);
  migrate(db);
  db.exec("PRAGMA foreign_keys = OFF");
  db.run("INSERT INTO step_runs (run_id, step_id, seq, label, status, node_id) VALUES ('r', 's', 0, 'L', 'failed', 'n')");
  db.run(
    `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000)
     INSERT INTO attempts (run_id, step_id, epoch, attempt, status, error, node_id, boot_id, started_at, finished_at) SELECT 'r', 's', i, i, 'failed', ?, 'n', 'b', i, i FROM n`,
    "e".repeat(4000),
  );
  const attempts = listAttempts(db, "r");
  expect(attempts.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 10_000 }, (_, n) => 2_001 + n));
  expect([attempts[0]!.error, attempts.at(-1)!.error]).toEqual([`${"e".repeat(100)}…`, "e".repeat(4000)]);
  expect(JSON.stringify(attempts).length).toBeLessThan(5 * 1_048_576);
  db.close();
});

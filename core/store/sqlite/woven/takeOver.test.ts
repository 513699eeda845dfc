import { expect, it, vi } from "vitest";
import { makeFolder } from "../../../../test/support/folder.ts";
import { Database } from "../database.ts";
import { migrate } from "../migrate.ts";
import { Recent } from "../recent.ts";
import { beginSlice } from "../slice.ts";
import { takeOver } from "./takeOver.ts";

// Kept as it is, but where a test says how soon it is late.
vi.mock("../slice.ts", { spy: true });

const MANY = 100;
const numbers = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${MANY})`;

it("copies some rows at a time, and one at least, however long that takes", async () => {
  await using folder = await makeFolder();
  const db = Database.forWriting(folder.at("loom.db"), 100);
  migrate(db);
  db.exec("PRAGMA foreign_keys = OFF");
  db.exec("INSERT INTO runs (run_id, strand_id, trigger, status, node_id, started_at, takes_over) VALUES ('again', 'a', 'retry', 'queued', 'n', 1, 'earlier')");
  for (const [run, result] of [["earlier", "'1'"], ["again", "NULL"]]) {
    db.exec(`${numbers} INSERT INTO step_runs (run_id, step_id, seq, label, status, node_id, result) SELECT '${run}', printf('s%03d', i), i, 'S', 'completed', 'n', ${result} FROM n`);
  }
  const copied = (): number => db.get<{ n: number }>("SELECT count(*) AS n FROM step_runs WHERE run_id = 'again' AND result = '1'")!.n;
  const take = (after: string): string | null => takeOver({ db, keep: { outputTailBytes: 0, fullOutputBytes: 0, stepOutputBytes: 0 }, moved: new Recent(0), emit: () => {}, carryOver: () => {} }, "again", after);
  vi.mocked(beginSlice).mockImplementation(() => () => true);
  expect([take(""), take("s001"), copied()]).toEqual(["s001", "s002", 2]);
  vi.mocked(beginSlice).mockImplementation(() => () => false);
  const after = take("s002");
  expect([copied() > 2, copied() < MANY]).toEqual([true, true]);
  expect([take(after!), copied()]).toEqual([null, MANY]);
  db.close();
});

import { expect, it } from "vitest";
import { aSource, aStrand, look } from "../../../test/contract/fixtures.ts";
import { makeFolder } from "../../../test/support/folder.ts";
import { Database } from "./database.ts";
import { openSqliteStore } from "./open.ts";
import { getStrands } from "./strands.ts";

it("an answer ends where the strands that it tells of are long", async () => {
  await using folder = await makeFolder();
  const store = await openSqliteStore({ file: folder.at("loom.db") });
  const ids = Array.from({ length: 12 }, (_, n) => `s${n}`);
  const source = await aSource(store);
  await store.strands.applyLook(look(source, 0, ids.map((id) => ({ kind: "added", strand: aStrand(id, { definition: { text: "\u0001".repeat(100_000) } }) }))));
  expect((await store.strands.all()).map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
  await store.close();
  const db = Database.forReading(folder.at("loom.db"), 1_000);
  expect(getStrands(db, ids).map(({ id }) => id)).toEqual(["s0", "s1", "s2", "s3"]);
  expect(getStrands(db, ["nobody", ...ids.slice(9)]).map(({ id }) => id)).toEqual(["s9", "s10", "s11"]);
  db.close();
});

it("counts ten thousand red runs and missed firings of a strand, and no more", async () => {
  await using folder = await makeFolder();
  const store = await openSqliteStore({ file: folder.at("loom.db") });
  await store.strands.applyLook(look(await aSource(store), 0, ["few", "many"].map((id) => ({ kind: "added", strand: aStrand(id) }))));
  await store.close();
  const db = Database.forWriting(folder.at("loom.db"), 1_000);
  for (const [id, count] of [["few", 7], ["many", 10_500]] as const) {
    const numbers = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`;
    db.run(`${numbers} INSERT INTO runs (run_id, strand_id, trigger, status, node_id, started_at, finished_at, red) SELECT '${id}' || i, '${id}', 'schedule', 'failed', 'n', i, i, 1 FROM n`);
    db.run(`${numbers} INSERT INTO occurrences (strand_id, due_at, status, cause, grace_ms, opened_at) SELECT '${id}', i, 'missed', iif(i = ${count}, 'asleep', NULL), 0, i FROM n`);
  }
  expect(getStrands(db, ["few", "many"])).toMatchObject([
    { redRuns: 7, missed: { count: 7, lastDueAt: 7, cause: "asleep" } },
    { redRuns: 10_000, missed: { count: 10_000, lastDueAt: 10_500, cause: "asleep" } },
  ]);
  db.close();
});

import { expect, it } from "vitest";
import { makeFolder } from "../../../test/support/folder.ts";
import { Database } from "./database.ts";
import { migrate } from "./migrate.ts";
import { getRun, listRuns } from "./runs.ts";

it("neither a page of runs nor one run reads what runs were started with, which may be long", async () => {
  await using folder = await makeFolder();
  const db = Database.forWriting(folder.at("loom.db"), 100);
  migrate(db);
  db.exec("PRAGMA foreign_keys = OFF");
  db.run("INSERT INTO runs (run_id, strand_id, trigger, status, node_id, started_at, input, red) VALUES ('r', 's', 'manual', 'failed', 'n', 1, ?, 1)", JSON.stringify("long ".repeat(100_000)));
  const read: unknown[] = [];
  const seen = <T>(rows: T): T => (read.push(rows), rows);
  const watched = { all: (...asked: Parameters<Database["all"]>) => seen(db.all(...asked)), get: (...asked: Parameters<Database["get"]>) => seen(db.get(...asked)) } as Database;
  for (const filter of [{}, { strandId: "s" }, { status: ["failed" as const] }, { red: true }]) expect(listRuns(watched, { ...filter, limit: 10 }).items).toMatchObject([{ id: "r" }]);
  expect(getRun(watched, "r")).toMatchObject({ run: { id: "r" } });
  expect(read.length).toBeGreaterThan(4);
  expect(JSON.stringify(read)).not.toContain("long");
  db.close();
});

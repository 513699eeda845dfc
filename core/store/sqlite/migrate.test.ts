import { expect, it } from "vitest";
import { T } from "../../../test/contract/fixtures.ts";
import { writeFirstDatabase } from "../../../test/support/firstDatabase.ts";
import { makeFolder } from "../../../test/support/folder.ts";
import { Database } from "./database.ts";
import { migrate } from "./migrate.ts";
import { openSqliteStore } from "./open.ts";

it("gives what was there before firings and changes were kept sane values, and no marks", async () => {
  await using folder = await makeFolder();
  const file = folder.at("loom.db");
  writeFirstDatabase(file);
  const store = await openSqliteStore({ file });
  try {
    const [strand] = await store.strands.all();
    expect(strand).toMatchObject({
      id: "cron:i:a", version: 1, scheduledAt: T + 5, switchedAt: T + 9, graceMs: null, missed: null, changes: [], p95Ms: 95,
      steps: [{ id: "exec", label: "EXEC" }], activeRun: null,
    });
    expect(await store.changes.versions("cron:i:a")).toMatchObject([{ version: 1, name: "job a", definition: { prompt: "hello" }, definitionHash: "h1", seenAt: T + 5, by: null }]);
    expect((await store.changes.list({ limit: 10 })).items).toEqual([]);
    expect(await store.sources.states({ sourceId: "cron:i", from: T, to: T + 99 })).toMatchObject([{ since: T + 3, freshness: "fresh", schedulerOn: true }]);
    expect((await store.sources.list())[0]!.firingsWhileOff).toEqual({});
    expect((await store.runs.get("run-1"))!.steps).toMatchObject([{ outputTail: "grüß", outputBytes: 6, outputKeptBytes: 6 }]);
    expect(await store.runs.output("run-1", "exec")).toEqual({ text: "grüß", bytes: 6 });
    expect(await store.occurrences.withOpen(null)).toEqual([]);
  } finally {
    await store.close();
  }
});

it("knows of retries from before that mark was kept which have still to take something over", async () => {
  await using folder = await makeFolder();
  const file = folder.at("loom.db");
  const db = Database.forWriting(file, 100);
  try {
    migrate(db, 13);
    const run = (id: string, status: string, steps: string[], rerunOf = "basis"): void => {
      const finished = status === "queued" ? null : 2;
      db.run("INSERT INTO runs (run_id, strand_id, trigger, status, node_id, started_at, finished_at, driven, rerun_of) VALUES (?, 's', 'retry', ?, 'n', 1, ?, 1, ?)", id, status, finished, rerunOf);
      for (const [n, values] of steps.entries()) db.exec(`INSERT INTO step_runs (run_id, step_id, seq, label, node_id, status, reason, code, epoch, answer_items, result) VALUES ('${id}', 's${n}', ${n}, 'S', 'n', ${values})`);
    };
    db.exec("PRAGMA foreign_keys = OFF");
    const [done, begun, anew] = ["'completed', NULL, NULL, 0, NULL, NULL", "'failed', NULL, 'broken', 1, NULL, NULL", "'pending', NULL, NULL, 0, NULL, NULL"];
    run("waits", "queued", [done, anew]);
    run("waits from its start", "queued", [anew, anew]);
    run("cancelled as it waited", "cancelled", [done, "'skipped', 'cancelled', NULL, 0, NULL, NULL"]);
    run("cancelled with a list", "cancelled", ["'skipped', 'cancelled', NULL, 0, 3, NULL"]);
    run("does that again", "cancelled", [done, "'skipped', 'cancelled', NULL, 0, NULL, NULL"], "cancelled as it waited");
    run("does that again too", "queued", [done, anew], "does that again");
    run("gone version", "failed", [done, "'failed', NULL, 'VERSION_NOT_LOADED', 0, NULL, NULL"]);
    run("began", "failed", [done, begun]);
    run("failed as it was asked", "failed", [done, "'failed', NULL, 'broken', 0, NULL, NULL"]);
    run("has some of the results", "cancelled", ["'completed', NULL, NULL, 0, NULL, '1'", done, "'skipped', 'cancelled', NULL, 0, NULL, NULL"]);
    run("has the results", "cancelled", ["'completed', NULL, NULL, 0, NULL, '1'", "'skipped', 'cancelled', NULL, 0, NULL, NULL"]);
    run("left out by its when, from its start", "cancelled", ["'skipped', 'when', NULL, 0, NULL, NULL", "'skipped', 'cancelled', NULL, 0, NULL, NULL"]);
    migrate(db);
    expect(db.all<{ id: string }>("SELECT run_id AS id FROM runs WHERE takes_over = 'basis' ORDER BY run_id").map(({ id }) => id)).toEqual(["cancelled as it waited", "cancelled with a list", "does that again", "does that again too", "gone version", "has some of the results", "waits"]);
  } finally {
    db.close();
  }
});

it("knows which runs from before were let in", async () => {
  await using folder = await makeFolder();
  const db = Database.forWriting(folder.at("loom.db"), 100);
  try {
    migrate(db, 15);
    db.exec("PRAGMA foreign_keys = OFF");
    const runs = [["failed", null, "schedule"], ["skipped", "overlap", "schedule"], ["skipped", "queue_full", "manual"], ["skipped", "queue_full", "after"], ["skipped", "paused", "schedule"], ["skipped", "workflow_input_invalid", "after"]] as const;
    for (const [status, code, trigger] of runs) db.run("INSERT INTO runs (run_id, strand_id, trigger, status, code, node_id, started_at, finished_at, driven) VALUES (?, 's', ?, ?, ?, 'n', 1, 2, 1)", `${code} ${trigger}`, trigger, status, code);
    migrate(db);
    expect(db.all<{ id: string }>("SELECT run_id AS id FROM runs WHERE let_in = 0 ORDER BY run_id").map(({ id }) => id)).toEqual(["paused schedule", "queue_full after", "workflow_input_invalid after"]);
  } finally {
    db.close();
  }
});

it("leaves nothing of a migration that fails", async () => {
  await using folder = await makeFolder();
  const file = folder.at("loom.db");
  writeFirstDatabase(file);
  const db = Database.forWriting(file, 100);
  try {
    // The last table of the second migration: all before it is done by then.
    db.exec("CREATE TABLE step_outputs (a)");
    const before = schemaOf(db);
    expect(() => migrate(db)).toThrow("step_outputs already exists");
    expect(schemaOf(db)).toEqual(before);
    db.exec("DROP TABLE step_outputs");
    migrate(db);
  } finally {
    db.close();
  }
});

it("leaves a schema alone that somebody else has brought up to date a moment before", async () => {
  await using folder = await makeFolder();
  const file = folder.at("loom.db");
  writeFirstDatabase(file);
  const [db, other] = [Database.forWriting(file, 100), Database.forWriting(file, 100)];
  try {
    const exclusively = db.exclusively.bind(db);
    db.exclusively = (work) => {
      migrate(other);
      return exclusively(work);
    };
    migrate(db);
    expect(schemaOf(db)).toEqual(schemaOf(other));
  } finally {
    db.close();
    other.close();
  }
});

function schemaOf(db: Database): unknown {
  return [db.pragma("user_version"), db.all("SELECT name, sql FROM sqlite_schema ORDER BY name")];
}

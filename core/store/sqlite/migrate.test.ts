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

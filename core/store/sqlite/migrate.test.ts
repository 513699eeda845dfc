import { expect, it } from "vitest";
import { T } from "../../../test/contract/fixtures.ts";
import { writeFirstDatabase } from "../../../test/support/firstDatabase.ts";
import { makeFolder } from "../../../test/support/folder.ts";
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
    expect(await store.occurrences.open()).toEqual([]);
  } finally {
    await store.close();
  }
});

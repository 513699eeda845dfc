import { expect, it } from "vitest";
import { finishedRun, ScriptedSource } from "../test/support/scriptedSource.ts";
import { ShippedGateway } from "../test/support/shippedGateway.ts";

it("forgets old runs of Loom's own strands, but for the newest hundred, and none of mirrored jobs", async () => {
  const source = new ScriptedSource();
  source.pageSize = 200;
  source.add("a", { historyMark: "1" });
  source.history.set("a", Array.from({ length: 120 }, (_, n) => finishedRun(1_000 * n)));
  await using gateway = await ShippedGateway.open([source]);
  // Firings of 1970, which were let go.
  for (let n = 0; n < 120; n++) await gateway.runs.skip({ strandId: "example-retry", trigger: "schedule", by: null, onceKey: `due:${n}`, reason: "misfired", at: n });
  await gateway.run("mirror-resync");

  const ended = await gateway.run("history-retention");
  expect(ended).toMatchObject({ status: "succeeded", results: { runs: { forgotten: { woven: 20, mirrored: 0 } }, commands: { forgotten: 0 }, audit: { forgotten: 0 }, space: { bytes: expect.any(Number) } } });
  expect((await gateway.store.runs.list({ strandId: "example-retry", limit: 200 })).items.length).toBe(100);
});

import { expect, it } from "vitest";
import { finishedRun, ScriptedSource } from "../test/support/scriptedSource.ts";
import { ShippedGateway } from "../test/support/shippedGateway.ts";
import { workflow } from "./mirror-resync.ts";

it("looks at all sources, and has their runs stored when it ends, without a process for workflow code", async () => {
  const source = new ScriptedSource();
  await using gateway = await ShippedGateway.open([source]);
  source.add("a", { historyMark: "1" });
  source.history.set("a", [finishedRun(1_000)]);
  const ended = await gateway.run("mirror-resync");
  expect(ended).toMatchObject({ status: "succeeded", rows: ["jobs completed", "runs completed", "write completed"] });
  expect(ended.results).toMatchObject({ jobs: { sources: [{ freshness: "fresh" }] }, write: { strands: 1 } });
  const mirrored = (await gateway.store.strands.all()).filter(({ kind }) => kind === "mirrored");
  expect((await gateway.store.runs.list({ strandId: mirrored[0]!.id, limit: 10 })).items.length).toBe(1);
  expect(await gateway.processes()).toEqual([]);
});

it("does well although a source cannot be read", async () => {
  const source = new ScriptedSource();
  source.trouble = new Error("no answer");
  await using gateway = await ShippedGateway.open([source]);
  expect(await gateway.run("mirror-resync")).toMatchObject({ status: "succeeded", results: { jobs: { sources: [{ freshness: "stale", message: "no answer" }] } } });
});

it("is over before it is due again, however long it takes to import the runs of one source", () => {
  const most = workflow.steps.reduce((sum, { timeoutMs = Infinity }) => sum + timeoutMs, 0);
  expect([workflow.schedule, most < 5 * 60_000]).toEqual([{ every: "5m" }, true]);
});

import { expect, it } from "vitest";
import { ShippedGateway } from "../test/support/shippedGateway.ts";

it("fails as often as it is asked to, and then shows its phases and keeps its pieces", async () => {
  await using gateway = await ShippedGateway.open();
  const ended = await gateway.run("example-retry", { failures: 1, pieces: 2 });
  expect(ended).toMatchObject({ status: "succeeded", results: { flaky: { attempts: 2 }, stages: { pieces: 2, attemptsBefore: 2 } } });
  expect(ended.rows).toEqual(expect.arrayContaining(["flaky completed", "stages completed", "stages/collect completed", "stages/work completed"]));
  expect(await gateway.store.driven.artifactAfter(ended.id, "stages", "pieces.txt", 0)).toMatchObject({ kind: "text", data: expect.anything() });
});

it("takes no other numbers than it can do", async () => {
  await using gateway = await ShippedGateway.open();
  await expect(gateway.run("example-retry", { failures: 5 })).rejects.toMatchObject({ code: "WORKFLOW_INPUT_INVALID" });
});

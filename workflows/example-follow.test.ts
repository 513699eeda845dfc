import { expect, it } from "vitest";
import { ShippedGateway } from "../test/support/shippedGateway.ts";

it("helps after a failure, and only then", async () => {
  await using gateway = await ShippedGateway.open();
  const after = (status: string) => ({ after: { strandId: "cron:here:job", runId: "r1", status } });
  expect(await gateway.run("example-follow", after("failed"))).toMatchObject({ status: "succeeded", rows: ["look completed", "help completed"] });
  expect(await gateway.run("example-follow", after("succeeded"))).toMatchObject({ status: "succeeded", rows: ["look completed", "help skipped"] });
  expect(await gateway.run("example-follow", {})).toMatchObject({ rows: ["look completed", "help skipped"] });
});

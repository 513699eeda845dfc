import { expect, it } from "vitest";
import { ShippedGateway } from "../test/support/shippedGateway.ts";

it("all that comes with Loom is live, and what is no upkeep waits for a person", async () => {
  await using gateway = await ShippedGateway.open();
  expect(gateway.library.files().flatMap(({ problems }) => problems)).toEqual([]);
  const facts = [...gateway.library.workflows()].map(({ facts: { id, enabled, schedule, triggers } }) => [id, enabled, schedule.kind, triggers.length]);
  expect(facts.toSorted()).toEqual([
    ["example-follow", false, "manual", 1],
    ["example-retry", true, "manual", 0],
    ["gateway-backup", true, "cron", 0],
    ["history-retention", true, "cron", 0],
    ["mirror-resync", true, "every", 0],
  ]);
});

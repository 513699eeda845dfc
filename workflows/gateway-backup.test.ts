import { readdir } from "node:fs/promises";
import { expect, it } from "vitest";
import { ShippedGateway } from "../test/support/shippedGateway.ts";

it("copies the database, and keeps as many copies as the settings say", async () => {
  await using gateway = await ShippedGateway.open();
  await gateway.folder.write({ "backups/loom-2026-01-01T00-00-00Z.db": "", "backups/loom-2026-01-02T00-00-00Z.db": "" });
  const ended = await gateway.run("gateway-backup");
  expect(ended).toMatchObject({ status: "succeeded", results: { tidy: { kept: 2, removed: ["loom-2026-01-01T00-00-00Z.db"] } } });
  const { file } = ended.results["copy"] as { file: string };
  expect((await readdir(gateway.folder.at("backups"))).toSorted()).toEqual(["loom-2026-01-02T00-00-00Z.db", file]);
});

import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { GatewayProcess } from "../support/gatewayProcess.ts";

it("starts what it can where a part of it cannot start, says which, and is not ready then", { timeout: 120_000 }, async () => {
  await using loom = await GatewayProcess.start();
  const readiness = async (): Promise<number> => (await fetch(`${loom.address}/readyz`)).status;
  await eventually(readiness, (status) => status === 200);
  await loom.kill("SIGTERM");
  const db = new Sqlite(join(loom.home, "loom.db"));
  db.prepare("INSERT OR REPLACE INTO kv (plugin, key, value) VALUES ('loom', 'machine', 'no JSON')").run();
  db.close();

  await loom.start();
  const { command } = await loom.api("/strands/history-retention/run", { method: "POST", headers: { "content-type": "application/json" }, body: "{}" });
  await eventually(() => loom.api(`/runs/${command.runId}`), ({ status }) => status === "succeeded");
  expect(await readiness()).toBe(503);
  expect(loom.output).toMatch(/"part":"firings".*a part of Loom could not start/);
});

import { expect, it } from "vitest";
import { systemClock } from "../../core/clock/system.ts";
import { attack } from "../fuzz/attack.ts";
import { fuzzedGateway } from "../fuzz/gateway.ts";

const MEGABYTE = 1024 * 1024;

it("ten thousand requests and a million bytes that nobody should send end neither the gateway nor its answers", async () => {
  const seed = Number(process.env["LOOM_TEST_SEED"] ?? systemClock.now() % 1_000_000);
  console.log(`seed ${seed} (LOOM_TEST_SEED)`);
  await using fuzzed = await fuzzedGateway();
  const { gateway, target } = fuzzed;
  const { pid } = gateway;
  // What is used for the first time stays in memory.
  await attack({ ...target, seed: seed + 1, requests: 2_000, garbage: 100_000 });
  const before = await fuzzed.settledMemory();

  const { statuses, faults } = await attack({ ...target, seed, requests: 10_000, garbage: 1_000_000 });
  console.log([...statuses].toSorted(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`).join(", "));
  expect(faults).toEqual([]);
  expect([gateway.isOver, gateway.pid]).toEqual([false, pid]);
  expect(gateway.output).not.toContain("a request failed");
  // Neither everything nor nothing was refused.
  for (const status of [200, 202, 400, 403, 404, 405, 409, 415]) expect(statuses.get(status) ?? 0, `answers ${status}`).toBeGreaterThan(10);
  expect((await gateway.api<{ items: unknown[] }>("/strands")).items.length).toBeGreaterThan(0);
  expect(await fuzzed.settledMemory()).toBeLessThan(before + 40 * MEGABYTE);
}, 300_000);

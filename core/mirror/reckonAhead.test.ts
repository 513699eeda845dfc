import { expect, test } from "vitest";
import type { ObservedJob } from "./contract.ts";
import { reckonAhead } from "./reckonAhead.ts";

const NOON = Date.UTC(2026, 10, 21, 12);
const job = (n: number): ObservedJob => ({
  id: `j${n}`,
  name: "J",
  enabled: true,
  schedule: { kind: "cron", expression: `${n % 60} 9 * * 1-5`, zone: "UTC" },
  steps: [],
  nextRunAt: NOON,
  historyMark: null,
  definition: {},
});
const seen = { at: NOON + 600_000, schedulerOn: true, jobs: Array.from({ length: 100 }, (_, n) => job(n)) };

test("others have their turn while the schedules of many late jobs are reckoned with", async () => {
  let now = 0;
  let turns = 0;
  const turn = (): void => void setImmediate(() => (turns++, turns < 1_000 && turn()));
  turn();
  await reckonAhead(seen, { mono: () => (now += 5) }, new AbortController().signal);
  expect(turns).toBeGreaterThanOrEqual(50);
  turns = 1_000;
});

test("ends where the mirror does", async () => {
  const stop = new AbortController();
  setImmediate(() => stop.abort(new Error("the mirror stops")));
  let now = 0;
  await expect(reckonAhead(seen, { mono: () => (now += 10) }, stop.signal)).rejects.toThrow("the mirror stops");
});

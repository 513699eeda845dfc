import { expect, test } from "vitest";
import { usedHeap } from "../../test/support/heap.ts";
import { Departures } from "./departures.ts";
import { toObservedJob } from "./jobs.ts";
import type { Wire } from "./wire.ts";

const finished = (id: string, runAtMs: number) => ({ action: "finished", runAtMs, status: "ok", job: { id, state: { lastRunAtMs: runAtMs, lastRunStatus: "ok" } } });
const removed = (id: string, state: object = {}) => ({ action: "removed", job: { id, state } });
const listOf = (...ids: string[]) => ids.map((id) => toObservedJob({ id }, "UTC")!);
const told = (departures: Departures, ids: string[], order = departures.order) => departures.missingFrom(listOf(...ids), order).map((job) => [job.id, job.historyMark]);

test("a job that is gone is told with the mark of its last run, until that is taken in", () => {
  const departures = new Departures();
  departures.remember(finished("once", 5), "UTC");
  departures.remember(removed("once", { lastRunAtMs: 5, lastRunStatus: "ok" }), "UTC");
  expect(told(departures, ["other"])).toEqual([["once", "5:ok"]]);
  expect(told(departures, ["other"])).toEqual([["once", "5:ok"]]);
  departures.forget(departures.order);
  expect(told(departures, ["other"])).toEqual([]);
});

test("a job that is still listed is not told", () => {
  const departures = new Departures();
  departures.remember(finished("a", 5), "UTC");
  expect(told(departures, ["a"])).toEqual([]);
  expect(told(departures, [])).toEqual([]);
});

test("a job that was removed while the list was on its way is told with the next", () => {
  const departures = new Departures();
  const asked = departures.order;
  departures.remember(removed("a", { lastRunAtMs: 5, lastRunStatus: "ok" }), "UTC");
  expect(told(departures, ["a"], asked)).toEqual([]);
  expect(told(departures, [])).toEqual([["a", "5:ok"]]);
});

test("a run that ends after its job was removed is told anew", () => {
  const departures = new Departures();
  departures.remember(removed("a", { runningAtMs: 7 }), "UTC");
  expect(told(departures, [])).toEqual([["a", null]]);
  departures.forget(departures.order);
  departures.remember({ action: "finished", runAtMs: 7, status: "error", job: { id: "a", state: { runningAtMs: 7 } } }, "UTC");
  expect(told(departures, [])).toEqual([["a", "7:error"]]);
});

test("of a flood of jobs that go between two looks the newest are kept", () => {
  const departures = new Departures();
  departures.remember(removed("again"), "UTC");
  for (let n = 0; n < 499; n++) departures.remember(removed(`j${n}`), "UTC");
  departures.remember(finished("again", 5), "UTC");
  departures.remember(removed("one more"), "UTC");
  const ids = told(departures, []).map(([id]) => id);
  expect([ids.length, ids.includes("j0"), ids.includes("again"), ids.at(-1)]).toEqual([500, false, true, "one more"]);
});

test("of a flood of large ones so many of the newest are kept as take no more than 32 MiB", () => {
  const departures = new Departures();
  const before = usedHeap();
  const large = (n: number) => ({ action: "removed", job: { id: `j${n}`, name: "x".repeat(500_000), payload: { kind: "agentTurn", parts: Array.from({ length: 25 }, () => `${n}`.padEnd(10_000, "x")) } } });
  for (let n = 0; n < 200; n++) departures.remember(JSON.parse(JSON.stringify(large(n))) as Wire, "UTC");
  const ids = told(departures, []).map(([id]) => id);
  expect([ids.length > 100, ids.length < 200, ids.at(-1)]).toEqual([true, true, "j199"]);
  expect(usedHeap() - before).toBeLessThan(48 * 1024 * 1024);
  departures.forget(departures.order);
  for (let n = 0; n < 130; n++) departures.remember(large(n), "UTC");
  expect(told(departures, []).length).toBeGreaterThan(100);
});

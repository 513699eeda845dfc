import { expect, test } from "vitest";
import type { ObservedJob } from "./contract.ts";
import { differingFields } from "./definition.ts";
import { reckonAhead, type KnownJob } from "./reckonAhead.ts";
import { weightOf } from "./room.ts";

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

const known = new Map<string, KnownJob>(seen.jobs.map((one) => [one.id, { ...one, definitionHash: "of before" }]));
const none = new Map<string, KnownJob>();

/** How often others had their turn; the clock goes on by five milliseconds each time that it is read. */
async function turnsDuring(work: (mono: () => number) => Promise<void>): Promise<number> {
  let now = 0;
  let turns = 0;
  let over = false;
  const turn = (): void => void setImmediate(() => (turns++, over || turn()));
  turn();
  await work(() => (now += 5));
  over = true;
  return turns;
}

test("others have their turn while the schedules of many late jobs are reckoned with", async () => {
  expect(await turnsDuring((mono) => reckonAhead(seen, none, { mono }, new AbortController().signal))).toBeGreaterThanOrEqual(50);
});

test("others have their turn while what is known of many jobs is weighed", async () => {
  expect(await turnsDuring((mono) => reckonAhead({ ...seen, jobs: [] }, known, { mono }, new AbortController().signal))).toBeGreaterThanOrEqual(50);
});

test("what has been weighed is not weighed again when all of it is compared", async () => {
  let read = 0;
  const definition = Object.defineProperty({}, "counted", { enumerable: true, get: () => read++ });
  const one = { ...job(1), definition };
  await reckonAhead({ ...seen, jobs: [one] }, none, { mono: () => 0 }, new AbortController().signal);
  const before = read;
  weightOf(one);
  expect(read).toBe(before);
});

test("what has changed of a job is not looked for again when all of them are compared", async () => {
  let read = 0;
  const edited = { ...job(1), definition: Object.defineProperty({}, "counted", { enumerable: true, get: () => read++ }) };
  const before = { ...known.get("j1")!, definition: { a: 1 } };
  await reckonAhead({ ...seen, jobs: [edited] }, new Map([["j1", before]]), { mono: () => 0 }, new AbortController().signal);
  const readAhead = read;
  expect(differingFields(before.definition, edited.definition)).toEqual(["a", "counted"]);
  expect(read).toBe(readAhead);
  expect(differingFields({ a: 2, counted: "x" }, edited.definition)).toEqual(["a", "counted"]);
  expect(read).toBeGreaterThan(readAhead);
});

test("ends where the mirror does", async () => {
  const stop = new AbortController();
  setImmediate(() => stop.abort(new Error("the mirror stops")));
  let now = 0;
  await expect(reckonAhead(seen, none, { mono: () => (now += 10) }, stop.signal)).rejects.toThrow("the mirror stops");
});

import { beforeEach, afterEach, describe, expect, test } from "vitest";
import { aFailedRun, aRun, aSource, aStrand, healthy, look, T } from "../../test/contract/fixtures.ts";
import { openDoor, type Door } from "../../test/support/door.ts";
import type { SourceRecord, StrandState } from "../store/contract.ts";
import * as schemas from "./schemas.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ID = "s:1:a";

let door: Door;
let source: SourceRecord;
let looks = 0;

beforeEach(async () => {
  door = await openDoor();
  looks = 0;
  source = await aSource(door.store, { firingsWhileOff: { every: "They are not made up." } });
});
afterEach(() => door[Symbol.asyncDispose]());

type Changes = Parameters<typeof look>[2];

async function lookWith(changes: Changes, schedulerOn = true): Promise<void> {
  await door.store.strands.applyLook({ ...look(source, looks++, changes, T + looks), health: healthy({ schedulerOn }) });
  await door.index.settled();
}

async function strandWith(over: Partial<StrandState> = {}): Promise<void> {
  await lookWith([{ kind: "added", strand: aStrand(ID, over), expected: true }]);
}

async function shown(): Promise<schemas.StrandView> {
  await door.index.settled();
  const { items } = schemas.page(schemas.strand).strict().parse((await door.get("/api/loom/strands")).json);
  return items[0]!;
}

async function miss(count: number): Promise<void> {
  const times = Array.from({ length: count }, (_, i) => T + i * MINUTE);
  await door.store.occurrences.settle({
    strandId: ID, at: T, open: [...times, T + HOUR].map((dueAt) => ({ dueAt, graceMs: 5 })), judge: times.map((dueAt) => ({ dueAt, from: "open", to: "missed", cause: "scheduler_off" })),
  });
}

describe("a strand that asks for attention", () => {
  test("is missed, with how often, when last and why, until that is acknowledged", async () => {
    await strandWith();
    expect(await shown()).toMatchObject({ status: "idle", missed: null });
    await miss(2);
    expect(await shown()).toMatchObject({
      status: "missed",
      missed: { count: 2, lastDueAt: "2026-01-01T00:01:00.000Z", cause: "scheduler_off", causeText: "Its scheduler was switched off as a whole" },
    });
    expect((await door.post(`/api/loom/strands/${ID}/ack`, { what: ["runs"] })).json).toEqual({ runs: 0, missed: 0, changes: 0 });
    expect((await door.post(`/api/loom/strands/${ID}/ack`, { what: ["missed"] })).json).toEqual({ runs: 0, missed: 2, changes: 0 });
    expect(await shown()).toMatchObject({ status: "idle", missed: null });
  });

  test("is acknowledged as a whole without a body: red runs, missed firings and changes", async () => {
    await strandWith();
    await door.store.runs.observe({ strandId: ID, at: T, finished: [aFailedRun("one"), aFailedRun("two", { startedAt: T + 10_000, finishedAt: T + 11_000 })] });
    await miss(1);
    await lookWith([{ kind: "edited", fields: ["prompt"], by: "ann", strand: aStrand(ID, { definitionHash: "h2" }) }]);
    expect(await shown()).toMatchObject({ status: "failed", redRuns: 2, changes: [{ kind: "edited", fromVersion: 1, version: 2, fields: ["prompt"], by: "ann", acknowledged: null }] });
    expect((await door.post(`/api/loom/strands/${ID}/ack`)).json).toEqual({ runs: 2, missed: 1, changes: 1 });
    expect(await shown()).toMatchObject({ status: "idle", redRuns: 0, missed: null, changes: [], lastRun: { status: "failed", red: true, acknowledged: true } });
    expect((await door.post(`/api/loom/strands/${ID}/ack`)).json).toEqual({ runs: 0, missed: 0, changes: 0 });
    expect((await door.post("/api/loom/strands/nobody/ack")).status).toBe(404);
    expect((await door.post(`/api/loom/strands/${ID}/ack`, { what: ["everything"] })).json.code).toBe("BAD_INPUT");
  });

  test("is never called ok for an acknowledged failure, nor for a result that did not arrive", async () => {
    await strandWith();
    const undelivered = aRun("two", { startedAt: T + 10_000, finishedAt: T + 11_000, steps: [{ id: "exec", status: "completed" }, { id: "deliver", status: "failed", error: "no channel" }] });
    for (const run of [aFailedRun("one"), undelivered]) {
      await door.store.runs.observe({ strandId: ID, at: T, finished: [run] });
      await door.post(`/api/loom/strands/${ID}/ack`);
      expect(await shown()).toMatchObject({ status: "idle", redRuns: 0, lastRun: { status: run.status, red: true } });
      expect((await door.get("/api/loom/strands?status=ok")).json.items).toEqual([]);
      expect((await door.get("/metrics")).text).toContain('loom_strands{status="idle"} 1');
    }
    await door.store.runs.observe({ strandId: ID, at: T, finished: [aRun("three", { startedAt: T + 20_000, finishedAt: T + 21_000 })] });
    expect(await shown()).toMatchObject({ status: "ok" });
  });

  test("keeps asking for what came after what the person was shown", async () => {
    await strandWith();
    const red = aFailedRun("one");
    await door.store.runs.observe({ strandId: ID, at: T, finished: [red] });
    await miss(1);
    await lookWith([{ kind: "edited", fields: ["prompt"], strand: aStrand(ID, { definitionHash: "h2" }) }]);
    const { recent, missed, changes } = await shown();
    const seen = { run: recent[0]!.id, missed: missed!.lastDueAt, change: changes[0]!.id };
    await door.store.runs.observe({ strandId: ID, at: T, finished: [aFailedRun("two", { startedAt: T + 10_000, finishedAt: T + 11_000 })] });
    await door.store.occurrences.settle({ strandId: ID, at: T, judge: [{ dueAt: T + HOUR, from: "open", to: "missed" }] });
    await lookWith([{ kind: "removed", id: ID }]);
    const nothing = { run: null, missed: null, change: null };
    expect((await door.post(`/api/loom/strands/${ID}/ack`, { seen: nothing })).json).toEqual({ runs: 0, missed: 0, changes: 0 });
    expect((await door.post(`/api/loom/strands/${ID}/ack`, { seen: { run: "other", change: "__proto__" }, what: ["runs", "changes"] })).json).toEqual({ runs: 0, missed: 0, changes: 0 });
    expect((await door.post(`/api/loom/strands/${ID}/ack`, { seen })).json).toEqual({ runs: 1, missed: 1, changes: 1 });
    expect(await shown()).toMatchObject({ redRuns: 1, missed: { count: 1 }, changes: [{ kind: "vanished" }] });
  });

  test("that vanished stays on the page until that is acknowledged, and readers of the feed see it go", async () => {
    await strandWith();
    const feed = await door.feed().hello();
    await feed.until((message) => message.type === "hello");
    await lookWith([{ kind: "removed", id: ID }]);
    expect(await shown()).toMatchObject({ goneAt: "2026-01-01T00:00:00.002Z", changes: [{ kind: "vanished" }], nextRunAt: null, can: { run: { allowed: false } } });
    expect((await feed.until((message) => message.event?.type === "strand.removed")).strand).toMatchObject({ id: ID, changes: [{ kind: "vanished" }] });
    expect((await door.get("/api/loom/sources")).json.items[0].strands).toBe(0);
    await door.post(`/api/loom/strands/${ID}/ack`);
    expect((await feed.until((message) => message.event?.type === "strand.acknowledged")).strand).toBeNull();
    expect(await shown()).toBeUndefined();
  });
});

describe("how a strand stands", () => {
  test("in backoff, until that is over", async () => {
    await strandWith({ nextRunAt: T + 2 * MINUTE, notBefore: T + 5 * MINUTE });
    expect(await shown()).toMatchObject({ backoffUntil: "2026-01-01T00:05:00.000Z" });
    await door.clock.advance(6 * MINUTE);
    expect(await shown()).toMatchObject({ backoffUntil: null });
  });

  test("under a scheduler that is off, with what becomes of firings", async () => {
    await strandWith({ steps: [{ id: "exec", label: "EXEC", shares: ["model:gpt-5"] }] });
    expect(await shown()).toMatchObject({ schedulerOn: true, firingsWhileOff: "They are not made up.", steps: [{ shares: ["model:gpt-5"] }] });
    await lookWith([], false);
    expect(await shown()).toMatchObject({ schedulerOn: false, nextRunAt: null });
  });

  test("done, once a job that was to run once has", async () => {
    await strandWith({ schedule: { kind: "at", atMs: T }, enabled: false, nextRunAt: null });
    expect(await shown()).toMatchObject({ done: false });
    await door.store.runs.observe({ strandId: ID, at: T, finished: [aRun("one")] });
    expect(await shown()).toMatchObject({ done: true });
  });

  test("not done where it ran by hand before its time and was switched off", async () => {
    await strandWith({ schedule: { kind: "at", atMs: T + HOUR }, enabled: false, nextRunAt: null });
    await door.store.runs.observe({ strandId: ID, at: T, finished: [aRun("one")] });
    expect(await shown()).toMatchObject({ done: false });
  });

  test("stuck, and from when a run will be", async () => {
    await strandWith();
    await door.store.runs.observe({ strandId: ID, at: T, finished: [], running: { key: "one", startedAt: T } });
    const { activeRun } = await shown();
    expect(activeRun).toMatchObject({ stuckAt: null, stuckFrom: "2026-01-01T01:00:00.000Z" });
    await door.store.runs.markStuck(activeRun!.id, T + HOUR);
    expect(await shown()).toMatchObject({ status: "running", activeRun: { stuckAt: "2026-01-01T01:00:00.000Z" } });
  });

  test("slow jobs are given three times their usual longest", async () => {
    await strandWith();
    const finished = Array.from({ length: 5 }, (_, i) => aRun(`${i}`, { startedAt: T - (i + 1) * 3 * HOUR, finishedAt: T - (i + 1) * 3 * HOUR + HOUR }));
    await door.store.runs.observe({ strandId: ID, at: T, finished, running: { key: "now", startedAt: T } });
    expect((await shown()).activeRun).toMatchObject({ stuckFrom: "2026-01-01T03:00:00.000Z" });
    expect((await door.get(`/api/loom/strands/${ID}`)).json).toMatchObject({ p95Ms: HOUR });
  });
});

describe("planned firings, changes and outputs", () => {
  test("are listed for one strand and for all, narrowed by how they ended", async () => {
    await strandWith();
    await miss(2);
    const list = async (path: string): Promise<schemas.OccurrenceView[]> => schemas.page(schemas.occurrence).strict().parse((await door.get(path)).json).items;
    expect((await list(`/api/loom/strands/${ID}/occurrences`)).map((one) => [one.dueAt, one.status])).toEqual([
      ["2026-01-01T01:00:00.000Z", "open"],
      ["2026-01-01T00:01:00.000Z", "missed"],
      ["2026-01-01T00:00:00.000Z", "missed"],
    ]);
    expect(await list("/api/loom/occurrences?status=missed,late")).toHaveLength(2);
    await door.post(`/api/loom/strands/${ID}/ack`);
    expect(await list("/api/loom/occurrences?asking=true")).toEqual([]);
    expect((await list("/api/loom/occurrences?status=missed"))[0]).toMatchObject({ causeText: "Its scheduler was switched off as a whole", acknowledged: { by: "token" } });
    expect((await door.get("/api/loom/strands/nobody/occurrences")).status).toBe(404);
  });

  test("definitions are kept with their schedule in words, and changes are listed", async () => {
    await strandWith();
    await lookWith([{ kind: "edited", fields: ["prompt"], strand: aStrand(ID, { definition: { prompt: "bye" }, definitionHash: "h2" }) }]);
    const versions = (await door.get(`/api/loom/strands/${ID}/versions`)).json.items.map(schemas.version.strict().parse);
    expect(versions).toMatchObject([
      { version: 2, definition: { prompt: "bye" }, trigger: { text: "every minute" } },
      { version: 1, definition: { prompt: "hello" }, seenAt: "2026-01-01T00:00:00.001Z" },
    ]);
    expect((await door.get(`/api/loom/strands/${ID}/versions?only=1,7`)).json.items).toEqual([versions[1]]);
    for (const only of ["", "0", "1,", "x"]) expect([only, (await door.get(`/api/loom/strands/${ID}/versions?only=${only}`)).status]).toEqual([only, 400]);
    const changes = schemas.page(schemas.change).strict().parse((await door.get(`/api/loom/strands/${ID}/changes`)).json).items;
    expect(changes).toMatchObject([{ kind: "edited", version: 2 }]);
    expect((await door.get("/api/loom/changes?asking=true")).json.items).toEqual(changes);
    expect((await door.get(`/api/loom/strands/${ID}`)).json).toMatchObject({ version: 2 });
  });

  test("how late a firing may be is set by a person, and goes back to the rule", async () => {
    await strandWith({ schedule: { kind: "every", everyMs: 30 * MINUTE } });
    const grace = async (): Promise<unknown> => (await door.get(`/api/loom/strands/${ID}`)).json.grace;
    expect(await grace()).toEqual({ ms: 3 * MINUTE, by: "rule" });
    expect((await door.post(`/api/loom/strands/${ID}/grace`, { graceMs: 1000 })).json).toEqual({ grace: { ms: 1000, by: "person" } });
    await door.index.settled();
    expect(await grace()).toEqual({ ms: 1000, by: "person" });
    expect((await door.post(`/api/loom/strands/${ID}/grace`, { graceMs: null })).json).toEqual({ grace: { ms: 3 * MINUTE, by: "rule" } });
    expect((await door.post(`/api/loom/strands/${ID}/grace`, { graceMs: -1 })).json.code).toBe("BAD_INPUT");
  });

  test("a step's output is plain text that no browser takes for a page", async () => {
    await strandWith();
    const output = `<script>alert(1)</script>${"x".repeat(10_000)}`;
    await door.store.runs.observe({ strandId: ID, at: T, finished: [aRun("one", { steps: [{ id: "exec", status: "completed", output }] })] });
    const { id } = (await shown()).recent[0]!;
    const path = `/api/loom/runs/${id}/steps/exec/output`;
    const answer = await door.get(path);
    expect(answer.text).toBe(output);
    expect(answer.headers).toMatchObject({ "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" });
    expect(answer.headers["content-disposition"]).toBeUndefined();
    expect((await door.get(`${path}?download=1`)).headers["content-disposition"]).toBe('attachment; filename="output.txt"');
    expect(schemas.runDetail.strict().parse((await door.get(`/api/loom/runs/${id}`)).json).steps[0]).toMatchObject({ outputBytes: output.length, outputKeptBytes: output.length });
    expect((await door.get(`/api/loom/runs/${id}/steps/deliver/output`)).json.code).toBe("NOT_FOUND");
    expect((await door.get(path, { as: "nobody" })).status).toBe(401);
  });
});

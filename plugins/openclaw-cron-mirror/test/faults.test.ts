/** What a real OpenClaw cannot be made to do when a test wants it, on a server that speaks its protocol. */
import { FakeClock, quietLog } from "loom-gateway/testing";
import type { Snapshot } from "loom-gateway";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { configSchema } from "../config.ts";
import { findInstances } from "../discover.ts";
import { OpenClawSource } from "../source.ts";
import { commandJob, pageOf, refusal, ScriptedGateway } from "./scriptedGateway.ts";

type Full = Exclude<Snapshot, { unchanged: true }>;

const jobs = Array.from({ length: 450 }, (_, n) => commandJob(`j${n}`));
let gateway: ScriptedGateway;
let clock: FakeClock;
let stop: AbortController;
let woken: PromiseWithResolvers<void>;

beforeEach(async () => {
  gateway = await new ScriptedGateway(jobs).start();
  clock = new FakeClock();
  stop = new AbortController();
  woken = Promise.withResolvers();
});
afterEach(async () => {
  stop.abort();
  await gateway[Symbol.asyncDispose]();
});

async function connect(): Promise<OpenClawSource> {
  const [instance] = await findInstances(configSchema.parse({ detect: false, instances: [{ url: gateway.url, token: "a-secret-of-some-length" }] }), { env: {}, home: "/nonexistent" });
  const source = new OpenClawSource(instance!, { clock, log: quietLog, signal: stop.signal, hostZone: "UTC" });
  source.watch(() => (woken.resolve(), (woken = Promise.withResolvers())), stop.signal);
  return source;
}
const look = async (source: OpenClawSource): Promise<Full> => (await source.snapshot({ revision: null, signal: stop.signal })) as Full;
const ask = { by: "a test", definition: {}, get signal() { return stop.signal; } };

/** Lets the source try again, and waits until it says that something changed. */
async function tryAgain(): Promise<void> {
  const { promise } = woken;
  await clock.advance(3_000);
  await promise;
}

describe("OpenClaw", () => {
  test("that is absent is said to be, and is read as soon as it is there", async () => {
    await gateway.stop();
    const source = await connect();
    await expect(look(source)).rejects.toMatchObject({ trouble: "unreachable", message: expect.stringContaining("nothing listens") as string });
    await gateway.start();
    await tryAgain();
    expect((await look(source)).jobs).toHaveLength(450);
  });

  test("that is starting is waited for", async () => {
    gateway.unavailable = true;
    const source = await connect();
    await expect(look(source)).rejects.toMatchObject({ trouble: "unreachable", message: expect.stringContaining("starting or stopping") as string });
    gateway.unavailable = false;
    await tryAgain();
    expect((await look(source)).jobs).toHaveLength(450);
  });

  test("that restarts between two pages of its list tells nothing of half a list", async () => {
    const list = gateway.script["cron.list"]!;
    gateway.script["cron.list"] = (params) => (params["offset"] === 200 ? (gateway.close(1012, "service restart"), null) : list(params));
    const source = await connect();
    await expect(look(source)).rejects.toMatchObject({ trouble: "unreachable", message: expect.stringContaining("restarting") as string });
    gateway.script["cron.list"] = list;
    await tryAgain();
    expect((await look(source)).jobs).toHaveLength(450);
  });

  test("that restarts in the middle of an ask leaves it unknown whether it was done", async () => {
    gateway.script["cron.run"] = () => (gateway.close(1012, "service restart"), null);
    const source = await connect();
    await expect(source.runNow("j1", ask)).rejects.toMatchObject({ trouble: "unreachable" });
  });

  test("that drains before it stops is not ready, and refuses in its own words", async () => {
    const source = await connect();
    await look(source);
    const draining = (): object => refusal("UNAVAILABLE", "gateway is draining for restart", { retryable: true, retryAfterMs: 5_000 });
    Object.assign(gateway.script, { "cron.status": draining, "cron.list": draining, "cron.run": draining });
    await expect(look(source)).rejects.toMatchObject({ trouble: "unreachable", message: expect.stringContaining("draining") as string });
    expect(await source.runNow("j1", ask)).toEqual({ accepted: false, reason: "gateway is draining for restart", retryAfterMs: 5_000 });
  });

  test.each([
    ["connects without a right", { connect: () => ({ type: "hello-ok", protocol: 4, server: { version: "2026.9.6" }, auth: { scopes: [] } }) }],
    ["refuses the list", { "cron.list": () => refusal("FORBIDDEN", "missing scope: operator.read", { details: { code: "MISSING_SCOPE", missingScope: "operator.read" } }) }],
  ])("that %s to read is told as a refusal that names it", async (_what, script) => {
    Object.assign(gateway.script, script);
    await expect(look(await connect())).rejects.toMatchObject({ trouble: "refused", message: expect.stringContaining("operator.read") as string });
  });

  test("that gives the right to read alone is mirrored, and refuses changes in its own words", async () => {
    gateway.script["cron.run"] = () => refusal("FORBIDDEN", "missing scope: operator.admin", { details: { code: "MISSING_SCOPE" } });
    const source = await connect();
    expect((await look(source)).jobs).toHaveLength(450);
    expect(await source.runNow("j1", ask)).toEqual({ accepted: false, reason: "missing scope: operator.admin" });
  });

  test.each([
    ["an older one", () => ({ type: "hello-ok", protocol: 3, server: { version: "2026.9.6" }, auth: { scopes: ["operator.read"] } })],
    ["one that is none of ours", () => refusal("INVALID_REQUEST", "protocol mismatch", { details: { code: "PROTOCOL_MISMATCH", expectedProtocol: 9 } })],
  ])("that speaks another protocol, %s, is incompatible", async (_what, connecting) => {
    gateway.script["connect"] = connecting;
    await expect(look(await connect())).rejects.toMatchObject({ trouble: "incompatible" });
  });

  test("that hangs with an open connection is given up after the look's time, and its late answer harms nothing", async () => {
    const source = await connect();
    await look(source);
    const status = gateway.script["cron.status"]!;
    const asked = Promise.withResolvers<void>();
    gateway.script["cron.status"] = () => (asked.resolve(), null);
    const deadline = new AbortController();
    const hung = source.snapshot({ revision: null, signal: deadline.signal });
    await asked.promise;
    deadline.abort(new Error("no answer within 15 s"));
    await expect(hung).rejects.toThrow("no answer within 15 s");
    gateway.script["cron.status"] = status;
    expect((await look(source)).jobs).toHaveLength(450);
  });

  test("that floods with events is asked for nothing by them alone", async () => {
    const source = await connect();
    await look(source);
    const before = gateway.asked.length;
    for (let n = 0; n < 10_000; n++) gateway.tell("cron", { jobId: `j${n % 450}`, action: "finished", runAtMs: n + 1, status: "ok", job: jobs[n % 450] });
    // Its answer comes behind them all.
    await source.runs("j1", { cursor: null, signal: stop.signal });
    expect(gateway.asked.slice(before)).toEqual(["cron.runs"]);
    expect(await look(source)).toMatchObject({ departed: [] });
  });

  test("whose events are lost is seen by its revision, or by its list where it has none", async () => {
    const source = await connect();
    const first = await look(source);
    const again = (revision: string): Promise<Snapshot> => source.snapshot({ revision, signal: stop.signal });
    expect(await again(first.revision!)).toMatchObject({ unchanged: true });
    gateway.script["cron.list"] = (params) => pageOf(jobs.slice(1), params);
    const second = (await again(first.revision!)) as Full;
    expect(second.jobs).toHaveLength(449);
    gateway.script["cron.list"] = (params) => ({ ...pageOf(jobs.slice(2), params), snapshotRevision: undefined });
    expect(((await again(second.revision!)) as Full).jobs).toHaveLength(448);
  });

  test("whose revision is longer than Loom keeps is looked at all the same", async () => {
    let revision = "r".repeat(2_000);
    gateway.script["cron.list"] = (params) => ({ ...pageOf(jobs, params), snapshotRevision: revision });
    const source = await connect();
    const first = await look(source);
    expect(first.revision!.length).toBeLessThan(1_000);
    const again = (): Promise<Snapshot> => source.snapshot({ revision: first.revision!, signal: stop.signal });
    expect(await again()).toMatchObject({ unchanged: true });
    revision = `${"r".repeat(1_999)}s`;
    expect(await again()).not.toMatchObject({ unchanged: true });
  });

  test("with 5,000 jobs is read whole, also while jobs go between its pages", async () => {
    const many = Array.from({ length: 5_001 }, (_, n) => commandJob(`m${n}`));
    let listed = many;
    gateway.script["cron.list"] = (params) => {
      if (params["offset"] === 2_400) listed = many.slice(1);
      return pageOf(listed, params);
    };
    const seen = await look(await connect());
    expect(new Set(seen.jobs.map((job) => job.id)).size).toBe(5_000);
  });

  test("with jobs that are each too large is read but for them, of which name, schedule and runs are shown", async () => {
    const large = { argv: Array(100_001).fill("x") };
    const many = Array.from({ length: 450 }, (_, n) => commandJob(`m${n}`, [0, 237, 449].includes(n) ? { payload: { kind: "command", ...(n === 0 ? { env: { ["A".repeat(1_001)]: "1" } } : large) }, state: { lastRunAtMs: 5, lastRunStatus: "error", nextRunAtMs: 7 } } : {}));
    const compact = many.map((job) => {
      const { id, name, enabled, schedule, state } = job as { id: string; name: string; enabled: boolean; schedule: object; state: object };
      return { id, name, enabled, schedule, scheduleKind: "every", ...state };
    });
    gateway.script["cron.list"] = (params) => pageOf(params["compact"] === true ? compact : many, params);
    const seen = await look(await connect());
    expect(seen.jobs.map((job) => job.id)).toEqual(many.map((job) => (job as { id: string }).id));
    const outlines = seen.jobs.filter((job) => job.description?.startsWith("It holds more than Loom reads at once"));
    expect(outlines.map(({ id }) => id)).toEqual(["m0", "m237", "m449"]);
    expect(outlines[1]).toMatchObject({ name: "job m237", schedule: { kind: "every" }, nextRunAt: 7, historyMark: expect.stringContaining("5") as string });
    expect(gateway.asked.filter((method) => method === "cron.list").length).toBeLessThan(100);
  });

  test("with a job that is too large, and no outlines of it, is not read, and says so", async () => {
    const many = [commandJob("a"), commandJob("b", { payload: { kind: "command", argv: Array(100_001).fill("x") } })];
    gateway.script["cron.list"] = (params) => (params["compact"] === true ? refusal("INVALID_REQUEST", "unexpected property 'compact'") : pageOf(many, params));
    await expect(look(await connect())).rejects.toMatchObject({ trouble: "incompatible", message: expect.stringContaining("a job that is larger than Loom reads at once") as string });
  });

  test("whose list has no end is not read until memory is full", async () => {
    const page = Array.from({ length: 40 }, () => ({ ...commandJob("m"), description: "x".repeat(400_000) }));
    gateway.script["cron.list"] = ({ offset }) => ({ jobs: page, hasMore: true, nextOffset: Number(offset) + 200 });
    await expect(look(await connect())).rejects.toMatchObject({ trouble: "incompatible", message: expect.stringContaining("48 MiB") as string });
    expect(gateway.asked.filter((method) => method === "cron.list").length).toBeLessThan(10);
  });

  test("whose list has more jobs than a source may have is read no further", async () => {
    const page = Array.from({ length: 3_000 }, (_, n) => commandJob(`m${n}`));
    gateway.script["cron.list"] = ({ offset }) => ({ jobs: page, hasMore: true, nextOffset: Number(offset) + 3_000 });
    await expect(look(await connect())).rejects.toMatchObject({ trouble: "incompatible", message: expect.stringContaining("more than 10000") as string });
    expect(gateway.asked.filter((method) => method === "cron.list").length).toBe(4);
  });

  test.each([["in one answer", 40], ["in many", 1]])("whose jobs have values without end, %s, is not read until memory is full", async (_, count) => {
    const page = Array.from({ length: count }, () => ({ ...commandJob("m"), payload: { kind: "command", argv: ["true"], x: Array.from({ length: 45_000 }, () => ({})) } }));
    gateway.script["cron.list"] = ({ offset }) => ({ jobs: page, hasMore: true, nextOffset: Number(offset) + 200 });
    await expect(look(await connect())).rejects.toMatchObject({ trouble: "incompatible" });
    expect(gateway.asked.filter((method) => method === "cron.list").length).toBeLessThan(20);
  });

  test("whose jobs never hold still is not believed to have fewer", async () => {
    let tick = 0;
    gateway.script["cron.list"] = (params) => pageOf(jobs.slice(++tick % 7), params, String(tick));
    await expect(look(await connect())).rejects.toMatchObject({ trouble: "unreachable", message: expect.stringContaining("changed 5 times") as string });
  });
});

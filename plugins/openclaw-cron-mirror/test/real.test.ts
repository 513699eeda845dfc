/** The plugin against real OpenClaw gateways, one of each version. What is asserted of OpenClaw was first seen of it. */
import type { ObservedJob, ObservedRun, Snapshot } from "loom-gateway";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openClawVersions, quietLog, startOpenClaw, systemClock, type OpenClaw } from "../../../test/support/openclaw.ts";
import { configSchema } from "../config.ts";
import { findInstances } from "../discover.ts";
import { OpenClawSource } from "../source.ts";

type Full = Exclude<Snapshot, { unchanged: true }>;

const START_MS = 180_000;
// Real gateways take seconds for what they do in a tenth of one when the machine is busy.
vi.setConfig({ testTimeout: 60_000 });
/** A model that is nowhere, so that OpenClaw skips the runs that want it. */
const deadModel = {
  models: { providers: { dead: { baseUrl: "http://127.0.0.1:9/v1", apiKey: "none", api: "openai-completions", models: [{ id: "dead-1", name: "dead" }] } } },
};

describe.each(openClawVersions)("OpenClaw %s", (version) => {
  let openclaw: OpenClaw;
  let source: OpenClawSource;
  const stop = new AbortController();
  const { signal } = stop;
  let woken = Promise.withResolvers<void>();

  beforeAll(async () => {
    openclaw = await startOpenClaw({ version, config: deadModel });
    await openclaw.schedulerStarted();
    source = await connect({ OPENCLAW_STATE_DIR: openclaw.stateDir }, signal);
    source.watch(() => (woken.resolve(), (woken = Promise.withResolvers())), signal);
  }, START_MS);
  afterAll(async () => {
    stop.abort();
    await openclaw?.[Symbol.asyncDispose]();
  }, START_MS);

  const look = async (): Promise<Full> => (await source.snapshot({ revision: null, signal })) as Full;
  const jobNow = async (id: string): Promise<ObservedJob> => (await look()).jobs.find((job) => job.id === id)!;
  const runsOf = async (id: string): Promise<readonly ObservedRun[]> => (await source.runs(id, { cursor: null, signal })).runs;
  const by = async (id: string) => ({ by: "a test", definition: (await jobNow(id)).definition, signal });

  /** Looks at each wake until what is waited for is there; gives it. */
  async function eventually<T>(see: () => Promise<T | false | undefined>): Promise<T> {
    for (;;) {
      const next = woken.promise;
      const seen = await see().catch(() => undefined);
      if (seen) return seen;
      await next;
    }
  }

  /** The run as the source tells it, after it has ended. */
  async function runOf(job: { id: string }): Promise<ObservedRun> {
    await openclaw.run(job.id);
    return (await runsOf(job.id))[0]!;
  }

  test("is found by its state folder and tells its version", async () => {
    expect(await look()).toMatchObject({ version, schedulerOn: true });
    expect(source.identity).toBe(openclaw.stateDir);
  });

  test("shows jobs of each kind, disabled ones too", async () => {
    const at = new Date(systemClock.now() + 86_400_000).toISOString();
    const made = [
      await openclaw.addCommandJob({ name: "cron", command: "echo", schedule: { kind: "cron", expr: "17 4 * * *", tz: "Europe/Berlin" } }),
      await openclaw.addCommandJob({ name: "every", command: "echo", schedule: { kind: "every", everyMs: 3_600_000 } }),
      await openclaw.addCommandJob({ name: "at", command: "echo", schedule: { kind: "at", at } }),
      await openclaw.addCommandJob({ name: "off", command: "echo", more: { enabled: false } }),
    ] as { id: string; state: { nextRunAtMs?: number } }[];
    const jobs = await Promise.all(made.map(({ id }) => jobNow(id)));
    expect(jobs.map((job) => job.schedule.kind)).toEqual(["cron", "every", "at", "cron"]);
    expect(jobs.map((job) => job.enabled)).toEqual([true, true, true, false]);
    expect(jobs.map((job) => job.nextRunAt)).toEqual(made.map((job) => job.state.nextRunAtMs ?? null));
    expect(jobs[2]!.schedule).toEqual({ kind: "at", atMs: Date.parse(at) });
  });

  test("shows the jobs that OpenClaw made for itself as such", async () => {
    const system = version === "2026.6.11" ? [] : ["heartbeat:main", "skill-collection-review:main"];
    const keys = await eventually(async () => {
      const found = (await look()).jobs.filter((job) => job.system).map((job) => job.definition.declarationKey);
      return found.length >= system.length && found;
    });
    expect(keys.toSorted()).toEqual(system);
  });

  test("a run that goes well", async () => {
    const job = await openclaw.addCommandJob({ name: "ok", command: "echo hello" });
    expect(await runOf(job)).toMatchObject({
      status: "succeeded",
      trigger: "manual",
      steps: [{ id: "exec", status: "completed", exitCode: 0, output: "hello" }, { id: "deliver", status: "skipped", reason: "not_requested" }],
    });
  });

  test("a run that fails, and what OpenClaw waits for before the next", async () => {
    const job = await openclaw.addCommandJob({ name: "error", command: "echo partly; exit 3" });
    const run = await runOf(job);
    expect(run).toMatchObject({ status: "failed", error: "command exited with code 3", steps: [{ status: "failed", exitCode: 3 }, {}] });
    expect((await jobNow(job.id)).notBefore).toBe(run.finishedAt + 30_000);
  });

  test("a run that takes too long", async () => {
    const job = await openclaw.addCommandJob({ name: "timeout", command: "exec sleep 30", timeoutSeconds: 1 });
    expect(await runOf(job)).toMatchObject({ status: "failed", code: "timeout" });
  });

  test("a run that is skipped", async () => {
    const job = await openclaw.rpc("cron.add", {
      name: "skip", schedule: { kind: "every", everyMs: 3_600_000 }, sessionTarget: "isolated", wakeMode: "now",
      payload: { kind: "agentTurn", message: "hi", model: "dead/dead-1" }, delivery: { mode: "none" },
    });
    expect(await runOf(job)).toMatchObject({ status: "skipped", steps: [{ id: "exec", status: "skipped" }, {}] });
  });

  test("a scheduled run has the same key while it runs and when it is over", async () => {
    const job = await openclaw.addCommandJob({ name: "scheduled", command: "sleep 1", schedule: { kind: "every", everyMs: 2_000 } });
    const running = await eventually(async () => (await jobNow(job.id)).running ?? false);
    const run = await eventually(async () => (await runsOf(job.id)).find((each) => each.key === running.key));
    await openclaw.rpc("cron.remove", { id: job.id });
    expect(run).toMatchObject({ status: "succeeded", trigger: "schedule", startedAt: running.startedAt });
  });

  test("every new run changes the mark of its job's history", async () => {
    const job = await openclaw.addCommandJob({ name: "marks", command: "true" });
    const marks = [(await jobNow(job.id)).historyMark];
    for (let n = 0; n < 2; n++) {
      await openclaw.run(job.id);
      marks.push((await jobNow(job.id)).historyMark);
    }
    expect(marks[0]).toBeNull();
    expect(new Set(marks).size).toBe(3);
  });

  test("a look at what has not changed is cheap to take in, and no change is lost", async () => {
    const job = await openclaw.addCommandJob({ name: "revision", command: "true" });
    const first = await look();
    const settled = (await source.snapshot({ revision: first.revision!, signal })) as Full;
    const { revision } = settled.unchanged ? first : settled;
    expect(await source.snapshot({ revision: revision!, signal })).toMatchObject({ unchanged: true });
    await openclaw.run(job.id);
    const after = (await source.snapshot({ revision: revision!, signal })) as Full;
    expect(after.jobs.find(({ id }) => id === job.id)!.historyMark).toMatch(/:ok$/);
  });

  test("a job that goes after its only run is told as departed until that was taken in, and its run can be read", async () => {
    const before = await look();
    const removed = openclaw.cronEvent((event) => event.action === "removed" && event.job.name === "once");
    const job = await openclaw.addCommandJob({ name: "once", command: "echo done", schedule: { kind: "at", at: new Date(systemClock.now() + 1_500).toISOString() }, more: { deleteAfterRun: true } });
    await removed;
    const departedIn = (snapshot: Full) => snapshot.departed!.filter(({ id }) => id === job.id).map((each) => each.historyMark);
    const first = await eventually(async () => {
      const snapshot = (await source.snapshot({ revision: before.revision!, signal })) as Full;
      return departedIn(snapshot).length > 0 && snapshot;
    });
    expect(departedIn(first)).toEqual([expect.stringMatching(/:ok$/)]);
    expect((await runsOf(job.id))[0]).toMatchObject({ status: "succeeded", steps: [{ output: "done" }, {}] });
    const second = (await source.snapshot({ revision: first.revision!, signal })) as Full;
    expect(departedIn(second)).toEqual([]);
  });

  test("a job is switched off and on, and OpenClaw agrees", async () => {
    const job = await openclaw.addCommandJob({ name: "switch", command: "true" });
    for (const enabled of [false, true]) {
      expect(await source.setEnabled(job.id, enabled, await by(job.id))).toEqual({ accepted: true });
      expect((await openclaw.rpc("cron.get", { id: job.id })).enabled).toBe(enabled);
      expect((await jobNow(job.id)).enabled).toBe(enabled);
    }
  });

  test("a job that was edited meanwhile is not switched", async () => {
    const job = await openclaw.addCommandJob({ name: "edited", command: "true" });
    const shown = await by(job.id);
    await openclaw.rpc("cron.update", { id: job.id, patch: { name: "edited since" } });
    expect(await source.setEnabled(job.id, false, shown)).toMatchObject({ accepted: false, reason: expect.stringContaining("changed in OpenClaw") as string });
    expect((await openclaw.rpc("cron.get", { id: job.id })).enabled).toBe(true);
  });

  test("a job runs when it is asked to, and not twice at a time", async () => {
    const job = await openclaw.addCommandJob({ name: "run now", command: "sleep 1" });
    const started = openclaw.cronEvent((event) => event.jobId === job.id && event.action === "started");
    const finished = openclaw.cronEvent((event) => event.jobId === job.id && event.action === "finished");
    const ask = await by(job.id);
    const accepted = await source.runNow(job.id, ask);
    await started;
    expect(await source.runNow(job.id, ask)).toEqual({ accepted: false, reason: "OpenClaw did not run it: already-running." });
    await finished;
    expect(accepted).toEqual({ accepted: true, ownerRunId: (await runsOf(job.id))[0]!.ownerRunId });
  });

  test("a job that is not there is refused in OpenClaw's words", async () => {
    const answer = await source.runNow("no-such-job", { by: "a test", definition: {}, signal });
    expect(answer).toMatchObject({ accepted: false, reason: expect.stringMatching(/not found|no-such-job/) as string });
  });

  test("a long history comes in pages", async () => {
    const job = await openclaw.addCommandJob({ name: "history", command: "true" });
    for (let n = 0; n < 22; n++) await openclaw.run(job.id);
    const first = await source.runs(job.id, { cursor: null, signal });
    const second = await source.runs(job.id, { cursor: first.next!, signal });
    expect(second.next).toBeNull();
    expect(new Set([...first.runs, ...second.runs].map((run) => run.key)).size).toBe(22);
  });

  test("a job that was removed before it ran has an empty history", async () => {
    const job = await openclaw.addCommandJob({ name: "never ran", command: "true" });
    await openclaw.rpc("cron.remove", { id: job.id });
    expect(await source.runs(job.id, { cursor: null, signal })).toEqual({ runs: [], next: null });
  });

  test("a wrong token is told without being shown", async () => {
    const wrong = await connectTo({ url: openclaw.url, token: "wrong-token" }, signal);
    await expect(wrong.snapshot({ revision: null, signal })).rejects.toMatchObject({
      trouble: "needs_configuration",
      message: expect.not.stringContaining("wrong-token") as string,
      help: expect.stringContaining("config.json") as string,
    });
  });

  test("more than 200 jobs are all seen", async () => {
    for (let n = 0; n < 205; n++) await openclaw.addCommandJob({ name: `many ${n}`, command: "true", more: { enabled: n % 2 === 0 } });
    const names = new Set((await look()).jobs.map((job) => job.name));
    expect(Array.from({ length: 205 }, (_, n) => `many ${n}`).filter((name) => !names.has(name))).toEqual([]);
  }, START_MS);

  test("killed in the middle of a run, it is found again by itself, and the run is told as interrupted under its key", async () => {
    const job = await openclaw.addCommandJob({ name: "killed", command: "exec sleep 60" });
    const started = openclaw.cronEvent((event) => event.jobId === job.id && event.action === "started");
    await openclaw.rpc("cron.run", { id: job.id, mode: "force" });
    await started;
    const { running } = await jobNow(job.id);
    const asked = Promise.allSettled(Array.from({ length: 20 }, () => source.runs(job.id, { cursor: null, signal })));
    await openclaw.kill("SIGKILL");
    for (const call of await asked) if (call.status === "rejected") expect(call.reason).toMatchObject({ trouble: "unreachable" });
    await expect(look()).rejects.toMatchObject({ trouble: "unreachable" });

    await openclaw.start();
    const run = await eventually(async () => (await runsOf(job.id))[0]);
    expect(run).toMatchObject({ key: running!.key, status: "failed", code: "interrupted", trigger: "unknown" });
    const over = await eventually(async () => (await jobNow(job.id)).running === null && jobNow(job.id));
    expect(over.historyMark).toBe(`${running!.key}:error`);
  }, START_MS);
});

async function connect(env: Record<string, string>, signal: AbortSignal): Promise<OpenClawSource> {
  const [instance] = await findInstances(configSchema.parse({}), { env, home: "/nonexistent" });
  return new OpenClawSource(instance!, { clock: systemClock, log: quietLog, signal, hostZone: "UTC" });
}

async function connectTo(instance: { url: string; token: string }, signal: AbortSignal): Promise<OpenClawSource> {
  const [found] = await findInstances(configSchema.parse({ detect: false, instances: [instance] }), { env: {}, home: "/nonexistent" });
  return new OpenClawSource(found!, { clock: systemClock, log: quietLog, signal, hostZone: "UTC" });
}

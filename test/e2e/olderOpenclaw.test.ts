import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { eventually } from "../support/eventually.ts";
import { GatewayProcess } from "../support/gatewayProcess.ts";
import { olderOpenClaw, startOpenClaw, systemClock, type OpenClaw } from "../support/openclaw.ts";

const START_MS = 240_000;
vi.setConfig({ testTimeout: START_MS });

describe("a real OpenClaw of a release that is read from its files", () => {
  let home: string;
  let openclaw: OpenClaw;
  let loom: GatewayProcess;
  let jobs: { daily: any; once: any; off: any; agent: any };

  beforeAll(async () => {
    home = realpathSync(mkdtempSync(join(tmpdir(), "loom-older-")));
    openclaw = await startOpenClaw({ version: olderOpenClaw, home });
    const reminder = { sessionTarget: "main", wakeMode: "next-heartbeat", payload: { kind: "systemEvent", text: "hello" } };
    const add = (job: object): Promise<any> => openclaw.rpc("cron.add", { ...reminder, ...job });
    jobs = {
      daily: await add({ name: "daily", schedule: { kind: "cron", expr: "0 6 * * *", tz: "Europe/Berlin" } }),
      once: await add({ name: "once", schedule: { kind: "at", at: new Date(systemClock.now() + 86_400_000).toISOString() } }),
      off: await add({ name: "off", enabled: false, schedule: { kind: "every", everyMs: 3_600_000 } }),
      agent: await add({
        name: "agent", sessionTarget: "isolated", payload: { kind: "agentTurn", message: "hello", model: "no/model" },
        schedule: { kind: "every", everyMs: 3_600_000 }, delivery: { mode: "announce", channel: "telegram", to: "1" },
      }),
    };
    await run(jobs.daily.id);
    loom = await GatewayProcess.start({ env: { OPENCLAW_STATE_DIR: openclaw.stateDir } });
    await eventually(strands, (all) => all.length === 4);
  }, START_MS);

  afterAll(async () => {
    await loom?.[Symbol.asyncDispose]();
    await openclaw?.[Symbol.asyncDispose]();
    if (home) rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  });

  const strands = (): Promise<any[]> => loom.mirrored();
  const strandOf = async (jobId: string): Promise<any> => (await strands()).find((strand) => strand.id.endsWith(`:${jobId}`));
  const runsOf = async (jobId: string): Promise<any[]> => loom.all(`/strands/${encodeURIComponent((await strandOf(jobId)).id)}/runs`);
  const source = async (): Promise<any> => (await loom.api("/sources")).items[0];

  /** These releases give no id to a run, so its end is the next one that is told. */
  async function run(jobId: string): Promise<void> {
    const finished = openclaw.cronEvent((event) => event.jobId === jobId && event.action === "finished");
    await openclaw.rpc("cron.run", { id: jobId, mode: "force" });
    await finished;
  }

  it("is fresh, and says that its files were read, and of when", async () => {
    // A gateway that is busy with a run answers late; until then its files are read without its word.
    const read = await eventually(source, ({ version }) => version?.startsWith(olderOpenClaw), 60_000);
    expect(read).toMatchObject({ freshness: "fresh", schedulerOn: true, version: expect.stringMatching(/^2026\.4\.15, read from its files of 2\d{3}-/) });
    const { jobs: listed } = await openclaw.rpc("cron.list", { includeDisabled: true });
    expect((await strands()).map(({ name, enabled, nextRunAt }) => [name, enabled, nextRunAt && Date.parse(nextRunAt)]).toSorted()).toEqual(
      listed.map((job: any) => [job.name, job.enabled, job.state.nextRunAtMs ?? null]).toSorted(),
    );
  });

  it("shows a run and an edit soon after", async () => {
    await run(jobs.daily.id);
    const over = (runs: any[]): boolean => runs.length === 2 && runs.every((one) => one.finishedAt !== null);
    await eventually(() => runsOf(jobs.daily.id), over);
    const strand = await eventually(() => strandOf(jobs.daily.id), (one) => one.activeRun === null);
    expect(strand).toMatchObject({ status: "ok", lastRun: { status: "succeeded" } });
    await openclaw.rpc("cron.update", { id: jobs.off.id, patch: { name: "off, edited" } });
    await eventually(() => strandOf(jobs.off.id), (strand) => strand.name === "off, edited");
  });

  it("cannot be asked for anything, and the reason says what to do", async () => {
    const { can } = await strandOf(jobs.daily.id);
    for (const action of [can.run, can.setEnabled]) expect(action).toEqual({ allowed: false, reason: expect.stringMatching(/Update it .* or use its own command line/) });
  });

  it("goes over to its next release under the same names, and loses nothing, while it is watched", async () => {
    await eventually(() => strandOf(jobs.agent.id), (strand) => strand !== undefined);
    const before = await strands();
    const runsBefore = await runsOf(jobs.daily.id);
    const seen = new Set<number>();
    let over = false;
    const watching = (async () => {
      while (!over) {
        seen.add((await strands()).filter((strand) => !strand.system && strand.goneAt === null).length);
        await systemClock.sleep(100);
      }
    })();

    await openclaw.stop();
    openclaw = await startOpenClaw({ version: "2026.9.6", home });
    await eventually(source, (one) => one.freshness === "fresh" && one.version === "2026.9.6", START_MS);
    over = true;
    await watching;

    const after = (await strands()).filter((strand) => !strand.system);
    const shown = (all: any[]): unknown[] => all.map(({ id, name, enabled, trigger, changes }) => ({ id, name, enabled, trigger, changes })).toSorted((a, b) => (a.id < b.id ? -1 : 1));
    expect(shown(after)).toEqual(shown(before));
    expect([...seen]).toEqual([4]);
    expect(await runsOf(jobs.daily.id)).toEqual(runsBefore);
    expect(after[0].can).toMatchObject({ run: { allowed: true }, setEnabled: { allowed: true } });

    expect(await loom.loom("run", "daily", "--wait")).toMatchObject({ code: 0 });
    await eventually(() => runsOf(jobs.daily.id), (runs) => runs.length === 3);
  });

  it("is stale, and not read from what is left of its files, when that one stops", async () => {
    await openclaw.kill("SIGKILL");
    await eventually(source, (one) => one.freshness === "stale");
    expect(await source()).toMatchObject({ freshness: "stale", version: "2026.9.6" });
  });
});

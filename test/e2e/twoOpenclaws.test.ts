import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { GatewayProcess } from "../support/gatewayProcess.ts";
import { startOpenClaw, type OpenClaw } from "../support/openclaw.ts";

describe("two real OpenClaws on one machine, started after Loom", () => {
  let home: string;
  let loom: GatewayProcess;
  const running: OpenClaw[] = [];

  beforeAll(async () => {
    home = realpathSync(mkdtempSync(join(tmpdir(), "loom-two-")));
    loom = await GatewayProcess.start({ env: { OPENCLAW_HOME: home } });
    for (const stateDir of [".openclaw", ".openclaw-rescue"]) running.push(await startOpenClaw({ version: "2026.6.11", home, stateDir }));
    await eventually(sources, (all) => all.length === 2 && all.every((source) => source.freshness === "fresh"), 60_000);
  }, 240_000);

  afterAll(async () => {
    await loom?.[Symbol.asyncDispose]();
    for (const openclaw of running) await openclaw[Symbol.asyncDispose]();
    if (home) rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  });

  const sources = async (): Promise<any[]> => (await loom.api("/sources")).items;
  const strandOf = async (jobId: string): Promise<any> => (await loom.all("/strands")).find((strand) => strand.id.endsWith(`:${jobId}`));

  it("appear by themselves, and their names tell them apart", async () => {
    expect((await sources()).map((source) => source.label).toSorted()).toEqual(["OpenClaw", "OpenClaw rescue"]);
  });

  it("each have their own jobs, and what is asked goes to the right one", { timeout: 60_000 }, async () => {
    const jobs = await Promise.all(running.map((openclaw) => openclaw.addCommandJob({ name: "same name", command: "true" })));
    const strands = await Promise.all(jobs.map((job) => eventually(() => strandOf(job.id), (strand) => strand !== undefined)));
    expect(strands[0].source.instance).not.toBe(strands[1].source.instance);
    await loom.api(`/strands/${encodeURIComponent(strands[1].id)}/run`, { method: "POST" });
    await eventually(() => strandOf(jobs[1].id), (strand) => strand.lastRun?.status === "succeeded");
    expect((await running[0]!.rpc("cron.get", { id: jobs[0].id })).state.lastRunAtMs).toBeUndefined();
    expect((await strandOf(jobs[0].id)).lastRun).toBeNull();
  });

  it("fall silent one by one", { timeout: 60_000 }, async () => {
    await running[1]!.kill("SIGKILL");
    await eventually(sources, (all) => all.some((source) => source.freshness === "stale"));
    expect(Object.fromEntries((await sources()).map(({ label, freshness }) => [label, freshness]))).toEqual({ OpenClaw: "fresh", "OpenClaw rescue": "stale" });
  });
});

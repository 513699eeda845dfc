import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { BesideOpenClaw } from "../support/besideOpenclaw.ts";
import { eventually } from "../support/eventually.ts";
import type { GatewayProcess } from "../support/gatewayProcess.ts";
import type { OpenClaw } from "../support/openclaw.ts";

// Each test starts real processes, which takes a starved machine half a minute each.
vi.setConfig({ testTimeout: 300_000 });

describe("a real OpenClaw beside a real gateway", () => {
  let beside: BesideOpenClaw;
  let openclaw: OpenClaw;
  let loom: GatewayProcess;

  beforeAll(async () => {
    beside = await BesideOpenClaw.start();
    ({ openclaw, loom } = beside);
  }, 180_000);

  afterAll(() => beside?.[Symbol.asyncDispose]());

  const strands = (): Promise<any[]> => loom.mirrored();

  it("shows its own jobs as system strands without any configuration", async () => {
    const [heartbeat] = (await strands()).filter((strand) => strand.system);
    expect(heartbeat).toMatchObject({ kind: "mirrored", freshness: "fresh", source: { plugin: "openclaw-cron-mirror" } });
    expect(await loom.api("/sources")).toMatchObject({ items: [{ freshness: "fresh", version: "2026.9.6" }] });
  });

  it("shows an added, edited, run, failed, disabled and removed job", async () => {
    const job = await openclaw.addCommandJob({ name: "life", command: "echo alive", schedule: { kind: "cron", expr: "0 2 * * *", tz: "Europe/Berlin" } });
    const added = await beside.strandBecomes(job.id, (strand) => strand !== undefined);
    expect(added).toMatchObject({ name: "life", enabled: true, status: "idle", trigger: { kind: "cron", zone: "Europe/Berlin" }, nextRunBy: "owner" });

    await openclaw.rpc("cron.update", { id: job.id, patch: { name: "life, edited", schedule: { kind: "every", everyMs: 3_600_000 } } });
    await beside.strandBecomes(job.id, (strand) => strand.name === "life, edited" && strand.trigger.kind === "every");

    await openclaw.run(job.id);
    const ran = await beside.strandBecomes(job.id, (strand) => strand.status === "ok" && strand.activeRun === null);
    const run = await loom.api(`/runs/${ran.lastRun.id}`);
    expect(run).toMatchObject({ status: "succeeded", trigger: "manual", steps: [{ id: "exec", status: "completed", outputTail: "alive" }, { id: "deliver", status: "skipped" }] });

    await openclaw.rpc("cron.update", { id: job.id, patch: { payload: { kind: "command", argv: ["sh", "-c", "echo no >&2; exit 3"] } } });
    await openclaw.run(job.id);
    const failed = await beside.strandBecomes(job.id, (strand) => strand.status === "failed" && strand.activeRun === null);
    expect(failed).toMatchObject({ redRuns: 1, lastRun: { status: "failed", red: true } });
    expect(await loom.api(`/runs/${failed.lastRun.id}`)).toMatchObject({ error: expect.stringContaining("code 3"), steps: [{ id: "exec", status: "failed", exitCode: 3 }, {}] });

    await openclaw.rpc("cron.update", { id: job.id, patch: { enabled: false } });
    await beside.strandBecomes(job.id, (strand) => strand.enabled === false);

    await openclaw.rpc("cron.remove", { id: job.id });
    await beside.strandBecomes(job.id, (strand) => strand.goneAt !== null);
    await loom.api(`/strands/${encodeURIComponent(failed.id)}/ack`, { method: "POST" });
    await beside.strandBecomes(job.id, (strand) => strand === undefined);
    const kept = await loom.all(`/strands/${encodeURIComponent(failed.id)}/runs`);
    expect(kept.map((one) => one.status)).toEqual(["failed", "succeeded"]);
  });

  it("prints the same on the command line, where jobs are switched and run as well", async () => {
    const job = await openclaw.addCommandJob({ name: "by hand", command: "echo by hand" });
    await beside.strandBecomes(job.id, (strand) => strand !== undefined);

    const listed = JSON.parse((await loom.loom("strands", "--json")).stdout);
    expect((listed.items ?? listed).map((strand: any) => strand.name)).toContain("by hand");

    expect(await loom.loom("disable", "by hand", "--wait")).toMatchObject({ code: 0 });
    expect((await openclaw.rpc("cron.get", { id: job.id })).enabled).toBe(false);
    expect(await loom.loom("enable", "by hand", "--wait")).toMatchObject({ code: 0 });
    expect((await openclaw.rpc("cron.get", { id: job.id })).enabled).toBe(true);

    expect(await loom.loom("run", "by hand", "--wait")).toMatchObject({ code: 0 });
    const strand = await beside.strandBecomes(job.id, (one) => one.lastRun?.status === "succeeded");
    const { items } = await loom.api(`/commands?strand=${encodeURIComponent(strand.id)}&limit=1`);
    expect(items[0]).toMatchObject({ kind: "run", status: "confirmed", runId: strand.lastRun.id });
    expect(await loom.api(`/runs/${strand.lastRun.id}`)).toMatchObject({ trigger: "manual", triggerBy: items[0].by });
  });

  it("keeps red until it is acknowledged", async () => {
    const job = await openclaw.addCommandJob({ name: "red", command: "exit 1" });
    // What ended before Loom first saw the job is history, which asks nobody to acknowledge it.
    await beside.strandBecomes(job.id, (one) => one !== undefined);
    await openclaw.run(job.id);
    await openclaw.rpc("cron.update", { id: job.id, patch: { payload: { kind: "command", argv: ["true"] } } });
    await openclaw.run(job.id);
    const strand = await beside.strandBecomes(job.id, (one) => one?.recent.length === 2 && one.activeRun === null);
    expect(strand).toMatchObject({ status: "failed", lastRun: { status: "succeeded" } });
    const [, red] = strand.recent;
    expect(await loom.api(`/runs/${red.id}/ack`, { method: "POST" })).toEqual({ acknowledged: 1 });
    await beside.strandBecomes(job.id, (one) => one.status === "ok");
  });

  it("says stale while OpenClaw is away, deletes nothing, and catches up", async () => {
    const before = (await strands()).length;
    await openclaw.kill("SIGKILL");
    await eventually(() => loom.api("/sources"), ({ items }) => items[0].freshness === "stale");
    expect((await strands()).length).toBe(before);
    await openclaw.start();
    await eventually(() => loom.api("/sources"), ({ items }) => items[0].freshness === "fresh", 90_000);
  });
});

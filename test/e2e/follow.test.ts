import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { BesideOpenClaw } from "../support/besideOpenclaw.ts";
import { eventually } from "../support/eventually.ts";
import type { GatewayProcess } from "../support/gatewayProcess.ts";
import type { OpenClaw } from "../support/openclaw.ts";

// Each test starts real processes, which takes a starved machine half a minute each.
vi.setConfig({ testTimeout: 300_000 });

describe("workflows beside a real OpenClaw", () => {
  let beside: BesideOpenClaw;
  let openclaw: OpenClaw;
  let loom: GatewayProcess;

  beforeAll(async () => {
    beside = await BesideOpenClaw.start();
    ({ openclaw, loom } = beside);
  }, 180_000);

  afterAll(() => beside?.[Symbol.asyncDispose]());

  const strands = (): Promise<any[]> => loom.all("/strands");
  const runsOf = (strandId: string): Promise<any[]> => loom.all(`/strands/${encodeURIComponent(strandId)}/runs`);
  const isOn = async (jobId: string): Promise<boolean> => (await openclaw.rpc("cron.get", { id: jobId })).enabled;

  /** Saves a workflow that follows a strand, and waits until it is live. */
  async function follow(id: string, strandId: string, on: string): Promise<void> {
    await mkdir(join(loom.home, "workflows"), { recursive: true });
    await writeFile(
      join(loom.home, "workflows", `${id}.ts`),
      `import { defineWorkflow } from "loom-gateway";
       import * as z from "zod";
       const run = z.object({ strandId: z.string(), runId: z.string(), status: z.string() });
       export const workflow = defineWorkflow({
         id: "${id}", name: "${id}", triggers: [{ after: "${strandId}", on: "${on}" }], input: z.object({ after: run }),
         steps: [{ id: "tell", label: "TELL", run: ({ input }) => input.after }],
       });`,
    );
    await eventually(strands, (all) => all.some((strand) => strand.id === id));
  }

  it("a job that succeeds and one that fails each start the workflow that waits for it, once", async () => {
    const [good, bad] = [await openclaw.addCommandJob({ name: "good", command: "echo fine" }), await openclaw.addCommandJob({ name: "bad", command: "exit 3" })];
    const [goodStrand, badStrand] = [await beside.strandBecomes(good.id), await beside.strandBecomes(bad.id)];
    await follow("after-good", goodStrand.id, "succeeded");
    await follow("after-bad", badStrand.id, "failed");
    await follow("never", goodStrand.id, "failed");

    await openclaw.run(good.id);
    await openclaw.run(bad.id);
    for (const [follower, job, status] of [["after-good", goodStrand, "succeeded"], ["after-bad", badStrand, "failed"]] as const) {
      const [run] = await eventually(() => runsOf(follower), (runs) => runs[0]?.status === "succeeded");
      const [cause] = await runsOf(job.id);
      expect(run).toMatchObject({ trigger: "after", triggerBy: cause.id });
      const whole = await loom.api(`/runs/${run.id}`);
      expect(whole.steps[0].result).toEqual({ strandId: job.id, runId: cause.id, status });
    }
    expect([(await runsOf("after-good")).length, (await runsOf("after-bad")).length, (await runsOf("never")).length]).toEqual([1, 1, 0]);
  });

  it("a pause of everything holds OpenClaw's jobs and workflows, and resuming puts back just what it held", async () => {
    const [on, off] = [await openclaw.addCommandJob({ name: "on", command: "true" }), await openclaw.addCommandJob({ name: "off", command: "true" })];
    await openclaw.rpc("cron.update", { id: off.id, patch: { enabled: false } });
    const [onStrand] = [await beside.strandBecomes(on.id), await beside.strandBecomes(off.id)];
    await beside.strandBecomes(off.id, (strand) => strand.enabled === false);

    const post = (path: string): Promise<any> => loom.api(path, { method: "POST", headers: { "content-type": "application/json" }, body: "{}" });
    await post("/pause");
    const paused = await eventually(() => loom.api("/pause"), ({ queue, strands: held }) => queue.waiting === 0 && held.some((one: any) => one.id === onStrand.id && one.state === "paused"));
    expect(await isOn(on.id)).toBe(false);
    const states = new Map<string, string>(paused.strands.map(({ id, state }: any) => [id, state]));
    expect((await strands()).filter(({ system }) => system).map(({ id }) => states.get(id))).toEqual(expect.arrayContaining(["left_out"]));
    expect(states.get("after-good")).toBe("paused");

    await post("/resume");
    await eventually(() => loom.api("/pause"), ({ queue }) => queue.waiting === 0);
    expect([await isOn(on.id), await isOn(off.id)]).toEqual([true, false]);
  });
});

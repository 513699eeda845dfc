import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPage, startChromium } from "../support/chromium.ts";
import { eventually } from "../support/eventually.ts";
import { GatewayProcess } from "../support/gatewayProcess.ts";
import { startOpenClaw, type OpenClaw } from "../support/openclaw.ts";

describe("an OpenClaw whose scheduler was switched off without a word", () => {
  let openclaw: OpenClaw;
  let loom: GatewayProcess;
  let jobId: string;

  beforeAll(async () => {
    openclaw = await startOpenClaw({ version: "2026.9.6", env: { OPENCLAW_SKIP_CRON: "1" } });
    const job = await openclaw.addCommandJob({ name: "silent", command: "echo never", schedule: { kind: "every", everyMs: 2_000 } });
    jobId = job.id;
    loom = await GatewayProcess.start({ env: { OPENCLAW_STATE_DIR: openclaw.stateDir } });
  }, 180_000);

  afterAll(async () => {
    await loom?.[Symbol.asyncDispose]();
    await openclaw?.[Symbol.asyncDispose]();
  });

  const strand = async (): Promise<any> => (await loom.all("/strands")).find((one) => one.id.endsWith(`:${jobId}`));

  /** What the page tells of a strand, in words. */
  async function panelOf(id: string): Promise<string> {
    const browser = await startChromium();
    try {
      const { page } = await openPage(browser, { key: null });
      await page.goto(loom.signInLink);
      await page.locator(`[data-strand="${id}"]`).click({ force: true });
      await page.locator(".panel").getByText("missed").first().waitFor();
      return await page.locator(".panel").innerText();
    } finally {
      await browser.close();
    }
  }

  it("misses each firing, with the cause, and nothing of the job is changed", { timeout: 120_000 }, async () => {
    const before = await openclaw.rpc("cron.get", { id: jobId });
    const { id } = await eventually(strand, (one) => one !== undefined);
    await loom.api(`/strands/${encodeURIComponent(id)}/grace`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ graceMs: 1_000 }) });

    const missed = await eventually(strand, (one) => one.missed?.count >= 2, 60_000);
    expect(missed).toMatchObject({ status: "missed", enabled: true, schedulerOn: false, missed: { cause: "scheduler_off" } });
    const { items } = await loom.api(`/strands/${encodeURIComponent(id)}/occurrences?status=missed`);
    expect(items[0]).toMatchObject({ strandId: id, status: "missed", cause: "scheduler_off", runId: null });
    expect((await loom.loom("missed")).stdout).toContain("silent");
    expect(await panelOf(id)).toMatch(/missed[^]*scheduler[^]*off/i);
    expect(await openclaw.rpc("cron.get", { id: jobId })).toEqual(before);
  });
});

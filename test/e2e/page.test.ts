import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openPage, startChromium } from "../support/chromium.ts";
import { eventually } from "../support/eventually.ts";
import { filesOfTheGuide } from "../support/guide.ts";
import { GatewayProcess } from "../support/gatewayProcess.ts";
import { startOpenClaw, type OpenClaw } from "../support/openclaw.ts";

// Each test starts real processes, which takes a starved machine half a minute each.
vi.setConfig({ testTimeout: 300_000 });

describe("the page of a real gateway", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser?.close());

  /** Opens a sign-in link as a person does; the browser must have nothing to complain of at the end. */
  async function signedIn(loom: GatewayProcess): Promise<{ page: Page; leave(): Promise<void> }> {
    const { page, context, complaints } = await openPage(browser, { key: null });
    // A link works once, so each visit asks for its own.
    await page.goto((await loom.api("/sign-in-links", { method: "POST" })).url);
    await page.locator(".line.live").waitFor();
    return {
      page,
      async leave() {
        await context.close();
        expect(complaints).toEqual([]);
      },
    };
  }

  describe("beside OpenClaw", () => {
    let openclaw: OpenClaw;
    let loom: GatewayProcess;
    beforeAll(async () => {
      openclaw = await startOpenClaw({ version: "2026.6.11" });
      loom = await GatewayProcess.start({ env: { OPENCLAW_STATE_DIR: openclaw.stateDir } });
    }, 180_000);
    afterAll(async () => {
      await loom?.[Symbol.asyncDispose]();
      await openclaw?.[Symbol.asyncDispose]();
    });

    it("shows a new job by itself, and switches and runs it where it lives", async () => {
      const { page, leave } = await signedIn(loom);
      const job = await openclaw.addCommandJob({ name: "seen at once", command: "echo from the page" });
      const strand = page.locator(`[data-strand$="${job.id}"]`);
      await strand.waitFor();

      // What takes the click is the hand, which lies over all strands.
      await strand.click({ force: true });
      await page.locator(".panel", { hasText: "seen at once" }).waitFor();
      await page.getByRole("button", { name: /^Disable/ }).click();
      await page.locator(".confirm").waitFor();
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: /^Enable/ }).waitFor();
      expect((await openclaw.rpc("cron.get", { id: job.id })).enabled).toBe(false);

      const finished = openclaw.cronEvent((event) => event.jobId === job.id && event.action === "finished");
      await page.getByRole("button", { name: /^Run now/ }).click();
      expect((await finished).status).toBe("ok");
      await page.locator(".panel", { hasText: "from the page" }).waitFor();

      await openclaw.rpc("cron.remove", { id: job.id });
      await page.getByRole("button", { name: "Acknowledge that it vanished" }).click();
      await strand.waitFor({ state: "detached" });
      await leave();
    });
  });

  describe("without OpenClaw", () => {
    let loom: GatewayProcess;
    beforeAll(async () => {
      loom = await GatewayProcess.start({ env: { OPENCLAW_STATE_DIR: "/nowhere" } });
    });
    afterAll(() => loom?.[Symbol.asyncDispose]());

    it("says in three lines what was looked for and how to connect one", async () => {
      const [plugin] = await eventually(() => loom.all("/plugins"), ([first]) => first?.notice != null);
      expect(plugin.notice.lines).toHaveLength(3);
      const { page, leave } = await signedIn(loom);
      for (const line of plugin.notice.lines) await page.getByText(line).first().waitFor();
      await leave();
    });

    it("shows the strand of the guide's plugin as soon as it is dropped in, and takes it away with the folder", async () => {
      const { page, leave } = await signedIn(loom);
      const { folder, strand } = await dropGuidePlugin(loom);
      await page.locator(`[data-strand$=":${strand}"]`).waitFor();

      await rm(folder, { recursive: true });
      await page.locator(`[data-strand$=":${strand}"]`).waitFor({ state: "detached" });
      await leave();
    });

    it("keeps the last good version of a plugin that is broken, and shows the error", async () => {
      const { folder, id, code, strand } = await dropGuidePlugin(loom);
      const there = async (): Promise<boolean> => (await loom.all("/strands")).some((one) => one.id.endsWith(`:${strand}`));
      await eventually(there, (yes) => yes);

      await writeFile(join(folder, "index.ts"), `${code}\nthis is no TypeScript`);
      // The file may be read half written, which is an error of its own.
      const pluginNow = async (): Promise<any> => (await loom.all("/plugins")).find((one) => one.id === id);
      expect(await eventually(pluginNow, (one) => one.error?.code === "MODULE_INVALID")).toMatchObject({ state: "active" });
      expect(await there()).toBe(true);
    });
  });
});

/** Writes the first plugin of the authors' guide into the gateway's plugins folder. Gives the folder and the strand's id. */
async function dropGuidePlugin(loom: GatewayProcess): Promise<{ folder: string; id: string; strand: string; code: string }> {
  const files = await filesOfTheGuide();
  const { id } = JSON.parse(files["manifest.json"]!);
  const folder = join(loom.home, "plugins", id);
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const code = files["index.ts"]!;
  return { folder, id, code, strand: /id: "([^"]+)"/.exec(code)![1]! };
}

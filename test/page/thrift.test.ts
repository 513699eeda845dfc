import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { systemClock } from "../../core/clock/system.ts";
import { makeSample } from "../support/sampleStrands.ts";
import { strandOf, useBrowser } from "./harness.ts";

/** What the page keeps, and how little room it takes. */

const visit = useBrowser();
const now = systemClock.now();

/** How many objects of the page are strands, as the store keeps them, after everything that can go is gone. */
async function strandsInMemory(page: Page): Promise<number> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("HeapProfiler.collectGarbage");
  const { result: prototype } = await devtools.send("Runtime.evaluate", { expression: "Object.prototype" });
  const { objects } = await devtools.send("Runtime.queryObjects", { prototypeObjectId: prototype.objectId! });
  const { result } = await devtools.send("Runtime.callFunctionOn", { objectId: objects.objectId!, functionDeclaration: "function () { return this.filter((one) => Object.hasOwn(one, 'firingsWhileOff') && Object.hasOwn(one, 'redRuns')).length; }", returnByValue: true });
  await devtools.detach();
  return result.value as number;
}

it("keeps nothing of what a strand was before", async () => {
  const { page, server } = await visit(makeSample({ count: 12, mood: "well", now }));
  await page.locator(".strand").nth(11).waitFor();
  // Nothing that would hang them elsewhere and draw all of them anew.
  for (const status of ["failed", "idle", "failed"] as const) for (const { id } of server.strands) server.change(id, { status });
  await expect.poll(() => page.locator(".strand.s-failed").count()).toBe(12);
  // What counts all strands does so a little later, and may still hold those that it counted before.
  await expect.poll(() => strandsInMemory(page)).toBeLessThan(18);
});

it("keeps its header to one line, whatever there is to tell", async () => {
  const sample = makeSample({ count: 40, mood: "trouble", now });
  const { page, server } = await visit(sample, { prepare: (server) => void (server.waitMs = 60_000) });
  const quiet = server.strands.find(({ status, enabled }) => status === "ok" && enabled)!;
  const oneLine = await page.locator(".header").evaluate((header: any) => header.offsetHeight as number);
  server.change(quiet.id, { status: "waiting" });
  await page.locator(".figures").getByText("waiting").waitFor();
  await strandOf(page, quiet.id).locator(".hit").focus();
  await page.keyboard.press("r");
  await page.locator(".figures").getByText("queued").waitFor();
  expect(await page.locator(".figures li").count()).toBe(8);
  for (const width of [1440, 1500, 1600, 1700, 1720, 1920]) {
    await page.setViewportSize({ width, height: 860 });
    expect(await page.locator(".header").evaluate((header: any) => header.offsetHeight as number)).toBe(oneLine);
  }
});

import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../core/clock/system.ts";
import { emptySample, makeSample } from "../support/sampleStrands.ts";
import { useBrowser } from "./harness.ts";

const visit = useBrowser();
const now = systemClock.now();
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds, one line each. */
async function findings(page: Page): Promise<string[]> {
  await page.evaluate("Promise.all(document.getAnimations().filter((motion) => motion.effect.getComputedTiming().iterations === 1).map((motion) => motion.finished.catch(() => {})))");
  await page.evaluate(axe);
  return page.evaluate(`axe.run(document, { resultTypes: ["violations"] }).then((result) => result.violations.flatMap((found) => found.nodes.map((node) => found.id + ": " + node.target.join(" ") + " — " + node.failureSummary.replace(/\\s+/g, " "))))`);
}

describe.each(["dark", "light"] as const)("in the %s theme axe finds nothing", (colorScheme) => {
  const trouble = () => makeSample({ count: 24, mood: "trouble", now });
  it("in the loom", async () => {
    const { page } = await visit(trouble(), { colorScheme });
    await page.locator(".strand").first().waitFor();
    await page.keyboard.press("n");
    expect(await findings(page)).toEqual([]);
  });
  it("in the list", async () => {
    const { page } = await visit(trouble(), { colorScheme, hash: "#view=list" });
    await page.locator(".row").first().waitFor();
    expect(await findings(page)).toEqual([]);
  });
  it("in the strand panel", async () => {
    const sample = trouble();
    const { page } = await visit(sample, { colorScheme, hash: `#view=list&strand=${encodeURIComponent(sample.strands[2]!.id)}` });
    await page.locator(".panel .step-run").first().waitFor();
    await page.locator(".panel .firings li").first().waitFor();
    await page.getByText("as its owner keeps it").click();
    expect(await findings(page)).toEqual([]);
  });
  it("in the panel of sources", async () => {
    const { page } = await visit(makeSample({ count: 40, mood: "trouble", now }), { colorScheme, hash: "#view=loom&panel=sources" });
    await page.locator(".panel .source").first().waitFor();
    expect(await findings(page)).toEqual([]);
  });
  it("where nothing hangs yet", async () => {
    const { page } = await visit(emptySample(now), { colorScheme });
    await page.locator(".notice").waitFor();
    expect(await findings(page)).toEqual([]);
  });
  it("in the list of keys", async () => {
    const { page } = await visit(trouble(), { colorScheme });
    await page.locator(".strand").first().waitFor();
    await page.keyboard.press("?");
    await page.locator("dialog[open]").waitFor();
    expect(await findings(page)).toEqual([]);
  });
  it("on a phone", async () => {
    const { page } = await visit(trouble(), { colorScheme, viewport: { width: 390, height: 844 }, hasTouch: true });
    await page.locator(".row").first().waitFor();
    expect(await findings(page)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
  });
});

it("names every strand, its state and its schedule to a screen reader", async () => {
  const { page, server } = await visit(makeSample({ count: 12, mood: "trouble", now }));
  await page.locator(".strand").nth(11).waitFor();
  const labels = await page.locator(".hit").evaluateAll((strands: any[]): string[] => strands.map((strand) => strand.getAttribute("aria-label")));
  for (const strand of server.strands) expect(labels.find((label) => label.startsWith(strand.name))).toContain(strand.trigger.text);
  expect(labels.find((label) => label.startsWith("price watch"))).toMatch(/failed .* ago/);
  await expect.poll(() => page.locator(".hit[tabindex='0']").count()).toBe(1);
});

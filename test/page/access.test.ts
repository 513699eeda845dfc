import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../core/clock/system.ts";
import type { StrandView } from "../../core/http/schemas.ts";
import { emptySample, makeSample } from "../support/sampleStrands.ts";
import { sampleFiles, withWorkflows } from "../support/sampleWoven.ts";
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
  it("in a viewer's list on a phone", async () => {
    const { page } = await visit(trouble(), { colorScheme, hash: "#view=list", viewport: { width: 390, height: 844 }, prepare: (server) => (server.role = "viewer") });
    await page.locator(".row").first().waitFor();
    await page.locator(".col-choose").first().waitFor({ state: "detached" });
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
  it("in the Inbox, with everything that can ask", async () => {
    const sample = makeSample({ count: 40, mood: "trouble", now });
    Object.assign(sample.sources[0]!, { freshness: "suspect", message: "It told of 26 jobs before, and of none now." });
    sample.plugins.push({ ...sample.plugins[0]!, id: "crontab", name: "crontab", state: "setup_error", error: { code: "X", message: "It was refused.", problems: [{ path: "user", message: "may not", mend: null }] } });
    const { page } = await visit(sample, { colorScheme, hash: "#view=inbox" });
    await page.locator(".item .diff").first().waitFor();
    expect(await findings(page)).toEqual([]);
  });
  it("in the Inbox when nothing asks", async () => {
    const { page } = await visit(makeSample({ count: 3, mood: "well", now }), { colorScheme, hash: "#view=inbox" });
    await page.getByText("Nothing asks for you").waitFor();
    expect(await findings(page)).toEqual([]);
  });
  it("in the palette", async () => {
    const { page } = await visit(trouble(), { colorScheme });
    await page.locator(".strand").first().waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").waitFor();
    await page.keyboard.type("wa");
    await page.locator(".palette b").first().waitFor();
    expect(await findings(page)).toEqual([]);
  });
  it("where much is chosen, and where something is asked before it is done", async () => {
    const { page } = await visit(trouble(), { colorScheme, hash: "#view=list", prepare: (server) => (server.waitMs = 20_000) });
    await page.locator("[data-open]").first().focus();
    await page.keyboard.press("Control+a");
    await page.getByRole("button", { name: /^Run/ }).click();
    await page.locator(".confirm[open]").waitFor();
    expect(await findings(page)).toEqual([]);
    await page.keyboard.press("Enter");
    await page.getByText("in the queue").waitFor();
    expect(await findings(page)).toEqual([]);
  });
  it.each<[string, (strand: StrandView) => boolean]>([
    ["missed", (strand) => strand.missed !== null], ["edited", (strand) => strand.changes[0]?.kind === "edited"], ["vanished", (strand) => strand.goneAt !== null],
    ["stuck", (strand) => Boolean(strand.activeRun?.stuckAt)], ["held back", (strand) => strand.backoffUntil !== null], ["done", (strand) => strand.done],
  ])("in the panel of a strand that is %s", async (_, which) => {
    const sample = trouble();
    const { page } = await visit(sample, { colorScheme, hash: `#view=inbox&strand=${encodeURIComponent(sample.strands.find(which)!.id)}` });
    await page.locator(".panel .id").waitFor();
    await page.locator(".panel .run-row").first().waitFor();
    expect(await findings(page)).toEqual([]);
  });
  it.each([{ width: 1440, height: 860 }, { width: 390, height: 844 }])("with workflows: a run, its form, a pause of everything and broken files, $width wide", async (viewport) => {
    const { page } = await visit(withWorkflows(makeSample({ count: 8, mood: "well", now }), now), {
      colorScheme, viewport, hash: "#view=list&strand=nightly-report",
      prepare: (server) => {
        server.woven.files = sampleFiles(now);
        server.woven.inputs.set("nightly-report", { schema: { type: "object", required: ["day"], properties: { day: { type: "string", description: "Which day" }, how: { enum: ["fast", "slow"] }, shops: { type: "array" }, dryRun: { type: "boolean" } } } });
      },
    });
    const fits = (): Promise<boolean> => page.evaluate("document.documentElement.scrollWidth <= innerWidth");
    await page.locator(".panel .item-row").first().waitFor();
    await page.locator(".panel .id").waitFor();
    await page.getByText("what has changed").click();
    await page.locator(".patch-added").first().waitFor();
    await page.locator('[data-part="collect"]').getByRole("button", { name: "Whole log, search" }).click();
    await page.locator(".log pre").waitFor();
    expect(await findings(page)).toEqual([]);
    expect(await fits()).toBe(true);
    await page.keyboard.press("r");
    await page.locator(".run-form[open] .field").first().waitFor();
    await page.locator(".run-form[open] :focus").waitFor();
    await page.keyboard.press("Enter");
    await page.getByText("It is needed.").waitFor();
    expect(await findings(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.locator(".run-form[open]").waitFor({ state: "detached" });
    await page.keyboard.press("Escape");
    await page.keyboard.press("P");
    await page.locator(".confirm[open]").waitFor();
    await page.keyboard.press("Enter");
    await page.locator(".paused-line .link").first().click();
    await page.keyboard.press("s");
    await page.locator(".panel .source", { hasText: "never loaded" }).waitFor();
    expect(await findings(page)).toEqual([]);
    expect(await fits()).toBe(true);
    await page.keyboard.press("Escape");
    for (const [key, shown] of [["3", ".item.tone-broken"], ["1", ".strand"]] as const) {
      await page.keyboard.press(key);
      await page.locator(shown).first().waitFor();
      expect(await findings(page)).toEqual([]);
    }
  });
  it("offline, and where a filter leaves nothing", async () => {
    const { page, server, allow } = await visit(trouble(), { colorScheme, hash: "#view=list&q=is:nonsense" });
    allow.push(/WebSocket|ERR_/);
    await page.getByText("No strand matches").waitFor();
    expect(await findings(page)).toEqual([]);
    server.goAway();
    await page.locator(".offline-line").waitFor();
    expect(await findings(page)).toEqual([]);
  });
  it("while what happens cannot be stored, and after it can again", async () => {
    const { page, server } = await visit(trouble(), { colorScheme });
    const since = new Date(systemClock.now() - 120_000).toISOString();
    server.say({ type: "store", store: { ok: false, trouble: { code: "STORE_UNAVAILABLE", message: "The disk is full.", help: "Make room on it.", since } } });
    await page.getByRole("alert").getByText("Loom cannot store what happens: The disk is full.").waitFor();
    expect(await page.getByRole("alert").innerText()).toContain("Make room on it.");
    expect(await findings(page)).toEqual([]);
    server.say({ type: "store", store: { ok: true, trouble: null } });
    await page.getByRole("alert").waitFor({ state: "detached" });
  });
  it("signed out, and where the lists cannot be had", async () => {
    const out = await visit(trouble(), { colorScheme, key: null });
    await out.page.getByText("loom open").waitFor();
    expect(await findings(out.page)).toEqual([]);
    const failing = await visit(trouble(), { colorScheme, prepare: (server) => (server.problem = { status: 503, code: "X", title: "Busy", detail: "Another program holds the database.", help: "Try again." }) });
    failing.allow.push(/503/);
    await failing.page.getByRole("alert").waitFor();
    expect(await findings(failing.page)).toEqual([]);
  });
  it("in the Inbox on a phone", async () => {
    const { page } = await visit(trouble(), { colorScheme, viewport: { width: 390, height: 844 }, hasTouch: true, hash: "#view=inbox" });
    await page.locator(".item").first().waitFor();
    expect(await findings(page)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
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

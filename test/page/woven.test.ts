import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../core/clock/system.ts";
import { makeSample, type Sample } from "../support/sampleStrands.ts";
import { sampleFiles, withWorkflows } from "../support/sampleWoven.ts";
import { strandOf, useBrowser, type Visit } from "./harness.ts";

const visit = useBrowser();
const now = systemClock.now();
const sample = (at = systemClock.now()): Sample => withWorkflows(makeSample({ count: 6, mood: "well", now: at }), at);
const row = (page: Page, id: string) => page.locator(`[data-part="${id}"]`);

const schema = {
  type: "object",
  required: ["day"],
  properties: { day: { type: "string", description: "The day to report on." }, how: { enum: ["fast", "thorough"], default: "fast" }, dryRun: { type: "boolean", default: false } },
};

/** Opens the panel of a workflow of the sample. */
async function open(id: string, view = "list"): Promise<Visit> {
  const visited = await visit(sample(), {
    hash: `#view=${view}&strand=${id}`,
    prepare: (server) => {
      server.woven.files = sampleFiles(now);
      server.woven.inputs.set("nightly-report", { schema });
      server.woven.inputs.set("shop-order", { schema: null });
    },
  });
  await visited.page.locator(".panel .id").waitFor();
  return visited;
}

describe("in the Loom", () => {
  it("hangs workflows from a beam of their own, side by side what may run so", async () => {
    const { page } = await visit(sample());
    await page.locator(".source-name", { hasText: "workflows" }).waitFor();
    const steps = strandOf(page, "nightly-report").locator(".step");
    expect(await steps.count()).toBe(6);
    const boxes = await steps.locator(".diamond").evaluateAll((all: any[]): { x: number; y: number }[] => all.map((one) => one.getBoundingClientRect()).map(({ x, y, width, height }) => ({ x: x + width / 2, y: y + height / 2 })));
    const [collect, fetch, rates, weather, render, publish] = boxes as [any, any, any, any, any, any];
    expect(Math.abs(fetch.y - rates.y)).toBeLessThan(2);
    expect(Math.abs(rates.y - weather.y)).toBeLessThan(2);
    expect(fetch.x < rates.x && rates.x < weather.x).toBe(true);
    expect(collect.y < fetch.y && fetch.y < render.y && render.y < publish.y).toBe(true);
    expect(await strandOf(page, "nightly-report").locator(".branch").count()).toBe(2);
    expect(await strandOf(page, "nightly-report").locator(".share").first().getAttribute("stroke-dasharray")).toBe("0.375 1");
    expect(await strandOf(page, "nightly-report").locator(".bead.b-ok").count()).toBe(2);
  });
  it.each([
    ["price-alarm", ".sign-every"], ["shop-order", ".sign-event"], ["after-brief", ".notch.n-broken"], ["tidy-up", ".thread"],
  ])("shows %s by its own signs", async (id, shape) => {
    const { page } = await visit(sample());
    await strandOf(page, id).locator(shape).first().waitFor({ state: "attached" });
  });
  it("draws a step that is in line as one whose code has not begun", async () => {
    const { page, server } = await visit(sample());
    const fetch = strandOf(page, "nightly-report").locator(".step.t-running");
    await fetch.first().waitFor();
    await strandOf(page, "nightly-report").locator(".pulse .core").waitFor({ state: "attached" });
    server.change("nightly-report", { steps: server.strand("nightly-report").steps.map((step) => (step.status === "running" || step.status === "retrying" ? { ...step, status: "dispatched" } : step)) });
    await strandOf(page, "nightly-report").locator(".step.t-waiting").first().waitFor();
    expect(await fetch.count()).toBe(0);
    expect(await strandOf(page, "nightly-report").locator(".pulse .core").count()).toBe(0);
  });
  it("hides no step behind the word for what failing strands have in common", async () => {
    const { page } = await visit(withWorkflows(makeSample({ count: 30, mood: "trouble", now: systemClock.now() }), systemClock.now()));
    await page.locator(".braid-label.red", { hasText: "http.request" }).waitFor();
    const hidden = await page.evaluate(`(() => {
      const label = [...document.querySelectorAll(".braid-label.red")].find((one) => one.textContent.includes("http.request")).querySelector("rect").getBoundingClientRect();
      return [...document.querySelectorAll("[data-strand=nightly-report] .t-running .diamond")].filter((one) => {
        const { left, right, top, bottom } = one.getBoundingClientRect();
        return right > label.left && left < label.right && bottom > label.top && top < label.bottom;
      }).length;
    })()`);
    expect(hidden).toBe(0);
  });
  it("joins what fails by the same operation", async () => {
    const { page } = await visit(sample());
    await page.locator(".braid-label.red", { hasText: "operation http.request · 2 failed" }).waitFor();
  });
});

describe("the way of a run", () => {
  it("shows attempts, phases, and first the items that matter", async () => {
    const { page } = await open("nightly-report");
    await row(page, "collect/sort").getByText("completed").waitFor();
    await row(page, "fetch").getByText("3 of 8 done, 2 running").waitFor();
    expect(await row(page, "rates").locator(".attempts li").count()).toBe(2);
    await row(page, "rates").getByText("step timeout").waitFor();
    await row(page, "rates").getByText(/tries again in \d+s/).waitFor();
    await row(page, "render").getByText("it waits for fetch and rates").waitFor();
    await page.getByText("version 3, now 4: what has changed").click();
    await page.locator(".patch-added", { hasText: 'misfire: "once"' }).waitFor();
  });

  it("follows what a step prints without drawing the panel anew, unless somebody reads further up", async () => {
    const { page, server } = await open("nightly-report");
    const output = row(page, "fetch").locator("> .live-output");
    await output.getByText("fetching 8 shops").waitFor();
    await expect.poll(() => server.asked).toContain("watch nightly-report-run-99");
    // What else the panel has to read is there.
    await page.locator(".patch").waitFor({ state: "attached" });
    await page.evaluate(`
      window.redrawn = [];
      new MutationObserver((records) => {
        for (const { target } of records) { const at = target.nodeType === Node.TEXT_NODE ? target.parentElement : target; if (at && !at.closest(".live-output, time, .run-lasted, .standing, .output-more")) redrawn.push(at.outerHTML.slice(0, 120)); }
      }).observe(document.querySelector(".panel"), { subtree: true, childList: true, characterData: true, attributes: true });
    `);
    let bytes = "fetching 8 shops, 2 at a time\n".length;
    const say = (text: string): void => server.tellNews({ is: "output", runId: "nightly-report-run-99", step: "fetch", text, bytes: (bytes += text.length) });
    for (let at = 0; at < 200; at++) say(`line ${at} <b>not bold</b>\n`);
    await output.getByText("line 199 <b>not bold</b>").waitFor();
    const atEnd = (): Promise<boolean> => output.evaluate((element: any) => element.scrollHeight - element.scrollTop - element.clientHeight < 30);
    await expect.poll(atEnd).toBe(true);
    await output.hover();
    await page.mouse.wheel(0, -1500);
    await row(page, "fetch").getByRole("button", { name: "Follow the end" }).waitFor();
    say("and one more\n");
    await output.getByText("and one more").waitFor({ state: "attached" });
    expect(await atEnd()).toBe(false);
    await row(page, "fetch").getByRole("button", { name: "Follow the end" }).click();
    await expect.poll(atEnd).toBe(true);
    expect(await page.evaluate("redrawn")).toEqual([]);
  });

  it("moves its bar with the progress that is told, in panel and Loom", async () => {
    const { page, server } = await open("nightly-report", "loom");
    // Only who watches a run is told, and what the panel has to read is there.
    await expect.poll(() => server.asked).toContain("watch nightly-report-run-99");
    await page.locator(".patch").waitFor({ state: "attached" });
    server.tellNews({ is: "progress", runId: "nightly-report-run-99", step: "fetch[3]", fraction: 0.9 });
    await row(page, "fetch[3]").locator('[aria-valuenow="90"]').waitFor();
    server.tellNews({ is: "progress", runId: "nightly-report-run-99", step: "rates", fraction: 0.5 });
    await strandOf(page, "nightly-report").locator('.share[stroke-dasharray="0.5 1"]').waitFor({ state: "attached" });
  });

  it("searches the whole log and opens the page of a line", async () => {
    const { page } = await open("nightly-report");
    await row(page, "fetch[3]").locator("button").first().click();
    await row(page, "fetch[3]").getByRole("button", { name: "Whole log, search" }).click();
    await page.getByPlaceholder("search this log").fill("page=2");
    await page.keyboard.press("Enter");
    await page.locator(".log-line", { hasText: "GET /orders?page=2" }).click();
    await expect.poll(() => page.locator(".log pre").textContent()).toBe("GET /orders?page=2\n");
    await page.getByRole("button", { name: "Earlier" }).click();
    await expect.poll(() => page.locator(".log pre").textContent()).toBe("GET /orders?page=1\n");
  });
});

describe("the form of an input", () => {
  it("sends what is written as JSON, and shows what the gateway refuses at its field", async () => {
    const { page, server, allow } = await open("nightly-report");
    allow.push(/status of 400/);
    await page.keyboard.press("r");
    const form = page.locator(".run-form[open]");
    await form.getByLabel("day").fill("2026-11-20");
    await form.getByLabel("dryRun").check();
    server.woven.refusesInput = [{ path: "input.day", message: "It is a Sunday." }, { path: "input", message: "Too late." }];
    await page.getByRole("button", { name: "Run now ↵" }).click();
    await form.getByText("It is a Sunday.").waitFor();
    await form.getByText("input: Too late.").waitFor();
    expect(await page.evaluate("document.activeElement.id")).toBe("field-0");
    server.woven.refusesInput = null;
    await page.keyboard.press("Enter");
    await form.waitFor({ state: "detached" });
    expect(server.posted.filter(({ path }) => path.endsWith("/run")).at(-1)!.body).toEqual({ input: { day: "2026-11-20", how: "fast", dryRun: true } });
  });
  it("is one field of JSON where the workflow tells no schema, and none where it takes nothing", async () => {
    const { page, server } = await open("shop-order");
    await page.keyboard.press("r");
    await page.locator(".run-form[open] textarea").fill('{"sku": 7}');
    await page.keyboard.press("Control+Enter");
    await expect.poll(() => server.posted.at(-1)?.body).toEqual({ input: { sku: 7 } });
    await page.locator(".run-form[open]").waitFor({ state: "detached" });
    await page.evaluate('location.hash = "#view=list&strand=price-alarm"');
    await page.locator("#panel-title", { hasText: "Price alarm" }).waitFor();
    await page.keyboard.press("r");
    await expect.poll(() => server.posted.at(-1)).toEqual({ path: "strands/price-alarm/run", body: {} });
  });
});

it("says what a pause of everything does, how far it is and what it leaves out, and resumes", async () => {
  const { page, server } = await open("tidy-up");
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").fill("pause everything");
  await page.keyboard.press("Enter");
  const asked = page.locator(".confirm[open]");
  await asked.getByText("5 workflows of Loom start nothing more").waitFor();
  await asked.getByText("jobs of other schedulers are switched off").waitFor();
  await page.keyboard.press("Enter");
  await page.locator(".paused-line", { hasText: "Everything is paused" }).getByText(/still to be switched, about 1m 1s/).waitFor();
  await page.keyboard.press("P");
  await page.locator(".paused-line").waitFor({ state: "detached" });
  expect(server.posted.map(({ path }) => path)).toEqual(["pause", "resume"]);
});

it("asks whether firings are made up for when a workflow is enabled", async () => {
  const { page, server } = await open("nightly-report");
  server.change("nightly-report", { enabled: false });
  await page.getByRole("button", { name: /^Enable/ }).waitFor();
  await page.keyboard.press("d");
  await page.locator(".confirm[open]").getByText("made up for: one run for all of them").waitFor();
  await page.getByRole("button", { name: "Enable, one run for all" }).click();
  await expect.poll(() => server.posted.at(-1)).toEqual({ path: "strands/nightly-report/enabled", body: { enabled: true, makeUp: true } });
});

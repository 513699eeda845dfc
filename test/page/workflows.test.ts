import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openPage, startChromium } from "../support/chromium.ts";
import { eventually } from "../support/eventually.ts";
import { GatewayProcess } from "../support/gatewayProcess.ts";
import { loud } from "../support/loudWorkflow.ts";
import { strandOf } from "./harness.ts";

/** Workflows on the page of a real gateway, in a browser that never reloads. */

const written = (more: string) => `import { defineWorkflow } from "loom-gateway";\n${more}`;
const plain = (id: string, name = `The ${id} flow`): string => written(`export const workflow = defineWorkflow({ id: "${id}", name: "${name}", steps: [{ id: "one", label: "ONE", run: () => 1 }] });\n`);

/** Collects in two phases, works on four items of which one needs a second try, and renders; it goes on when a file is there. */
const busy = written(`import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
const may = async (ctx, name) => { while (!existsSync(join(import.meta.dirname, "..", name))) await ctx.sleep(25); };
export const workflow = defineWorkflow({
  id: "busy", name: "The busy flow",
  steps: [
    { id: "collect", label: "COLLECT", run: async (ctx) => {
      await ctx.phase("list", async () => { ctx.log.info("listing"); ctx.progress(0.25); await may(ctx, "may-sort"); });
      await ctx.phase("sort", () => ctx.progress(0.75));
      await may(ctx, "may-fetch");
      await ctx.artifact("shops.txt", "berlin\\nlisbon\\n");
      return ["a", "b", "c", "d"];
    } },
    { id: "fetch", label: "FETCH", dependsOn: ["collect"], each: ({ results }) => results.collect, parallel: 2, retries: 2, backoff: { initialMs: 400, jitter: 0 },
      run: async (ctx) => {
        ctx.log.info("<b>item</b> " + ctx.item);
        if (ctx.item === "b" && ctx.attempt === 1) throw new Error("the shop is closed");
        if (ctx.item === "d") await may(ctx, "may-end");
        return ctx.item.toUpperCase();
      } },
    { id: "render", label: "RENDER", dependsOn: ["fetch"], run: (ctx) => { if (existsSync(join(import.meta.dirname, "..", "must-fail"))) throw new Error("no paper"); return ctx.results.fetch.join(""); } },
  ],
});
`);

/** Takes an input that a schema describes. */
const asking = written(`const jsonSchema = { type: "object", required: ["day"], properties: { day: { type: "string", description: "Which day" }, most: { type: "integer", minimum: 1 }, how: { enum: ["fast", "thorough"], default: "fast" }, dryRun: { type: "boolean", default: false }, shops: { type: "array", items: { type: "string" } } } };
const input = { "~standard": { version: 1, vendor: "own", jsonSchema: { input: () => jsonSchema },
  validate: (value) => /^\\d{4}-\\d\\d-\\d\\d$/.test(value?.day) ? { value } : { issues: [{ message: "Write it as 2026-11-21.", path: ["day"] }] } } };
export const workflow = defineWorkflow({ id: "asking", name: "The asking flow", input, steps: [{ id: "one", label: "ONE", run: ({ input }) => input }] });
`);

let browser: Browser;
let loom: GatewayProcess;
let page: Page;
let complaints: string[];
const file = (name: string): string => join(loom.home, "workflows", `${name}.ts`);
/** In one move, as editors do it. */
const save = async (name: string, text: string): Promise<void> => {
  await writeFile(`${file(name)}.new`, text);
  await rename(`${file(name)}.new`, file(name));
};
const allow = (name: string): Promise<void> => writeFile(join(loom.home, name), "");
const row = (id: string) => page.locator(`[data-part="${id}"]`);
const go = (hash: string): Promise<unknown> => page.evaluate(`location.hash = ${JSON.stringify(hash)}`);

beforeAll(async () => {
  browser = await startChromium();
  loom = await GatewayProcess.start();
  await mkdir(join(loom.home, "workflows"), { recursive: true });
  for (const [name, text] of Object.entries({ quiet: plain("quiet"), busy, asking, loud })) await save(name, text);
  const strands = await eventually(() => loom.all("/strands"), (all) => ["quiet", "busy", "asking", "loud", "mirror-resync"].every((id) => all.some((strand) => strand.id === id)));
  // Those that come with Loom would fire when they like.
  for (const { id, woven } of strands) if (woven?.shipped) await loom.api(`/strands/${id}/enabled`, { method: "POST", headers: { "content-type": "application/json" }, body: '{"enabled":false}' });
  const opened = await openPage(browser, { key: null, viewport: { width: 1180, height: 860 } });
  ({ page, complaints } = opened);
  await page.goto((await loom.api("/sign-in-links", { method: "POST" })).url);
  for (const id of ["quiet", "busy", "asking", "loud"]) await strandOf(page, id).waitFor();
  await page.locator('.main[aria-busy="false"]').waitFor();
  await page.evaluate("window.neverReloaded = true");
});
afterAll(async () => {
  expect(await page.evaluate("window.neverReloaded")).toBe(true);
  await page.context().close();
  // The browser tells of the input that was refused on purpose.
  expect(complaints.filter((complaint) => !complaint.includes("status of 400"))).toEqual([]);
  await browser.close();
  await loom[Symbol.asyncDispose]();
});
beforeEach(() => go("#view=loom"));

/** From now on gathers the strands that are drawn anew. To be moved because another one came or went is not to be drawn. */
const watchStrands = (): Promise<unknown> =>
  page.evaluate(`
    window.touched = new Set();
    window.watching?.disconnect();
    window.watching = new MutationObserver((records) => {
      for (const { target, type, attributeName } of records) {
        const at = target.nodeType === Node.TEXT_NODE ? target.parentElement : target;
        if (!at || at.closest(".heads, .urgent-names, .overview, .edge, .card")) continue;
        const strand = at.closest("[data-strand]");
        if (type === "attributes" && attributeName === "transform" && strand === at) continue;
        if (strand) touched.add(strand.dataset.strand);
        else if (type === "characterData") touched.add(at.outerHTML.slice(0, 80));
      }
    });
    watching.observe(document.querySelector(".main"), { subtree: true, childList: true, attributes: true, characterData: true });
  `);
const touched = (): Promise<string[]> => page.evaluate("[...touched].sort()");

describe("a workflow's file", () => {
  it("is saved, edited, broken, mended and deleted while the page is open: each shows at once, under its strand alone", async () => {
    await save("draft", plain("draft", "Draft one"));
    await strandOf(page, "draft").getByText("Draft one").waitFor();

    await watchStrands();
    await save("draft", plain("draft", "Draft two"));
    await strandOf(page, "draft").getByText("Draft two").waitFor();
    await save("draft", plain("draft", "Draft three").replace("steps:", "steps"));
    await strandOf(page, "draft").locator(".n-broken").waitFor({ state: "attached" });
    await page.locator(".badge").waitFor();
    expect(await strandOf(page, "draft").getByText("Draft two").count()).toBe(1);
    await save("draft", plain("draft", "Draft four"));
    await strandOf(page, "draft").getByText("Draft four").waitFor();
    await strandOf(page, "draft").locator(".n-broken").waitFor({ state: "detached" });
    expect(await touched()).toEqual(["draft"]);

    await watchStrands();
    await rm(file("draft"));
    await strandOf(page, "draft").waitFor({ state: "detached" });
    await save("draft", plain("draft", "Draft five"));
    await strandOf(page, "draft").waitFor();
    expect((await touched()).filter((id) => id !== "draft")).toEqual([]);
  });

  it("that is broken tells its line in the panel, in the Inbox and among the files; one that never loaded too", async () => {
    await save("idea", written("export const workflow = defineWorkflow({ id: 'Not An Id', name: 'x', steps: [] });\n"));
    await save("quiet", plain("quiet").replace("steps:", "steps"));
    await strandOf(page, "quiet").locator(".n-broken").waitFor({ state: "attached" });
    await go("#view=inbox&strand=quiet");
    await page.locator(".panel .why", { hasText: "Its file is broken" }).getByText(/quiet\.ts:\d+:\d+/).waitFor();
    await page.locator(".item", { hasText: "idea.ts" }).getByText(/idea\.ts:\d+/).first().waitFor();
    await page.keyboard.press("s");
    await page.locator(".panel .source", { hasText: "idea.ts" }).getByText("never loaded").waitFor();
    await page.locator(".panel .source", { hasText: "quiet.ts" }).getByText("broken", { exact: true }).waitFor();
    await rm(file("idea"));
    await save("quiet", plain("quiet"));
    await page.locator(".item", { hasText: "idea.ts" }).waitFor({ state: "detached" });
    await page.locator(".panel .source", { hasText: "quiet.ts" }).getByText("live").waitFor();
  });
});

describe("a run", () => {
  it("is seen live with its phases, items, attempts and output, is cancelled, and is retried from where it failed, by keyboard", async () => {
    await go("#view=loom&strand=busy");
    await page.locator(".panel .id").waitFor();
    await watchStrands();
    await page.keyboard.press("r");
    await row("collect/list").getByText("running").waitFor();
    await row("collect").locator(".live-output", { hasText: "listing" }).waitFor();
    await row("collect").locator('[role="progressbar"][aria-valuenow="25"]').waitFor();
    await strandOf(page, "busy").locator(".share").waitFor({ state: "attached" });
    await allow("may-sort");
    await row("collect/sort").getByText("completed").waitFor();
    await allow("must-fail");
    await allow("may-fetch");
    await row("fetch[1]").getByText("attempt 2").waitFor();
    await row("fetch").getByText(/3 of 4 done/).waitFor();
    await row("fetch[3]").getByText("running").waitFor();
    await page.getByRole("button", { name: "Download shops.txt" }).waitFor();
    expect(await touched()).toEqual(["busy"]);

    await row("fetch[1]").locator("button").click();
    await row("fetch[1]").locator(".attempts", { hasText: "the shop is closed" }).waitFor();
    // What a step prints is text.
    await row("fetch[1]").locator(".live-output", { hasText: "<b>item</b> b" }).waitFor();

    await page.locator("#panel-title").focus();
    await page.keyboard.press("c");
    await page.locator(".confirm[open]").getByText("Cancel this run?").waitFor();
    await page.keyboard.press("Enter");
    await page.locator(".run", { hasText: "cancelled" }).first().waitFor();

    await allow("may-end");
    await page.getByRole("button", { name: /^Run again/ }).waitFor();
    await page.locator("#panel-title").focus();
    await page.keyboard.press("e");
    await row("render").locator(".error", { hasText: "no paper" }).waitFor();
    await rm(join(loom.home, "must-fail"));
    await page.getByRole("button", { name: /^Retry from the failed step/ }).waitFor();
    await page.locator("#panel-title").focus();
    await page.keyboard.press("f");
    await page.locator(".run .run-state", { hasText: "succeeded" }).first().waitFor();
    await row("render").getByText("completed").waitFor();
    await row("render").getByText("result").click();
    await row("render").locator("details pre", { hasText: "ABCD" }).waitFor();
    await page.getByText(/does an earlier run again/).waitFor();
  });

  it("is started with an input that a form asks for, and that is wrong field by field", async () => {
    await go("#view=list&strand=asking");
    await page.locator(".panel .id").waitFor();
    await page.keyboard.press("r");
    const form = page.locator(".run-form[open]");
    await form.getByLabel("day").fill("tomorrow");
    await form.getByLabel("most").fill("0");
    await page.keyboard.press("Enter");
    await form.getByText("At least 1.").waitFor();
    await form.getByLabel("most").fill("3");
    await page.keyboard.press("Enter");
    await form.getByText("Write it as 2026-11-21.").waitFor();
    expect(await form.getByLabel("day").getAttribute("aria-invalid")).toBe("true");
    await form.getByLabel("day").fill("2026-11-21");
    await form.getByLabel("shops").fill('["berlin"]');
    await form.getByLabel("how").selectOption("thorough");
    await form.getByLabel("day").focus();
    await page.keyboard.press("Enter");
    await form.waitFor({ state: "detached" });
    await row("one").getByText("completed").waitFor();
    await page.locator(".origin summary", { hasText: "input" }).click();
    expect(JSON.parse((await page.locator(".origin pre").first().textContent())!)).toEqual({ day: "2026-11-21", most: 3, how: "thorough", dryRun: false, shops: ["berlin"] });
  });

  it("that prints ten megabytes keeps the page small", async () => {
    await go("#view=list&strand=loud");
    await page.locator(".panel .id").waitFor();
    await page.keyboard.press("r");
    await row("shout").locator(".live-output", { hasText: "00099999" }).waitFor();
    await row("shout").getByText("completed").waitFor();
    const lines: number = await row("shout").locator(".live-output").evaluate((element: any) => element.textContent.split("\n").length);
    expect(lines).toBeGreaterThan(400);
    expect(lines).toBeLessThanOrEqual(2001);

    await row("shout").getByRole("button", { name: "Whole log, search" }).click();
    await page.getByPlaceholder("search this log").fill("00099998");
    await page.keyboard.press("Enter");
    await page.locator(".log-line", { hasText: "00099998" }).click();
    await page.locator(".log pre", { hasText: "00099998" }).waitFor();
  });
});

describe("a person's wish", () => {
  it("pauses a workflow and resumes it, and everything", async () => {
    await go("#view=loom&strand=quiet");
    await page.locator(".panel .id").waitFor();
    await page.keyboard.press("p");
    await strandOf(page, "quiet").and(page.locator(".paused")).waitFor({ state: "attached" });
    await page.locator(".panel .why", { hasText: "It was paused" }).waitFor();
    await page.keyboard.press("p");
    await strandOf(page, "quiet").and(page.locator(".paused")).waitFor({ state: "detached" });
    await page.keyboard.press("P");
    await page.locator(".confirm[open]", { hasText: "of Loom start nothing more" }).waitFor();
    await page.keyboard.press("Enter");
    await page.locator(".paused-line", { hasText: "Everything is paused" }).waitFor();
    await page.keyboard.press("P");
    await page.locator(".paused-line").waitFor({ state: "detached" });
  });

  it("switches a workflow, and lets its file decide again", async () => {
    await go("#view=loom&strand=quiet");
    await page.locator(".panel .id").waitFor();
    await page.keyboard.press("d");
    await page.locator(".confirm[open]").waitFor();
    await page.keyboard.press("d");
    await page.locator(".panel .why", { hasText: "Somebody has disabled it" }).waitFor();
    await page.getByRole("button", { name: "Let the file decide" }).click();
    await page.getByRole("button", { name: /^Disable/ }).waitFor();
    await page.getByRole("button", { name: "Let the file decide" }).waitFor({ state: "detached" });
  });
});

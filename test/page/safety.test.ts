import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { systemClock } from "../../core/clock/system.ts";
import { bundlePage } from "../../core/http/page/bundle.ts";
import type { StrandView } from "../../core/http/schemas.ts";
import { makeSample } from "../support/sampleStrands.ts";
import { useBrowser } from "./harness.ts";

const visit = useBrowser();
const now = systemClock.now();
const root = new URL("../../public/", import.meta.url);

const markup = `<img src=x onerror="window.owned=1"><script>window.owned=1</script>`;
const nasty = [markup, "‮desrever‬", "a".repeat(1_000_000), "\u0000\u0007 bell", "مراقبة الأسعار", "{{constructor.constructor('window.owned=1')()}}", "javascript:window.owned=1"];

it("treats whatever a job says as text, in every view", async () => {
  const sample = makeSample({ count: 12, mood: "trouble", now });
  nasty.forEach((name, at) => Object.assign(sample.strands[at]!, { name, description: name, command: name, disabledReason: name, trigger: { kind: "cron", text: name, zone: name, expression: name } }));
  for (const run of sample.runs.get(sample.strands[0]!.id)!) {
    Object.assign(run, { error: `${markup} javascript:window.owned=1`, summary: { model: markup } });
    for (const step of run.steps) Object.assign(step, { label: markup, error: markup, outputTail: markup });
  }
  const { page } = await visit(sample);
  await page.locator(".strand").nth(11).waitFor();
  await page.keyboard.press("4");
  await page.locator(".row").nth(11).waitFor();
  await page.locator(`[data-row="${sample.strands[0]!.id}"]`).click();
  await page.locator(".panel .step-run").first().waitFor();
  expect(await page.locator(".panel h2").textContent()).toContain("<img src=x");
  expect(await page.evaluate("window.owned")).toBeUndefined();
  expect(await page.locator("#app img, #app script, #app iframe, #app a[href^='javascript']").count()).toBe(0);
  expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
});

it("goes on drawing the others when one strand is nonsense", async () => {
  const sample = makeSample({ count: 6, mood: "well", now });
  const nonsense = [null, 7, {}, { id: "x1" }, { id: "x2", name: { toString: 1 }, steps: "none", recent: [null, 5, {}], trigger: null, node: [], source: 3, can: null, lastRun: "yes", activeRun: 9, nextRunAt: "soon" }];
  sample.strands.push(...(nonsense as unknown as StrandView[]));
  const { page, server } = await visit(sample);
  await expect.poll(() => page.locator(".strand").count()).toBe(8);
  server.startRun(server.strands[0]!.id);
  await page.locator(".strand .pulse").first().waitFor();
});

it("has no inline script, no inline style and nothing from elsewhere in its markup", async () => {
  const markup = await readFile(new URL("index.html", root), "utf8");
  expect(markup).not.toMatch(/<style|style=|\son\w+=|<script(?![^>]*\ssrc=)|https?:\/\//);
});

it("uses none of the ways in which text could become markup", async () => {
  for (const [name, code] of await ownModules()) {
    expect(code, name).not.toMatch(/dangerouslySetInnerHTML|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/);
    // A spread into a tag would let data choose properties.
    expect(code, name).not.toMatch(/<[\w$]+[^>]*\.\.\.\$\{/);
  }
});

it("keeps time in one place", async () => {
  for (const [name, code] of await ownModules()) if (name !== "state/clock.js") expect(code, name).not.toMatch(/Date\.now|new Date\(\)|performance\.now|setTimeout|setInterval/);
});

it("weighs little as it is served", async () => {
  const files = [...(await bundlePage(fileURLToPath(root))).values()];
  expect(files.reduce((bytes, file) => bytes + gzipSync(file).length, 0)).toBeLessThanOrEqual(120_000);
});

async function ownModules(): Promise<[string, string][]> {
  const names = (await readdir(root, { recursive: true })).filter((name) => name.endsWith(".js") && !name.startsWith("vendor"));
  return Promise.all(names.map(async (name): Promise<[string, string]> => [name, await readFile(new URL(name, root), "utf8")]));
}

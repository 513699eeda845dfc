import { mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { systemClock } from "../../core/clock/system.ts";
import { openPage, startChromium } from "../support/chromium.ts";
import { PageServer } from "../support/pageServer.ts";
import { emptySample, makeSample, type Sample } from "../support/sampleStrands.ts";

/**
 * Makes a picture of every face of the page, to be looked at:
 *
 *     node test/page/screenshots.ts [name-part …]
 *
 * They go to LOOM_SHOTS, or to a new temporary folder whose name is printed.
 */

interface Scene {
  readonly name: string;
  readonly sample: () => Sample;
  readonly size?: { readonly width: number; readonly height: number };
  readonly light?: boolean;
  readonly hash?: string;
  /** Runs before the page is opened. */
  readonly prepare?: (server: PageServer) => void;
  /** Runs once the page is there. */
  readonly act?: (page: Page, server: PageServer) => Promise<void>;
}

const now = systemClock.now();
const wide = { width: 1440, height: 860 };
const phone = { width: 390, height: 844 };
const well = (count: number) => (): Sample => makeSample({ count, mood: "well", now });
const trouble = (count: number) => (): Sample => makeSample({ count, mood: "trouble", now });

/** Opens the strand that failed, through its name in the view. */
const openFailed = async (page: Page, server: PageServer): Promise<void> => {
  const failed = server.strands.find((strand) => strand.redRuns > 0)!;
  await page.evaluate(`location.hash = (location.hash || "#view=loom") + ${JSON.stringify(`&strand=${encodeURIComponent(failed.id)}`)}`);
  await page.locator(".panel .trajectory .step-run").first().waitFor();
  await page.locator(".panel .firings li").first().waitFor();
};

const scenes: readonly Scene[] = [
  { name: "loom-3", sample: trouble(3) },
  { name: "loom-3-well-light", sample: well(3), light: true },
  { name: "loom-40", sample: trouble(40) },
  { name: "loom-40-light", sample: trouble(40), light: true },
  { name: "loom-40-well", sample: well(40) },
  { name: "loom-40-panel", sample: trouble(40), act: openFailed },
  { name: "loom-40-panel-light", sample: trouble(40), light: true, act: openFailed },
  { name: "loom-40-hover", sample: trouble(40), act: async (page) => { await page.locator(".strand").nth(9).hover(); await page.locator(".card").waitFor(); } },
  { name: "loom-300", sample: trouble(300) },
  { name: "loom-300-light", sample: trouble(300), light: true },
  { name: "loom-300-well", sample: well(300) },
  { name: "loom-300-zoomed", sample: trouble(300), act: async (page) => { for (let at = 0; at < 7; at++) await page.keyboard.press("+"); } },
  { name: "loom-1000", sample: trouble(1000) },
  { name: "list-40", sample: trouble(40), hash: "#view=list" },
  { name: "list-40-light", sample: trouble(40), hash: "#view=list", light: true },
  { name: "list-40-panel", sample: trouble(40), hash: "#view=list", act: openFailed },
  { name: "phone-list", sample: trouble(40), size: phone },
  { name: "phone-list-light", sample: well(40), size: phone, light: true },
  { name: "phone-loom", sample: trouble(40), size: phone, hash: "#view=loom" },
  { name: "phone-loom-3", sample: trouble(3), size: phone, hash: "#view=loom" },
  { name: "phone-panel", sample: trouble(40), size: phone, act: openFailed },
  { name: "phone-empty", sample: () => emptySample(now), size: phone },
  { name: "sources", sample: trouble(40), act: async (page) => { await page.keyboard.press("s"); await page.locator(".panel").waitFor(); } },
  { name: "help", sample: well(40), act: async (page) => page.keyboard.press("?") },
  { name: "empty", sample: () => emptySample(now) },
  { name: "empty-light", sample: () => emptySample(now), light: true },
  { name: "filter", sample: trouble(40), hash: "#view=loom&q=watch" },
  { name: "no-match", sample: trouble(40), hash: "#view=loom&q=nonsense" },
  { name: "loading", sample: well(40), prepare: (server) => (server.gate = new Promise(() => {})) },
  { name: "error", sample: well(40), prepare: (server) => (server.problem = { status: 503, code: "STORE_UNAVAILABLE", title: "Store unavailable", detail: "The database on /home/ann/.loom cannot be opened: the disk is full.", help: "Loom's database cannot be reached; see `loom doctor`." }) },
  { name: "signed-out", sample: well(40), prepare: (server) => (server.problem = { status: 401, code: "UNAUTHENTICATED", title: "Not signed in", detail: "There is no session.", help: "" }) },
  { name: "offline", sample: trouble(40), act: async (page, server) => { server.goAway(); await page.locator(".line.offline").waitFor(); } },
  { name: "refused", sample: trouble(40), prepare: (server) => (server.owner = { refuses: "rate limited: at most 30 writes a minute, try again in 12 s" }), act: async (page, server) => { await openFailed(page, server); await page.keyboard.press("r"); await page.locator(".asked-line .tone-failed").waitFor(); } },
];

const wanted = process.argv.slice(2);
const chosen = scenes.filter((scene) => wanted.length === 0 || wanted.some((part) => scene.name.includes(part)));
const folder = process.env["LOOM_SHOTS"] ?? (await mkdtemp(join(tmpdir(), "loom-shots-")));
await mkdir(folder, { recursive: true });
const browser = await startChromium();
try {
  for (const scene of chosen) {
    const server = await PageServer.start(scene.sample());
    scene.prepare?.(server);
    const { page, context, complaints } = await openPage(browser, { viewport: scene.size ?? wide, colorScheme: scene.light ? "light" : "dark", hasTouch: scene.size === phone });
    await page.goto(server.url + (scene.hash ?? ""));
    await page.locator(".strand, .row, .bare").first().waitFor();
    if (scene.sample().strands.length > 0 && !scene.prepare) await page.locator(".strand, .row, .bare:not(.moving)").first().waitFor();
    await scene.act?.(page, server);
    // Two frames and whatever was set in motion.
    await page.evaluate("Promise.all(document.getAnimations().filter((motion) => motion.effect.getComputedTiming().iterations === 1).map((motion) => motion.finished.catch(() => {})))");
    await page.screenshot({ path: join(folder, `${scene.name}.png`) });
    if (complaints.length > 0) process.stderr.write(`${scene.name}: ${complaints.join("\n  ")}\n`);
    await context.close();
    await server.stop();
  }
} finally {
  await browser.close();
}
process.stdout.write(`${folder}\n`);

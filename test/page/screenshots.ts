import { mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { systemClock } from "../../core/clock/system.ts";
import { openPage, startChromium } from "../support/chromium.ts";
import { PageServer } from "../support/pageServer.ts";
import { emptySample, makeSample, type Sample } from "../support/sampleStrands.ts";
import { sampleFiles, withWorkflows } from "../support/sampleWoven.ts";

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
const middle = { width: 1280, height: 760 };
const narrow = { width: 900, height: 700 };
const phone = { width: 390, height: 844 };
const well = (count: number) => (): Sample => makeSample({ count, mood: "well", now });
const trouble = (count: number) => (): Sample => makeSample({ count, mood: "trouble", now });

/** The first source's scheduler is off as a whole, and what another tells is in doubt. */
const switchedOff = (sample: Sample): Sample => {
  const [first, second] = sample.sources;
  Object.assign(first!, { schedulerOn: false });
  Object.assign(second!, { freshness: "suspect", message: "Yesterday it had 14 jobs, now it tells of none." });
  for (const strand of sample.strands) Object.assign(strand, strand.source?.instance === first!.instance ? { schedulerOn: false } : { freshness: "suspect" });
  return sample;
};

/** Opens the strand that failed, through its name in the view. */
const openFailed = async (page: Page, server: PageServer): Promise<void> => {
  const failed = server.strands.find((strand) => strand.redRuns > 0)!;
  await page.evaluate(`location.hash = (location.hash || "#view=loom") + ${JSON.stringify(`&strand=${encodeURIComponent(failed.id)}`)}`);
  await page.locator(".panel .trajectory .step-run").first().waitFor();
  await page.locator(".panel .firings li").first().waitFor();
};

/** Everything that can ask for a person, at once. */
const everything = (): Sample => {
  const sample = makeSample({ count: 40, mood: "trouble", now });
  const [first] = sample.sources;
  Object.assign(first!, { freshness: "suspect", message: "It told of 31 jobs two minutes ago, and of 2 now. 29 would vanish.", help: "If that is right, believe it; if not, look at its state folder." });
  for (const strand of sample.strands) if (strand.source?.instance === first!.instance) strand.freshness = "suspect";
  const [plugin] = sample.plugins;
  sample.plugins.push({ ...plugin!, id: "crontab", name: "crontab", state: "setup_error", error: { code: "PLUGIN_SETUP_FAILED", message: "crontab -l was refused: user ann may not use it.", problems: [] } });
  return sample;
};

/** Opens a strand of the sample by what it is. */
const openStrand = (which: (strand: Sample["strands"][number]) => boolean) => async (page: Page, server: PageServer): Promise<void> => {
  const strand = server.strands.find(which)!;
  await page.evaluate(`location.hash = (location.hash || "#view=list") + ${JSON.stringify(`&strand=${encodeURIComponent(strand.id)}`)}`);
  await page.locator(".panel .section .id").waitFor();
};

/** Types into the palette. */
const palette = (text: string) => async (page: Page): Promise<void> => {
  await page.keyboard.press("Control+k");
  await page.locator(".palette input").waitFor();
  await page.keyboard.type(text);
};

/** So near that all words are there. */
const nearest = (presses: number) => async (page: Page): Promise<void> => {
  for (let at = 0; at < presses; at++) await page.keyboard.press("+");
  await page.locator(".output-lines text").first().waitFor();
};

const chooseSome = async (page: Page): Promise<void> => {
  await page.locator("[data-open]").nth(2).focus();
  for (let at = 0; at < 8; at++) await page.keyboard.press("Shift+ArrowDown");
};

/** Workflows beside eight mirrored strands, with their files and an input that a form asks for. */
const woven = (): Sample => withWorkflows(makeSample({ count: 8, mood: "well", now }), now);
const wovenFiles = (server: PageServer): void => {
  server.woven.files = sampleFiles(now);
  const properties = { day: { type: "string", format: "date", description: "The day to report on." }, shops: { type: "array", default: ["berlin", "lisbon"] }, how: { enum: ["fast", "thorough"], default: "fast" }, dryRun: { type: "boolean", description: "Writes nothing." } };
  server.woven.inputs.set("nightly-report", { schema: { type: "object", required: ["day"], properties } });
};
const report = async (page: Page): Promise<void> => page.locator(".panel .items-of").waitFor();
const askForm = async (page: Page): Promise<void> => {
  await report(page);
  await page.keyboard.press("r");
  await page.locator(".run-form[open] .field").first().waitFor();
};
const pauseAll = async (page: Page): Promise<void> => {
  await page.keyboard.press("P");
  await page.locator(".confirm[open] .main-choice").click();
  await page.locator(".paused-line").waitFor();
};

const scenes: readonly Scene[] = [
  ...[false, true].flatMap((light): Scene[] => {
    const as = (name: string): Pick<Scene, "name" | "sample" | "light" | "prepare"> => ({ name: `woven-${name}${light ? "-light" : ""}`, sample: woven, light, prepare: wovenFiles });
    return [
      { ...as("loom"), hash: "#view=loom" },
      { ...as("near"), hash: "#view=loom&q=source:workflows", size: { width: 1000, height: 860 } },
      { ...as("run"), hash: "#view=loom&strand=nightly-report", size: { width: 1440, height: 1200 }, act: report },
      { ...as("form"), hash: "#view=loom&strand=nightly-report", act: askForm },
      { ...as("paused"), hash: "#view=list", act: pauseAll },
      { ...as("files"), hash: "#view=inbox&panel=sources" },
      { ...as("phone"), hash: "#view=list&strand=nightly-report", size: phone, act: report },
      { ...as("phone-paused"), hash: "#view=loom", size: phone, act: pauseAll },
    ];
  }),
  { name: "inbox", sample: everything, hash: "#view=inbox" },
  { name: "inbox-light", sample: everything, hash: "#view=inbox", light: true },
  { name: "inbox-panel", sample: everything, hash: "#view=inbox", act: openFailed },
  { name: "inbox-kind", sample: trouble(300), hash: "#view=inbox&kind=failed" },
  { name: "inbox-calm", sample: well(40), hash: "#view=inbox" },
  { name: "inbox-calm-light", sample: well(40), hash: "#view=inbox", light: true },
  { name: "phone-inbox", sample: everything, size: phone, hash: "#view=inbox" },
  { name: "phone-inbox-light", sample: everything, size: phone, hash: "#view=inbox", light: true },
  { name: "phone-inbox-calm", sample: well(40), size: phone, hash: "#view=inbox" },
  { name: "palette", sample: trouble(40), act: palette("wat") },
  { name: "palette-light", sample: trouble(40), hash: "#view=list", light: true, act: palette("run ga") },
  { name: "phone-palette", sample: trouble(40), size: phone, act: palette("in") },
  { name: "list-bulk", sample: trouble(40), hash: "#view=list", act: chooseSome },
  { name: "list-bulk-ask", sample: trouble(40), hash: "#view=list", act: async (page) => { await chooseSome(page); await page.getByRole("button", { name: /^Disable/ }).click(); } },
  { name: "list-bulk-queue", sample: trouble(40), hash: "#view=list", prepare: (server) => (server.waitMs = 20_000), act: async (page) => { await page.locator("[data-open]").first().focus(); await page.keyboard.press("Control+a"); await page.getByRole("button", { name: /^Run/ }).click(); await page.keyboard.press("Enter"); await page.getByText("in the queue").waitFor(); } },
  { name: "list-1000-sorted", sample: trouble(1000), hash: "#view=list&sort=state" },
  { name: "list-light-bulk", sample: trouble(40), hash: "#view=list&sort=-lasted", light: true, act: chooseSome },
  { name: "panel-stuck", sample: trouble(40), hash: "#view=list", act: openStrand((strand) => strand.activeRun?.stuckAt != null) },
  { name: "panel-missed", sample: trouble(40), hash: "#view=list", act: openStrand((strand) => strand.missed != null) },
  { name: "panel-edited", sample: trouble(40), hash: "#view=list", light: true, act: async (page, server) => { await openStrand((strand) => strand.changes[0]?.kind === "edited")(page, server); await page.locator(".diff").first().waitFor(); await page.locator(".diff").first().scrollIntoViewIfNeeded(); } },
  { name: "panel-backoff", sample: trouble(40), hash: "#view=list", light: true, act: openStrand((strand) => strand.backoffUntil != null) },
  { name: "panel-gone", sample: trouble(40), hash: "#view=list", act: openStrand((strand) => strand.goneAt != null) },
  { name: "panel-confirm", sample: trouble(40), hash: "#view=list", act: async (page, server) => { await openFailed(page, server); await page.keyboard.press("d"); } },
  { name: "phone-panel-missed-light", sample: trouble(40), size: phone, light: true, act: openStrand((strand) => strand.missed != null) },
  { name: "offline-list-light", sample: trouble(40), hash: "#view=list", light: true, act: async (page, server) => { server.goAway(); await page.locator(".line.offline").waitFor(); } },
  { name: "loom-3", sample: trouble(3) },
  { name: "loom-3-well-light", sample: well(3), light: true },
  { name: "loom-40", sample: trouble(40) },
  { name: "loom-40-light", sample: trouble(40), light: true },
  { name: "loom-40-well", sample: well(40) },
  { name: "loom-40-panel", sample: trouble(40), act: openFailed },
  { name: "loom-readme", sample: () => withWorkflows(makeSample({ count: 30, mood: "trouble", now }), now), prepare: wovenFiles, act: openStrand(({ redRuns, kind }) => redRuns > 0 && kind === "mirrored") },
  { name: "loom-40-panel-light", sample: trouble(40), light: true, act: openFailed },
  { name: "loom-40-near-panel", sample: trouble(40), act: async (page, server) => { await nearest(7)(page); await openFailed(page, server); } },
  { name: "loom-40-hover", sample: trouble(40), act: async (page) => { await page.locator(".strand").nth(9).hover({ force: true }); await page.locator(".card").waitFor(); } },
  { name: "loom-300", sample: trouble(300) },
  { name: "loom-300-light", sample: trouble(300), light: true },
  { name: "loom-300-well", sample: well(300) },
  { name: "loom-300-zoomed", sample: trouble(300), act: async (page) => { for (let at = 0; at < 7; at++) await page.keyboard.press("+"); } },
  { name: "loom-300-braids", sample: trouble(300), act: async (page) => { for (let at = 0; at < 3; at++) await page.keyboard.press("+"); await page.mouse.move(500, 560); await page.locator(".card").waitFor(); } },
  { name: "loom-40-near", sample: trouble(40), act: nearest(7) },
  { name: "loom-40-near-light", sample: trouble(40), light: true, act: nearest(7) },
  { name: "loom-40-off", sample: () => switchedOff(trouble(40)()) },
  { name: "loom-1000", sample: trouble(1000) },
  { name: "loom-1000-light", sample: trouble(1000), light: true },
  { name: "loom-1000-well", sample: well(1000) },
  { name: "loom-1000-zoomed", sample: trouble(1000), act: async (page) => { for (let at = 0; at < 12; at++) await page.keyboard.press("+"); } },
  { name: "list-40", sample: trouble(40), hash: "#view=list" },
  { name: "list-40-light", sample: trouble(40), hash: "#view=list", light: true },
  { name: "list-40-panel", sample: trouble(40), hash: "#view=list", act: openFailed },
  { name: "phone-list", sample: trouble(40), size: phone },
  { name: "phone-list-light", sample: well(40), size: phone, light: true },
  { name: "phone-loom", sample: trouble(40), size: phone, hash: "#view=loom" },
  { name: "phone-loom-3", sample: trouble(3), size: phone, hash: "#view=loom" },
  { name: "phone-viewer-list", sample: trouble(40), size: phone, hash: "#view=list", prepare: (server) => (server.role = "viewer") },
  { name: "viewer-list-panel", sample: trouble(40), hash: "#view=list", prepare: (server) => (server.role = "viewer"), act: openFailed },
  { name: "phone-panel", sample: trouble(40), size: phone, act: openFailed },
  { name: "phone-help", sample: trouble(40), size: phone, act: async (page) => page.keyboard.press("?") },
  { name: "phone-sources", sample: trouble(40), size: phone, light: true, act: async (page) => { await page.keyboard.press("s"); await page.locator(".panel").waitFor(); } },
  { name: "phone-bulk", sample: trouble(40), size: phone, act: chooseSome },
  { name: "phone-confirm", sample: trouble(40), size: phone, act: async (page, server) => { await openFailed(page, server); await page.keyboard.press("d"); } },
  { name: "phone-offline-light", sample: trouble(40), size: phone, light: true, act: async (page, server) => { server.goAway(); await page.locator(".line.offline").waitFor(); } },
  { name: "phone-loom-1000-light", sample: trouble(1000), size: phone, light: true, hash: "#view=loom" },
  { name: "narrow-loom-panel", sample: trouble(40), size: narrow, act: async (page, server) => { await nearest(11)(page); await openFailed(page, server); } },
  { name: "narrow-list-panel", sample: trouble(40), size: narrow, hash: "#view=list", act: openFailed },
  { name: "narrow-list", sample: trouble(300), size: narrow, hash: "#view=list", light: true },
  { name: "middle-loom-panel", sample: trouble(1000), size: middle, act: openFailed },
  { name: "middle-list", sample: trouble(1000), size: middle, hash: "#view=list" },
  { name: "middle-inbox-light", sample: everything, size: middle, hash: "#view=inbox", light: true },
  { name: "phone-empty", sample: () => emptySample(now), size: phone },
  { name: "sources", sample: trouble(40), act: async (page) => { await page.keyboard.press("s"); await page.locator(".panel").waitFor(); } },
  { name: "help", sample: well(40), act: async (page) => page.keyboard.press("?") },
  { name: "empty", sample: () => emptySample(now) },
  { name: "empty-light", sample: () => emptySample(now), light: true },
  { name: "filter", sample: trouble(40), hash: "#view=loom&q=watch" },
  { name: "no-match", sample: trouble(40), hash: "#view=loom&q=nonsense" },
  { name: "loading", sample: well(40), prepare: (server) => (server.gate = new Promise(() => {})) },
  { name: "error", sample: well(40), prepare: (server) => (server.problem = { status: 503, code: "STORE_UNAVAILABLE", title: "Store unavailable", detail: "The database on /home/ann/.loom cannot be opened: the disk is full.", help: "See that the disk of LOOM_HOME has room and can be written: `df`, `dmesg`." }) },
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
    await page.locator(".strand, .row, .bare, .inbox, .loom").first().waitFor();
    if (scene.sample().strands.length > 0 && !scene.prepare) await page.locator(".strand, .row, .inbox, .loom, .bare:not(.moving)").first().waitFor();
    if (scene.act) {
      // Keys are heard once the page has all its modules.
      await page.locator('.main[aria-busy="false"]').waitFor();
      await scene.act(page, server);
    }
    // Strands are drawn a portion in each frame.
    await page.evaluate("new Promise((resolve) => { let before = -1; const look = () => { const count = document.getElementsByTagName('*').length; if (count === before) return resolve(); before = count; setTimeout(look, 250); }; look(); })");
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

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { openPage, startChromium } from "../support/chromium.ts";
import { GatewayProcess } from "../support/gatewayProcess.ts";
import { LOUD_END, loud } from "../support/loudWorkflow.ts";
import { percentile } from "./percentile.ts";
import type { BenchRow } from "./row.ts";

const RUNS = 3;
const HELD_MS = 250;
const IDLE_MS = 2_000;

/** How long the page is held up at most while a step that it follows prints ten megabytes. */
export async function loudBench(): Promise<BenchRow[]> {
  await using loom = await GatewayProcess.start();
  await mkdir(join(loom.home, "workflows"), { recursive: true });
  await writeFile(join(loom.home, "workflows", "loud.ts"), loud);
  const browser = await startChromium();
  try {
    const { page } = await openPage(browser, { key: null, viewport: { width: 1180, height: 860 } });
    await page.goto((await loom.api<{ url: string }>("/sign-in-links", { method: "POST" })).url);
    await page.locator('.main[aria-busy="false"]').waitFor();
    await page.evaluate('location.hash = "#view=list&strand=loud"');
    await page.locator(".panel .id").waitFor();
    const idle = await heldUp(page, () => page.evaluate(`new Promise((resolve) => setTimeout(resolve, ${IDLE_MS}))`));
    const times: number[] = [];
    for (let run = 1; run <= RUNS; run++) times.push(await heldUp(page, () => followed(page, run)));
    const [median, worst] = [percentile(times, 0.5), Math.max(...times)];
    return [{ what: "page held up at most by 10 MB of output that it follows", bound: `≤ ${HELD_MS} ms`, measured: `median ${median.toFixed(0)}, worst of ${RUNS} ${worst.toFixed(0)} ms`, beside: `idle: ${idle.toFixed(0)} ms`, ratio: (median / Math.max(1, idle)).toFixed(1), ok: median <= HELD_MS }];
  } finally {
    await browser.close();
  }
}

/** Runs it, and waits until the page shows the end of its output and that it has completed. */
async function followed(page: Page, run: number): Promise<void> {
  await page.keyboard.press("r");
  await page.locator(".runs .run-row").nth(run - 1).waitFor();
  const step = page.locator('[data-part="shout"]');
  await step.locator(".live-output", { hasText: LOUD_END }).waitFor();
  await step.getByText("completed").waitFor();
}

/** The longest time, in milliseconds, for which a timer of the page had to wait meanwhile. */
async function heldUp(page: Page, act: () => Promise<unknown>): Promise<number> {
  await page.evaluate(`
    window.lag = 0;
    window.before = performance.now();
    window.ticking = setInterval(() => { const at = performance.now(); lag = Math.max(lag, at - before - 10); before = at; }, 10);
  `);
  await act();
  return page.evaluate<number>("clearInterval(ticking), lag");
}

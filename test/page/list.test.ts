import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { systemClock } from "../../core/clock/system.ts";
import { makeSample, type Sample } from "../support/sampleStrands.ts";
import { useBrowser } from "./harness.ts";

const visit = useBrowser();
const now = systemClock.now();
const trouble = (count = 24): Sample => makeSample({ count, mood: "trouble", now });
const list = { hash: "#view=list" };
const names = (page: Page): Promise<string[]> => page.locator(".row .row-name bdi").allTextContents();

it("sorts by every column, and the address says how", async () => {
  const { page } = await visit(trouble(), list);
  await page.locator(".row").first().waitFor();
  const before = await names(page);
  for (const key of ["name", "state", "schedule", "next", "last", "lasted", "source", "runs"]) {
    await page.locator(`thead .col-${key} button`).click();
    await expect.poll(() => page.url()).toContain(`sort=${key}`);
    await page.locator(`thead .col-${key} button`).click();
    await expect.poll(() => page.url()).toContain(`sort=-${key}`);
    expect(await page.locator(`thead .col-${key}`).getAttribute("aria-sort")).toBe("descending");
    expect((await names(page)).toSorted()).toEqual(before.toSorted());
  }
});

it("filters by state, node, source and model, in every view alike", async () => {
  const sample = trouble(40);
  const { page } = await visit(sample, list);
  await page.locator(".row").first().waitFor();
  const failed = sample.strands.filter((strand) => strand.redRuns > 0).length;
  await page.keyboard.press("/");
  await page.keyboard.type("is:failed");
  await expect.poll(() => page.locator(".row").count()).toBe(failed);
  await page.keyboard.press("Escape");
  await page.keyboard.type("model:claude-opus source:work -is:disabled");
  const wanted = sample.strands.filter((strand) => strand.enabled && strand.source!.label.includes("work") && strand.steps.some((step) => step.shares.some((shared) => shared.startsWith("model:claude-opus"))));
  await expect.poll(() => page.locator(".row").count()).toBe(wanted.length);
  expect(wanted.length).toBeGreaterThan(0);
  await page.locator(".row-name").first().focus();
  await page.keyboard.press("1");
  await expect.poll(() => page.locator(".strand").count()).toBe(wanted.length);
  await page.goBack();
  await page.locator(".row").first().waitFor();
  expect(await page.locator("#filter").inputValue()).toContain("model:claude-opus");
});

it("says when nothing is left by a filter, and what one can write", async () => {
  const { page } = await visit(trouble(), { hash: "#view=list&q=is:nonsense" });
  await page.getByText("No strand matches").waitFor();
  await page.locator(".main .terms").getByText("source:openclaw").waitFor();
  await page.keyboard.press("Escape");
  await page.locator(".row").first().waitFor();
});

it("draws only what is in view of a thousand rows, and walks through all of them", async () => {
  const { page } = await visit(trouble(1000), list);
  await page.locator(".row").first().waitFor();
  expect(await page.locator(".row").count()).toBeLessThan(120);
  expect(await page.locator(".list table").getAttribute("aria-rowcount")).toBe("1001");
  await page.locator("[data-open]").first().focus();
  await page.keyboard.press("End");
  await expect.poll(() => page.evaluate("document.activeElement.closest('tr')?.getAttribute('aria-rowindex')")).toBe("1001");
  await page.keyboard.press("PageUp");
  await expect.poll(() => page.evaluate("document.activeElement.closest('tr')?.getAttribute('aria-rowindex')")).toBe("981");
  await page.keyboard.press("Home");
  await expect.poll(() => page.evaluate("document.activeElement.closest('tr')?.getAttribute('aria-rowindex')")).toBe("2");
});

it("chooses rows by keyboard and disables them, after telling what becomes of missed firings", async () => {
  const { page, server } = await visit(trouble(), list);
  await page.locator("[data-open]").first().focus();
  await page.keyboard.press("x");
  await page.keyboard.press("Shift+ArrowDown");
  await page.keyboard.press("Shift+ArrowDown");
  await page.locator(".bulk").getByText("3 chosen").waitFor();
  // One of the three has vanished: nothing can be asked of it.
  await page.getByRole("button", { name: "Disable 2" }).click();
  await page.locator(".confirm").getByText("are not made up").waitFor();
  const off = server.strands.filter((strand) => !strand.enabled).length;
  await page.keyboard.press("Enter");
  await expect.poll(() => server.strands.filter((strand) => !strand.enabled).length).toBe(off + 2);
  await page.locator("[data-open]").first().focus();
  await page.keyboard.press("Escape");
  await page.locator(".bulk").waitFor({ state: "detached" });
});

it.each([{ width: 1440, height: 860 }, { width: 390, height: 844 }])("never hides the row with the focus behind what can be done, $width px wide", async (viewport) => {
  const { page } = await visit(trouble(40), { ...list, viewport });
  const clearOfBulk = (): Promise<boolean> => page.evaluate(`(() => {
    const [row, bulk] = [document.activeElement.closest("tr"), document.querySelector(".bulk")];
    return bulk !== null && row !== null && row.getBoundingClientRect().bottom <= bulk.getBoundingClientRect().top;
  })()`);
  const row = viewport.width > 700 ? 29 : 84;
  await page.locator("[data-open]").first().focus();
  // The last one that is whole in view.
  for (let at = 1; at < Math.floor((viewport.height - 170) / row); at++) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("x");
  await expect.poll(clearOfBulk).toBe(true);
  for (let at = 0; at < 12; at++) {
    await page.keyboard.press("Shift+ArrowDown");
    await expect.poll(clearOfBulk).toBe(true);
  }
});

it("shows the queue of what waits for the owner's limit, and withdraws it", async () => {
  const { page, server } = await visit(trouble(), { ...list, prepare: (server) => (server.waitMs = 20_000) });
  await page.locator("[data-open]").first().focus();
  await page.keyboard.press("Control+a");
  await page.getByRole("button", { name: /^Run/ }).click();
  await page.keyboard.press("Enter");
  await page.getByText(/commands in the queue: 30 a minute, about/).waitFor();
  await page.getByRole("button", { name: "Withdraw what waits" }).click();
  await page.getByText(/in the queue/).waitFor({ state: "detached" });
  expect(server.strands.filter((strand) => strand.activeRun?.id.includes("run-1")).length).toBe(0);
});

it("withdraws also what is being asked for while it is told to, and asks for nothing more", async () => {
  const { page, server } = await visit(trouble(), { ...list, prepare: (server) => (server.waitMs = 20_000) });
  const told = Promise.withResolvers<void>();
  let asked = 0;
  await page.route(/\/strands\/[^/]+\/run$/, async (route) => {
    if (++asked > 3) await told.promise;
    await route.continue();
  });
  await page.locator("[data-open]").first().focus();
  await page.keyboard.press("Control+a");
  await page.getByRole("button", { name: /^Run/ }).click();
  await page.keyboard.press("Enter");
  await page.getByText(/3 commands in the queue/).waitFor();
  await page.getByRole("button", { name: "Withdraw what waits" }).click();
  told.resolve();
  await page.getByText(/in the queue/).waitFor({ state: "detached" });
  expect(asked).toBeLessThan(10);
  expect(server.strands.filter((strand) => strand.activeRun?.id.includes("run-1")).length).toBe(0);
});

it("acknowledges what the chosen ask for", async () => {
  const { page, server } = await visit(trouble(), list);
  await page.locator("[data-open]").first().focus();
  await page.keyboard.press("Control+a");
  await page.getByRole("button", { name: /^Acknowledge/ }).click();
  await expect.poll(() => server.strands.some((strand) => strand.redRuns > 0 || strand.missed || strand.changes.length > 0)).toBe(false);
});

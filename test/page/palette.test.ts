import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { systemClock } from "../../core/clock/system.ts";
import { makeSample } from "../support/sampleStrands.ts";
import { useBrowser } from "./harness.ts";

const visit = useBrowser();
const now = systemClock.now();
const trouble = () => makeSample({ count: 24, mood: "trouble", now });

const type = async (page: Page, text: string): Promise<void> => {
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").waitFor();
  await page.keyboard.type(text);
};

it("opens a strand by a few letters", async () => {
  const { page } = await visit(trouble());
  await type(page, "grdwat");
  await page.getByRole("option", { selected: true }).getByText("garden watering").waitFor();
  await page.keyboard.press("Enter");
  await page.locator(".panel h2", { hasText: "garden watering" }).waitFor();
  expect(await page.locator(".palette").count()).toBe(0);
});

it("goes to the last failed run of a strand, and to any run by its id", async () => {
  const sample = trouble();
  const { page, server } = await visit(sample);
  await type(page, "last failed");
  await page.keyboard.press("Enter");
  await page.locator(".panel .step-run.t-failed").first().waitFor();
  expect(page.url()).toContain("run=");
  await page.goBack();
  await page.locator(".panel").waitFor({ state: "detached" });
  const run = sample.runs.get(server.strands[0]!.id)![4]!;
  await type(page, run.id);
  await page.keyboard.press("Enter");
  await page.locator(".panel h2", { hasText: server.strands[0]!.name }).waitFor();
  expect(decodeURIComponent(page.url())).toContain(`run=${run.id}`);
});

it("runs a strand, and changes the view", async () => {
  const { page, server } = await visit(trouble());
  await type(page, "run garden");
  await page.getByRole("option", { selected: true }).getByText("Run now: garden watering").waitFor();
  await page.keyboard.press("Enter");
  await expect.poll(() => server.strands.find((strand) => strand.name === "garden watering")!.activeRun).not.toBeNull();
  await type(page, "go to list");
  await page.keyboard.press("Enter");
  await page.locator(".row").first().waitFor();
});

it("tells a screen reader what is chosen, and gives the focus back", async () => {
  const { page } = await visit(trouble(), { hash: "#view=list" });
  await page.locator("[data-open]").nth(3).focus();
  await type(page, "a");
  const input = page.getByRole("combobox");
  for (const key of ["ArrowDown", "ArrowDown", "ArrowUp"]) await page.keyboard.press(key);
  const active = await input.getAttribute("aria-activedescendant");
  expect(await page.locator(`#${active}`).getAttribute("aria-selected")).toBe("true");
  await page.keyboard.press("Escape");
  await page.locator(".palette").waitFor({ state: "detached" });
  await expect.poll(() => page.evaluate("document.activeElement.hasAttribute('data-open')")).toBe(true);
  await type(page, "zzzqqq");
  await page.getByText("Nothing has these letters.").waitFor();
});

import { expect, it } from "vitest";
import { systemClock } from "../../core/clock/system.ts";
import { makeSample, type Sample } from "../support/sampleStrands.ts";
import { useBrowser } from "./harness.ts";

const visit = useBrowser();
const now = systemClock.now();
const trouble = (count = 24): Sample => makeSample({ count, mood: "trouble", now });
const inbox = { hash: "#view=inbox" };

it("lets the keyboard alone find the red strand in the Inbox, read why, run it and acknowledge it", async () => {
  const { page, server } = await visit(trouble());
  await page.keyboard.press("3");
  await page.locator(".item").first().waitFor();
  const red = page.locator(".item.tone-failed");
  while (!(await red.locator(":focus").count())) await page.keyboard.press("ArrowDown");
  const name = (await page.locator(":focus").textContent())!;
  await red.filter({ hasText: name }).getByText("command exited with code 3").waitFor();
  await page.keyboard.press("Enter");
  await page.locator(".why").getByText("command exited with code 3").waitFor();
  await page.locator(".panel pre.output", { hasText: "403 Forbidden" }).first().waitFor();
  await page.keyboard.press("r");
  await page.locator(".asked-line", { hasText: "Run: confirmed by OpenClaw" }).waitFor();
  const strand = server.strands.find((one) => one.name === name)!;
  await expect.poll(() => strand.activeRun).not.toBeNull();
  await page.keyboard.press("a");
  await expect.poll(() => strand.redRuns).toBe(0);
  await page.locator(".panel .why > .tone-failed").waitFor({ state: "detached" });
  await page.keyboard.press("Escape");
  await page.locator(".panel").waitFor({ state: "detached" });
  await expect.poll(() => red.filter({ hasText: name }).count()).toBe(0);
});

it("has a row for each thing that asks, newest first, and as many as the header says", async () => {
  const { page } = await visit(trouble(), inbox);
  await page.locator(".item").first().waitFor();
  const count = await page.locator(".item").count();
  expect(Number(await page.locator(".badge").textContent())).toBe(count);
  const times = await page.locator(".item-when time").evaluateAll((all: any[]): string[] => all.map((time) => time.dateTime));
  expect(times).toEqual([...times].sort().reverse());
  expect(await page.title()).toBe(`(${count}) Loom`);
});

it("acknowledges the row with the focus, and goes on with the next", async () => {
  const { page, server } = await visit(trouble(), inbox);
  const missed = page.locator(".item.tone-missed[data-item^=missed]");
  const id = (await missed.first().getAttribute("data-item"))!.slice("missed ".length);
  await missed.first().locator("[data-item-open]").focus();
  await page.keyboard.press("a");
  await page.locator(`[data-item="missed ${id}"]`).waitFor({ state: "detached" });
  expect(server.strand(id).missed).toBeNull();
  await expect.poll(() => page.evaluate("Boolean(document.activeElement.closest('[data-item]'))")).toBe(true);
  await expect.poll(() => page.locator("#announcer").textContent()).toContain("acknowledged");
});

it("shows what was edited: old and new side by side, when and by whom", async () => {
  const { page } = await visit(trouble(), inbox);
  const row = page.locator(".item").filter({ hasText: "edited by agent main" });
  await row.locator(".diff").waitFor();
  const cells = await row.locator(".diff tbody tr").filter({ hasText: "payload.message" }).locator("td").allTextContents();
  expect(cells).toEqual(["Look at what is new.", "Look at what is new, and tell me in five lines what matters."]);
});

it("acknowledges all of a kind, once that is confirmed", async () => {
  const { page, server } = await visit(trouble(), inbox);
  await page.getByRole("button", { name: /changed$/ }).last().click();
  expect(page.url()).toContain("kind=changed");
  await page.keyboard.press("A");
  await page.locator(".confirm[open]").waitFor();
  expect(server.strands.some((strand) => strand.changes.length > 0)).toBe(true);
  await page.keyboard.press("Enter");
  await page.getByText("Nothing of this kind asks for you").waitFor();
  expect(server.strands.some((strand) => strand.changes.length > 0)).toBe(false);
  expect(server.strands.some((strand) => strand.redRuns > 0)).toBe(true);
});

it("tells what a suspect source would take away before it is believed", async () => {
  const sample = trouble(12);
  Object.assign(sample.sources[0]!, { freshness: "suspect", message: "It told of 12 jobs before, and of none now." });
  const { page, server } = await visit(sample, inbox);
  await page.getByRole("button", { name: /Believe it/ }).click();
  await page.locator(".confirm").getByText("12 strands of it hang here.").waitFor();
  await page.keyboard.press("Escape");
  expect(server.strands.every((strand) => strand.goneAt === null || strand.changes[0]?.kind === "vanished")).toBe(true);
  expect(server.asked.some((line) => line.includes("accept"))).toBe(false);
  await page.getByRole("button", { name: /Believe it/ }).click();
  await page.keyboard.press("Enter");
  await expect.poll(() => page.locator(".item[data-item^=source]").count()).toBe(0);
  expect(server.strands.every((strand) => strand.goneAt !== null)).toBe(true);
});

it("tells of a plugin that fails, and of a source that cannot be read", async () => {
  const sample = trouble(40);
  const [plugin] = sample.plugins;
  sample.plugins.push({ ...plugin!, id: "crontab", name: "crontab", state: "setup_error", error: { code: "X", message: "crontab -l was refused <b>", problems: [] } });
  const { page } = await visit(sample, inbox);
  await page.locator(".item").filter({ hasText: "crontab -l was refused <b>" }).waitFor();
  await page.locator(".item").filter({ hasText: "cannot be read" }).getByText("last good read 4 min ago").waitFor();
});

it("says so when nothing asks", async () => {
  const { page } = await visit(makeSample({ count: 3, mood: "well", now }), inbox);
  await page.getByText("Nothing asks for you").waitFor();
  expect(await page.locator(".badge").count()).toBe(0);
});

it("asks for the two definitions that it compares, and for no other", async () => {
  const { page } = await visit(trouble());
  const asked: string[] = [];
  page.on("request", (request) => void (request.url().includes("/versions") && asked.push(new URL(request.url()).search)));
  await page.keyboard.press("3");
  await page.locator(".item .diff").waitFor();
  expect([...new Set(asked)]).toEqual(["?only=1,2"]);
});

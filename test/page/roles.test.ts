import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ownPage } from "../../core/http/page/pageFiles.ts";
import { startChromium } from "../support/chromium.ts";
import { openDoor, type Door } from "../support/door.ts";
import { manyStrands } from "../support/manyStrands.ts";

let browser: Browser;
let door: Door;
let ids: readonly string[];

beforeAll(async () => {
  browser = await startChromium();
});
afterAll(() => browser.close());
afterEach(() => door[Symbol.asyncDispose]());

/** The real page behind the real door, let in by a link for a role, with a strand open. */
async function letIn(role: string): Promise<{ page: Page; refused: string[] }> {
  door = await openDoor({ page: ownPage() });
  ids = await manyStrands(door, 8);
  const { json } = await door.post("/api/loom/sign-in-links", { role });
  const page = await (await browser.newContext({ viewport: { width: 1440, height: 860 } })).newPage();
  const refused: string[] = [];
  page.on("response", (response) => response.status() === 403 && refused.push(response.url()));
  await page.goto(json.url);
  await page.locator('.main[aria-busy="false"]').waitFor();
  await page.evaluate(`location.hash = "#view=loom&strand=${encodeURIComponent(ids[0]!)}"`);
  await page.locator(".panel .actions").waitFor();
  return { page, refused };
}

describe("a viewer", () => {
  it("is offered nothing that would be refused, by button, key or palette, and is told why", async () => {
    const { page, refused } = await letIn("viewer");
    await page.locator(".tools").getByText("viewer").waitFor();
    await page.locator(".panel").getByText("You are here as a viewer").waitFor();
    expect(await page.locator(".panel .actions button").count()).toBe(0);
    await page.keyboard.press("r");
    await page.locator(".toast").getByText("You are here as a viewer").waitFor();
    for (const key of ["d", "a", "p", "P", "l"]) await page.keyboard.press(key);
    expect(await page.locator("dialog[open]").count()).toBe(0);
    await page.keyboard.press("Control+k");
    await page.keyboard.type("run");
    await page.locator(".palette li").first().waitFor();
    expect((await page.locator(".palette li").allTextContents()).filter((entry) => /^(Run now|Pause|Resume|Audit)/.test(entry))).toEqual([]);
    await page.keyboard.press("Escape");
    await page.keyboard.press("?");
    await page.locator(".help").getByText("List view").waitFor();
    expect((await page.locator(".help dd").allTextContents()).filter((does) => /^(Run |Disable |List: choose|Audit)/.test(does))).toEqual([]);
    expect(refused).toEqual([]);
  });

  it("chooses no rows of the list: there is nothing to do to them", async () => {
    const { page } = await letIn("viewer");
    await page.locator(".tools").getByText("viewer").waitFor();
    await page.keyboard.press("4");
    await page.locator("[data-open]").first().focus();
    for (const key of ["x", "Shift+ArrowDown", "Control+a"]) await page.keyboard.press(key);
    expect(await page.locator(".list input").count()).toBe(0);
    expect(await page.locator(".bulk, .chosen").count()).toBe(0);
  });
});

describe("an operator", () => {
  it("may act, and is not shown the audit log", async () => {
    const { page, refused } = await letIn("operator");
    await page.locator(".panel .actions").getByRole("button", { name: "Run now" }).click();
    await page.locator(".asked-line").getByText("Run: asked").waitFor();
    await page.keyboard.press("s");
    await page.locator(".panel").getByRole("heading", { name: "Plugins", exact: true }).waitFor();
    expect(await page.getByRole("button", { name: "Who changed what" }).count()).toBe(0);
    expect(refused).toEqual([]);
  });
});

describe("an admin", () => {
  it("reads who changed what, and what came of it", async () => {
    const { page } = await letIn("admin");
    await door.clock.advance(1000);
    await page.locator(".panel .actions").getByRole("button", { name: "Run now" }).click();
    await page.locator(".asked-line").getByText("Run: asked").waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("l");
    const newest = page.locator(".audit li").first();
    await newest.getByText("Run", { exact: true }).waitFor();
    expect(await newest.textContent()).toContain("done");
    expect(await newest.textContent()).toContain("by page, admin");
    expect(page.url()).toContain("panel=audit");
    await newest.getByRole("button").click();
    await page.locator(".panel .actions").waitFor();
  });
});

it("asks for the same when it is asked again without an answer, and for another once there was one", async () => {
  const { page } = await letIn("operator");
  const keys: (string | undefined)[] = [];
  let away = true;
  await page.route("**/enabled", async (route) => {
    keys.push((await route.request().allHeaders())["idempotency-key"]);
    return away ? route.abort() : route.continue();
  });
  const ask = async (word: string): Promise<void> => {
    await page.locator(".panel .actions").getByRole("button", { name: word }).click();
    await page.locator("dialog.confirm .button", { hasText: word }).first().click();
  };
  await ask("Disable");
  await page.locator(".toast").getByText("The gateway does not answer").waitFor();
  away = false;
  await ask("Disable");
  await page.locator(".asked-line").getByText("Disable: asked").waitFor();
  expect(keys).toHaveLength(2);
  expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(keys[1]).toBe(keys[0]);
  expect((await door.services.store.commands.list({ limit: 10, cursor: null })).items).toHaveLength(1);
});

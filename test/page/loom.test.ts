import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../core/clock/system.ts";
import { makeSample, type Sample } from "../support/sampleStrands.ts";
import { strandOf, useBrowser } from "./harness.ts";

const visit = useBrowser();
const now = systemClock.now();
const well = (count = 12): Sample => makeSample({ count, mood: "well", now });
const later = new Date(now + 3 * 3_600_000).toISOString();

const drawn = (page: Page): Promise<number> => page.locator(".strand").count();
const left = (page: Page, id: string): Promise<number> => strandOf(page, id).locator(".thread").evaluate((thread: any) => thread.getBoundingClientRect().left);
const zoom = (page: Page, times: number, way: 1 | -1 = 1): Promise<unknown> =>
  page.evaluate(`for (let at = 0; at < ${times}; at++) document.elementFromPoint(700, 500).dispatchEvent(new WheelEvent("wheel", { ctrlKey: true, deltaY: ${-way * 60}, clientX: 700, clientY: 500, bubbles: true, cancelable: true }))`);

describe("near and far", () => {
  it("shows a thousand strands at once, each as one thread", async () => {
    const { page } = await visit(well(1000));
    await expect.poll(() => drawn(page)).toBe(1000);
    expect(await page.locator(".d-thread").count()).toBe(1000);
    expect(await page.locator(".strand .name").count()).toBe(0);
    const [first, last] = [await page.locator(".strand").first().boundingBox(), await page.locator(".strand").last().boundingBox()];
    expect(first!.x).toBeGreaterThanOrEqual(0);
    expect(last!.x).toBeLessThan(1440);
    expect(await page.locator(".overview").count()).toBe(0);
  });

  it("shows them in portions also when one comes back to them, and never all in one frame", async () => {
    const { page } = await visit(well(1000));
    await expect.poll(() => drawn(page)).toBe(1000);
    await page.keyboard.press("4");
    await page.locator("tr.row").first().waitFor();
    await page.evaluate(`
      window.mostAtOnce = 0;
      new MutationObserver((records) => {
        const added = records.flatMap(({ addedNodes }) => [...addedNodes]).filter((node) => node.nodeType === Node.ELEMENT_NODE);
        mostAtOnce = Math.max(mostAtOnce, added.reduce((sum, node) => sum + node.matches(".strand") + node.querySelectorAll(".strand").length, 0));
      }).observe(document.body, { subtree: true, childList: true });
    `);
    await page.keyboard.press("1");
    await expect.poll(() => drawn(page)).toBe(1000);
    expect(await page.evaluate("mostAtOnce")).toBeLessThan(200);
  });

  it("shows diamonds, then names, then words as it comes nearer, and draws only what is in sight", async () => {
    const { page } = await visit(well(300));
    await expect.poll(() => drawn(page)).toBe(300);
    await zoom(page, 4);
    await page.locator(".d-near .diamond").first().waitFor();
    await zoom(page, 5);
    await page.locator(".d-named .name").first().waitFor();
    await zoom(page, 8);
    await page.locator(".d-roomy .schedule").first().waitFor();
    await expect.poll(() => drawn(page)).toBeLessThan(30);
    await page.locator(".d-roomy .output-lines text").first().waitFor();
    await page.locator(".overview").waitFor();
    await page.keyboard.press("0");
    await expect.poll(() => page.locator(".strand.d-thread").count()).toBe(300);
  });

  it("draws bare threads while a zoom goes on, and what they carry when it rests", async () => {
    const { page } = await visit(well(300));
    await expect.poll(() => drawn(page)).toBe(300);
    // In each frame a little nearer, for as many frames as it takes to come from threads to names.
    const dearer = await page.evaluate<number>(`new Promise((resolve) => {
      let most = 0;
      let left = 60;
      const step = () => {
        most = Math.max(most, document.querySelectorAll(".strand:not(.d-thread)").length);
        if (left-- === 0) return resolve(most);
        document.elementFromPoint(700, 500).dispatchEvent(new WheelEvent("wheel", { ctrlKey: true, deltaY: -8, clientX: 700, clientY: 500, bubbles: true, cancelable: true }));
        requestAnimationFrame(step);
      };
      step();
    })`);
    expect(dearer).toBe(0);
    await page.locator(".d-named .name").first().waitFor();
    // The one that the keyboard is at stays as it was, out of sight.
    await expect.poll(() => page.locator(".strand.d-thread").count()).toBeLessThan(2);
  });

  it("draws nothing within what listens to wheel and touch", async () => {
    const { page } = await visit(well());
    await strandOf(page, well().strands[0]!.id).waitFor();
    expect(await page.evaluate("[document.elementFromPoint(700, 500).className, document.elementFromPoint(700, 500).childElementCount]")).toEqual(["hand", 0]);
    expect(await page.evaluate("[...document.querySelectorAll('.loom, .world, .strand')].every((one) => getComputedStyle(one).touchAction === 'auto')")).toBe(true);
  });

  it("keeps the strand under the pointer where it is", async () => {
    const { page, server } = await visit(well(300));
    await expect.poll(() => drawn(page)).toBe(300);
    const places = await Promise.all([140, 150, 160].map(async (at) => ({ id: server.strands[at]!.id, x: await left(page, server.strands[at]!.id) })));
    const held = places.find(({ x }) => x > 200 && x < 1200)!;
    await page.mouse.move(held.x, 500);
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, -300);
    await page.keyboard.up("Control");
    await expect.poll(() => left(page, held.id)).toBeLessThan(held.x + 4);
    expect(await left(page, held.id)).toBeGreaterThan(held.x - 4);
  });

  it("never writes a name over another", async () => {
    const { page } = await visit(makeSample({ count: 300, mood: "trouble", now }));
    await page.locator(".urgent-names .name").first().waitFor();
    const boxes = await page.locator(".urgent-names .name").evaluateAll((names: any[]): { x: number; right: number }[] => names.map((name) => name.getBoundingClientRect()).map(({ x, right }) => ({ x, right })));
    const sorted = boxes.toSorted((a, b) => a.x - b.x);
    for (let at = 1; at < sorted.length; at++) expect(sorted[at]!.x).toBeGreaterThanOrEqual(sorted[at - 1]!.right);
  });
});

it("pans by wheel, drag and the line at the foot, and never beyond its ends", async () => {
  const { page } = await visit(well(300));
  await expect.poll(() => drawn(page)).toBe(300);
  const first = await page.locator(".strand").first().getAttribute("data-strand");
  await zoom(page, 6);
  await page.mouse.move(700, 500);
  await page.mouse.wheel(0, 400);
  // Whose strands they are stays in sight.
  await expect.poll(() => page.locator(".source-name").evaluateAll((names: any[]): boolean => names.some((name) => Math.abs(name.getBoundingClientRect().left - 22) < 3))).toBe(true);
  await page.mouse.wheel(-90_000, 0);
  await expect.poll(() => left(page, first!)).toBeLessThan(90);
  const before = await left(page, first!);
  await page.mouse.down();
  await page.mouse.move(500, 500, { steps: 4 });
  await page.mouse.up();
  await expect.poll(() => left(page, first!)).toBeCloseTo(before - 200, -1);
  // The drag opened nothing.
  expect(await page.locator(".panel").count()).toBe(0);
  const line = (await page.locator(".overview").boundingBox())!;
  await page.mouse.click(line.x + line.width - 4, line.y + 4);
  await expect.poll(() => left(page, first!)).toBeLessThan(-1000);
});

it("walks with arrows to strands that are not drawn yet, and opens with Enter", async () => {
  const { page } = await visit(well(300));
  await expect.poll(() => drawn(page)).toBe(300);
  const ids = await page.locator(".strand").evaluateAll((strands: any[]): string[] => strands.map((strand) => strand.dataset.strand));
  await zoom(page, 10);
  const focused = (): Promise<string> => page.evaluate("document.activeElement.closest('[data-strand]')?.dataset.strand");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("End");
  await expect.poll(focused).toBe(ids.at(-1));
  await page.keyboard.press("ArrowLeft");
  await expect.poll(focused).toBe(ids.at(-2));
  await page.keyboard.press("Enter");
  await page.locator(".panel").waitFor();
  expect(await strandOf(page, ids.at(-2)!).locator(".hit").getAttribute("aria-expanded")).toBe("true");
});

it.each([12, 300])("touches only the strand that an event concerns, among %i", async (count) => {
  const sample = well(count);
  for (const strand of sample.strands) strand.nextRunAt = later;
  const { page, server } = await visit(sample);
  await expect.poll(() => drawn(page)).toBe(count);
  const { id } = server.strands.find((strand) => strand.enabled && strand.steps.length > 0)!;
  await page.evaluate(`
    window.strandsTouched = new Set();
    new MutationObserver((records) => {
      for (const { target } of records) {
        const at = target.nodeType === Node.TEXT_NODE ? target.parentElement : target;
        // What counts the strands, and tells of the urgent ones once more.
        if (!at || at.closest(".urgent-names, .beam, .overview, .edge")) continue;
        strandsTouched.add(at.closest("[data-strand]")?.dataset.strand ?? at.outerHTML.slice(0, 80));
      }
    }).observe(document.querySelector(".main"), { subtree: true, childList: true, attributes: true, characterData: true });
  `);
  server.startRun(id);
  await strandOf(page, id).locator(".pulse").waitFor();
  server.finishRun(id);
  await strandOf(page, id).and(page.locator(".s-ok")).waitFor();
  expect(await page.evaluate("[...strandsTouched]")).toEqual([id]);
});

it("counts above a beam what hangs from it now", async () => {
  const sample = well(12);
  Object.assign(sample.strands[0]!, { name: "the red one", status: "failed", redRuns: 1 });
  const { page } = await visit(sample);
  const worries = page.locator(".heads .worry");
  await expect.poll(() => worries.allTextContents()).toEqual(["1 failed"]);
  await page.locator("#filter").fill("-is:failed");
  await expect.poll(() => worries.count()).toBe(0);
  await page.locator("#filter").fill("red one");
  await expect.poll(() => worries.allTextContents()).toEqual(["1 failed"]);
});

describe("every state has a shape", () => {
  const shapes = [
    ["stuck", { status: "running", activeRun: { id: "r", startedAt: new Date(now - 9e6).toISOString(), stepId: "exec", stuckAt: new Date(now).toISOString(), stuckFrom: new Date(now).toISOString() } }, ".pulse.at-rest"],
    ["missed", { status: "missed", missed: { count: 2, lastDueAt: new Date(now).toISOString(), cause: "asleep", causeText: "The machine was asleep." } }, ".firing.missed .hoop"],
    ["overdue", { status: "overdue" }, ".firing.overdue .hands"],
    ["held back", { backoffUntil: later, nextRunAt: later }, ".coil"],
    ["switched off by its owner", { enabled: false, disabledReason: "10 errors in a row" }, ".firing.severed .cut"],
    ["done", { done: true }, ".knot-tied"],
    ["vanished", { goneAt: new Date(now).toISOString() }, ".notch.n-vanished"],
    ["changed", { changes: [{ id: "c", strandId: "s", kind: "edited", fromVersion: 1, version: 2, fields: ["schedule"], seenAt: new Date(now).toISOString(), by: null, acknowledged: null }] }, ".notch.n-edited"],
    ["the scheduler's own", { system: true }, "rect.ring"],
    ["under a scheduler that is off", { schedulerOn: false }, ".thread"],
  ] as const;
  it.each(shapes)("%s", async (_name, change, shape) => {
    const { page, server } = await visit(well());
    const { id } = server.strands[4]!;
    await strandOf(page, id).waitFor();
    server.change(id, structuredClone(change) as never);
    await strandOf(page, id).locator(shape).first().waitFor({ state: "attached" });
  });
  it("and red stays red, also of one that its owner has switched off since", async () => {
    const sample = well();
    for (const at of [4, 5]) Object.assign(sample.strands[at]!, { status: "failed", redRuns: 1 });
    Object.assign(sample.strands[5]!, { enabled: false, disabledReason: "10 errors in a row" });
    const { page, server } = await visit(sample);
    const [on, off] = [4, 5].map((at) => strandOf(page, server.strands[at]!.id));
    await off!.locator(".firing.severed .cut").waitFor();
    const colour = (strand: typeof on, part: string): Promise<string> => strand!.locator(part).first().evaluate((element: any) => element.ownerDocument.defaultView.getComputedStyle(element).stroke);
    expect(await colour(off, ".thread")).toBe(await colour(on, ".thread"));
    expect(await colour(off, ".cut")).not.toBe(await colour(off, ".thread"));
  });
  it("a source that is stale, in doubt or off", async () => {
    const { page, server } = await visit(well());
    const [source] = await page.evaluate<{ id: string }[]>("fetch('/api/loom/sources').then((answer) => answer.json()).then(({ items }) => items)");
    server.changeSource(source!.id, { freshness: "stale" });
    await page.locator(".cloth.weave-stale").waitFor();
    server.changeSource(source!.id, { freshness: "suspect" });
    await page.locator(".cloth.weave-suspect").waitFor();
    server.changeSource(source!.id, { freshness: "fresh", schedulerOn: false });
    await page.locator(".cloth.weave-off").waitFor();
    expect(await page.locator(".switched-off .freshness").first().textContent()).toContain("scheduler off");
    server.changeSource(source!.id, { freshness: "suspect" });
    await page.locator(".freshness", { hasText: "suspect" }).first().waitFor();
    expect(server.strands.length).toBeGreaterThan(0);
  });
});

it("joins strands that fail by the same thing, and says by what", async () => {
  const sample = well();
  for (const [at, strand] of sample.strands.entries()) for (const step of strand.steps) step.shares = at < 3 ? ["model:gpt-5"] : [];
  for (const strand of sample.strands.slice(0, 3)) {
    strand.enabled = true;
    Object.assign(strand, { redRuns: 1, status: "failed" });
    strand.steps[0]!.status = "failed";
  }
  const { page } = await visit(sample);
  await page.locator(".braid-label.red", { hasText: "model gpt-5 · 3 failed" }).waitFor();
  expect(await page.locator(".braid.red .crossing").count()).toBe(3);
});

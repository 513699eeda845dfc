import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { systemClock } from "../../core/clock/system.ts";
import { emptySample, makeSample, type Sample } from "../support/sampleStrands.ts";
import { pressStrand, strandOf, useBrowser } from "./harness.ts";

const visit = useBrowser();
const now = systemClock.now();
const trouble = (count = 12): Sample => makeSample({ count, mood: "trouble", now });
/** Has the page try at once; its own next try, at any moment now, may come first. */
const networkBack = (page: Page): Promise<unknown> => page.evaluate("dispatchEvent(new Event('online'))");
const well = (count = 12): Sample => makeSample({ count, mood: "well", now });

it("lets the keyboard alone find the red strand, read why, run it, and acknowledge it", async () => {
  const { page, server } = await visit(trouble());
  await page.locator(".strand").first().waitFor();
  await page.keyboard.press("n");
  while (!(await page.locator(".strand.s-failed:has(:focus)").count())) await page.keyboard.press("n");
  await page.keyboard.press("Enter");
  await page.locator(".panel .step-run.t-failed .error").waitFor();
  expect(await page.locator(".panel .error").first().textContent()).toContain("exited with code 3");
  expect(await page.locator(".panel pre.output").first().textContent()).toContain("403 Forbidden");
  const { id } = server.strands.find((strand) => strand.redRuns > 0)!;
  await page.keyboard.press("r");
  await page.locator(".asked-line", { hasText: "Run: confirmed" }).waitFor();
  await page.locator(".panel .standing .state", { hasText: "running" }).waitFor();
  server.finishRun(id);
  // That it goes well now takes nothing back of what was red.
  await page.locator(".panel .why-title", { hasText: "It failed" }).waitFor();
  await page.locator(".panel .step-run.t-ok").first().waitFor();
  await page.keyboard.press("a");
  await page.locator(".panel .standing .state", { hasText: "ok" }).waitFor();
  expect(server.strands.every((strand) => strand.redRuns === 0)).toBe(true);
  await page.locator(".figure", { hasText: "failed" }).waitFor({ state: "detached" });
  await page.keyboard.press("Escape");
  await page.locator(".panel").waitFor({ state: "detached" });
  await page.locator(".strand:has(:focus)").waitFor({ state: "attached" });
});

it("shows an event where it happens: the light leaves the trigger, goes on to the next step and ends in the knot", async () => {
  const { page, server } = await visit(well());
  const id = server.strands[4]!.id;
  const pulse = strandOf(page, id).locator(".pulse");
  await strandOf(page, id).waitFor();
  const height = async (): Promise<number> => Number(/,([\d.]+)\)/.exec((await pulse.getAttribute("transform"))!)![1]);

  server.startRun(id);
  await pulse.waitFor();
  await expect.poll(() => pulse.evaluate((element: any) => element.getAnimations().length)).toBe(1);
  await page.locator(".figure", { hasText: "1 running" }).waitFor();
  const first = await height();

  server.reachStep(id, "deliver");
  await expect.poll(height).toBeGreaterThan(first);
  server.finishRun(id, "command exited with code 9");
  await strandOf(page, id).and(page.locator(".s-failed")).waitFor();
  await expect.poll(() => strandOf(page, id).locator(".t-failed .bang").count()).toBe(1);
  await pulse.waitFor({ state: "detached" });
});

it("draws the whole way of a run that was over before anybody looked", async () => {
  const { page, server } = await visit(well());
  const strand = server.strands[4]!;
  await strandOf(page, strand.id).waitFor();
  const ended = { id: "quick", status: "succeeded" as const, red: false, acknowledged: false, startedAt: new Date(now).toISOString(), finishedAt: new Date(now + 20).toISOString() };
  server.change(strand.id, { lastRun: ended, recent: [ended, ...strand.recent] }, "run.finished");
  await strandOf(page, strand.id).locator(".pulse.leaving").waitFor();
});

it("says 'asked' until the owner has confirmed", async () => {
  const { page, server } = await visit(well(), { prepare: (server) => (server.owner = "silent") });
  const id = server.strands[0]!.id;
  await pressStrand(page, id);
  await page.getByRole("button", { name: "Disable" }).click();
  await page.locator(".confirm").getByText("are not made up").waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Disable: asked" }).waitFor();
  await page.locator(".asked-line", { hasText: "not yet confirmed by OpenClaw" }).waitFor();
  expect(await page.getByRole("button", { name: "Run now" }).isDisabled()).toBe(true);
  expect(server.strand(id).enabled).toBe(true);
  server.settle("command-1");
  await page.getByRole("button", { name: "Enable" }).waitFor();
  // The strand and the command are told by two events.
  await expect.poll(() => page.locator(".asked-line").textContent()).toBe("Disable: confirmed by OpenClaw.");
});

it("gives a refusal in the owner's own words", async () => {
  const words = "at most 30 writes a minute, <b>try</b> again in 12 s";
  const { page, server } = await visit(well(), { prepare: (server) => (server.owner = { refuses: words }) });
  await pressStrand(page, server.strands[0]!.id);
  await page.keyboard.press("r");
  await page.locator(".asked-line .tone-failed", { hasText: words }).waitFor();
});

it("says why an action is not to be had", async () => {
  const sample = well();
  sample.strands[0]!.can.run = { allowed: false, reason: "This version of OpenClaw does not run jobs on demand." };
  const { page, server } = await visit(sample);
  await pressStrand(page, server.strands[0]!.id);
  await page.getByText("does not run jobs on demand").waitFor();
  expect(await page.getByRole("button", { name: "Run now" }).isDisabled()).toBe(true);
});

it("goes on by number after the line broke, without fetching the lists again", async () => {
  const { page, server, allow } = await visit(well());
  allow.push(/WebSocket|ERR_/);
  const id = server.strands[3]!.id;
  server.change(id, { name: "before" });
  await strandOf(page, id).getByText("before").waitFor();
  server.goAway();
  await page.locator(".line.offline").waitFor();
  expect(await page.locator(".strand").count()).toBe(12);
  server.change(id, { name: "while away" });
  const asked = server.asked.filter((line) => line === "GET strands").length;
  server.comeBack();
  await networkBack(page);
  await strandOf(page, id).getByText("while away").waitFor();
  expect(server.asked).toContain("feed after 1");
  expect(server.asked.filter((line) => line === "GET strands")).toHaveLength(asked);
});

it("reads the open panel again once the line is back", async () => {
  const { page, server, allow } = await visit(well());
  allow.push(/WebSocket|ERR_/);
  server.goAway();
  await page.locator(".line.offline").waitFor();
  await pressStrand(page, server.strands[2]!.id);
  await page.locator(".panel [role=alert]").getByText("does not answer").waitFor();
  server.comeBack();
  await networkBack(page);
  await page.locator(".panel .step-run").first().waitFor();
  await page.locator(".panel .firings li").first().waitFor();
  await page.locator(".panel [role=alert]").waitFor({ state: "detached" });
});

it("keeps the run that is being read open while others come in, and shows the one that was asked for", async () => {
  const { page, server } = await visit(well());
  const id = server.strands[4]!.id;
  await pressStrand(page, id);
  await page.locator(".panel .step-run").first().waitFor();
  const opened = page.locator(".panel .run:has([aria-expanded=true])");
  server.startRun(id);
  await page.locator(".panel .run.tone-running").waitFor();
  expect(await opened.and(page.locator(".tone-running")).count()).toBe(0);
  server.finishRun(id);
  await page.locator(".panel .run.tone-running").waitFor({ state: "detached" });
  server.startRun(id, "manual");
  await opened.and(page.locator(".tone-running")).waitFor();
});

it("fetches the lists anew when its number is no longer known", async () => {
  const { page, server, allow } = await visit(well());
  allow.push(/WebSocket|ERR_/);
  server.goAway();
  await page.locator(".line.offline").waitFor();
  server.remove(server.strands[11]!.id);
  server.change(server.strands[3]!.id, { name: "written elsewhere" });
  server.comeBack({ forget: true });
  await networkBack(page);
  await page.locator(".strand").getByText("written elsewhere").waitFor();
  await expect.poll(() => page.locator(".strand").count()).toBe(11);
});

it("fills in the newest runs when they could not be read at first", async () => {
  const { page, allow } = await visit(well(), { prepare: (server) => server.breaks.add("recent-runs") });
  allow.push(/ERR_/);
  expect(await page.locator(".strand .tick").count()).toBeGreaterThan(0);
});

it("says that the gateway has a problem although not all of the page could be fetched", async () => {
  const { page, allow } = await visit(well(), {
    prepare: (server) => {
      server.problem = { status: 503, code: "STORE_BUSY", title: "Busy", detail: "Another program holds the database.", help: "Try again shortly." };
      server.breaks.add("rooms.js");
    },
  });
  allow.push(/ERR_|503/);
  await page.getByText("Another program holds the database.").waitFor();
});

it("adds a strand that appears and takes away one that goes", async () => {
  const { page, server } = await visit(well());
  server.add({ ...structuredClone(server.strands[0]!), id: "openclaw-cron-mirror:i0:new", name: "brand new" });
  await strandOf(page, "openclaw-cron-mirror:i0:new").waitFor();
  server.remove(server.strands[1]!.id);
  await expect.poll(() => page.locator(".strand").count()).toBe(12);
});

it("tells at its beam that a source can no longer be read, and keeps its strands", async () => {
  const { page, server } = await visit(well());
  server.changeSource("openclaw-cron-mirror:i0", { freshness: "stale", lastGoodReadAt: new Date(systemClock.now() - 4 * 60_000 - 5000).toISOString(), message: "It does not answer." });
  await page.getByText("stale · last read 4 min ago").waitFor();
  await expect.poll(() => page.locator(".strand.stale").count()).toBe(12);
  await page.keyboard.press("s");
  await page.locator(".panel").getByText("It does not answer.").waitFor();
});

it("tells on a machine without a scheduler what was looked for and how to connect one", async () => {
  const { page } = await visit(emptySample(now));
  await page.locator(".notice").waitFor();
  expect(await page.locator(".notice p").count()).toBe(3);
  expect(await page.locator(".notice").textContent()).toContain("~/.loom/config.json");
});

it("shows a link's view, filter and strand to whoever opens it", async () => {
  const first = await visit(well());
  await first.page.keyboard.press("4");
  await first.page.keyboard.press("/");
  await first.page.keyboard.type("watch");
  await first.page.locator(".row").first().click();
  await first.page.locator(".panel h2").waitFor();
  const title = await first.page.locator(".panel h2").textContent();
  const hashNow = (): Promise<string> => first.page.evaluate("location.hash");
  await expect.poll(hashNow).toMatch(/q=watch.*strand=/);
  const hash = await hashNow();
  const second = await visit(well(), { hash });
  await second.page.locator(".panel h2").waitFor();
  expect(await second.page.locator(".panel h2").textContent()).toBe(title);
  expect(await second.page.locator("#filter").inputValue()).toBe("watch");
  await expect.poll(() => second.page.locator(".row").count()).toBe(await first.page.locator(".row").count());
  await first.page.goBack();
  await first.page.locator(".panel").waitFor({ state: "detached" });
});

it("signs in by a link and takes the code out of the address", async () => {
  const { page } = await visit(well(), { hash: "#sign-in=once-only", key: null });
  await page.locator(".strand").first().waitFor();
  expect(await page.evaluate("location.href")).not.toContain("once-only");
  expect(await page.evaluate("localStorage.getItem('loom.key')")).toBe("sample");
});

it("says how to sign in when it never was", async () => {
  const { page, server } = await visit(well(), { key: null });
  await page.getByText("loom open").waitFor();
  expect(server.asked).toEqual([]);
});

it("says how to sign in when its session is over", async () => {
  const { page, allow } = await visit(well(), { prepare: (server) => (server.problem = { status: 401, code: "UNAUTHENTICATED", title: "Not signed in", detail: "No session.", help: "" }) });
  allow.push(/401/);
  await page.getByText("loom open").waitFor();
});

it("tells what went wrong when the lists cannot be had, and recovers by itself", async () => {
  const { page, server, allow } = await visit(well(), { prepare: (server) => (server.problem = { status: 503, code: "STORE_BUSY", title: "Busy", detail: "Another program holds the database.", help: "Try again shortly." }) });
  allow.push(/503/);
  await page.getByRole("alert").getByText("Another program holds the database.").waitFor();
  server.problem = null;
  await page.locator(".strand").first().waitFor();
});

it("stills the light where stillness is asked for, and lights the way instead", async () => {
  const { page, server } = await visit(well(), { reducedMotion: "reduce" });
  const id = server.strands[4]!.id;
  server.startRun(id);
  await strandOf(page, id).locator(".lit").waitFor();
  expect(await page.evaluate("document.getAnimations().length")).toBe(0);
});

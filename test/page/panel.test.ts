import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { systemClock } from "../../core/clock/system.ts";
import type { StrandView } from "../../core/http/schemas.ts";
import { makeSample, type Sample } from "../support/sampleStrands.ts";
import { useBrowser, type Visit } from "./harness.ts";

const visit = useBrowser();
const now = systemClock.now();
const iso = (ago: number): string => new Date(now - ago).toISOString();
const why = (page: Page) => page.locator(".why");

/** Opens the panel of the first strand, made to be so. */
async function open(more: Partial<StrandView>, change: (sample: Sample) => void = () => {}): Promise<Visit & { id: string }> {
  const sample = makeSample({ count: 6, mood: "well", now });
  Object.assign(sample.strands[0]!, more);
  change(sample);
  const id = sample.strands[0]!.id;
  const visited = await visit(sample, { hash: `#view=list&strand=${encodeURIComponent(id)}` });
  await visited.page.locator(".panel .id").waitFor();
  await visited.page.locator(".line.live").waitFor();
  return { ...visited, id };
}

const step = (label: string, status: "completed" | "failed"): StrandView["steps"][number] => ({ id: label.toLowerCase(), label, operationId: null, dependsOn: [], shares: [], status, reason: null });

it.each<[string, Partial<StrandView>, RegExp]>([
  ["its scheduler is off", { schedulerOn: false }, /scheduler is switched off as a whole.*Nothing of OpenClaw fires/],
  ["its owner holds it back", { backoffUntil: iso(-22 * 60_000), nextRunAt: iso(-22 * 60_000) }, /holds it back after errors.*another 2\d min/],
  ["its owner switched it off", { enabled: false, disabledReason: "5 errors in a row" }, /Its owner switched it off.*5 errors in a row\./],
  ["it is stuck", { status: "running", activeRun: { id: "r", startedAt: iso(3 * 3_600_000), stepId: "exec", stuckAt: iso(2 * 3_600_000), stuckFrom: iso(2 * 3_600_000) } }, /running for too long.*2 h ago.*runs for 3h.*take at most 1m 28s/],
  ["it is overdue", { status: "overdue", nextRunAt: iso(9 * 60_000) }, /should have started 9 min ago/],
  ["it is done", { done: true, enabled: false }, /was to run once, and has/],
  ["its source is stale", { freshness: "stale" }, /source cannot be read.*what was last read/],
  ["it missed firings", { status: "missed", missed: { count: 3, lastDueAt: iso(60_000), cause: "asleep", causeText: "The machine was asleep" } }, /3 firings were missed.*The machine was asleep\./],
])("says in words that %s", async (_, more, words) => {
  const { page } = await open(more);
  await expect.poll(() => why(page).textContent()).toMatch(words);
});

it("tells a result that was not delivered from a run that failed", async () => {
  const { page } = await open({ redRuns: 1, status: "failed" }, (sample) => {
    const run = sample.runs.get(sample.strands[0]!.id)![0]!;
    Object.assign(run, { red: true, acknowledged: null });
    Object.assign(run.steps[1]!, { status: "failed", error: "Channel is required" });
    const tick = { id: run.id, status: run.status, red: true, acknowledged: false, startedAt: run.startedAt, finishedAt: run.finishedAt };
    sample.strands[0]!.recent[0] = tick;
  });
  await expect.poll(() => why(page).textContent()).toMatch(/ran well, but DELIVER failed.*Channel is required/);
  await page.locator(".step-run.t-ok", { hasText: "EXEC" }).waitFor();
  await page.locator(".step-run.t-failed", { hasText: "DELIVER" }).waitFor();
});

it("draws no length of a run that is still under way", async () => {
  const { page } = await open({}, (sample) => {
    const [newest, before] = sample.runs.get(sample.strands[0]!.id)!;
    Object.assign(newest!, { status: "running", trigger: "manual", finishedAt: null, durationMs: null });
    expect(before!.durationMs).toBeGreaterThan(0);
  });
  await page.locator(".run-row", { hasText: "running" }).getByText("by hand").waitFor();
  expect(await page.locator(".run-row").nth(0).locator(".run-bar rect").count()).toBe(0);
  expect(await page.locator(".run-row").nth(1).locator(".run-bar rect").count()).toBe(1);
});

it("never says ok of a result that did not arrive, also once that was seen", async () => {
  const lastRun = { id: "r", status: "succeeded" as const, red: true, acknowledged: true, startedAt: iso(400_000), finishedAt: iso(360_000) };
  const { page } = await open({ redRuns: 0, status: "idle", lastRun, steps: [step("EXEC", "completed"), step("DELIVER", "failed")] });
  await page.locator(".panel.tone-acknowledged .standing .state", { hasText: /^ran, but DELIVER failed 6 min ago · seen$/ }).waitFor();
  await page.locator(".row.tone-acknowledged .state", { hasText: "· seen" }).waitFor();
});

it("shows missed firings between the runs, and leaves them alone by a filter", async () => {
  const sample = makeSample({ count: 24, mood: "trouble", now });
  const missed = sample.strands.find((strand) => strand.missed)!;
  const { page } = await visit(sample, { hash: `#view=inbox&strand=${encodeURIComponent(missed.id)}` });
  await page.locator(".firing-row", { hasText: "missed" }).first().waitFor();
  await page.locator(".run-row").first().waitFor();
  await page.getByRole("button", { name: "missed", exact: true }).click();
  await page.locator(".run-row").first().waitFor({ state: "detached" });
  expect(await page.locator(".firing-row").count()).toBeGreaterThan(0);
});

it("acknowledges exactly what it names", async () => {
  const { page, server, id } = await open({ missed: { count: 2, lastDueAt: iso(60_000), cause: null, causeText: "It is not known why" }, goneAt: null, changes: [{ id: "c", strandId: "s", kind: "edited", fromVersion: 1, version: 1, fields: [], seenAt: iso(1000), by: "ann", acknowledged: null }], redRuns: 0 });
  await page.getByRole("button", { name: "Acknowledge 2 missed firings, 1 change" }).waitFor();
  await page.keyboard.press("a");
  await expect.poll(() => server.strand(id).missed).toBeNull();
  expect(server.strand(id).changes).toEqual([]);
  await page.getByRole("button", { name: /^Acknowledge/ }).waitFor({ state: "detached" });
});

it("tells how long a command waits in the queue, and takes it back", async () => {
  const { page, server, id } = await open({});
  server.waitMs = 42_000;
  await page.keyboard.press("r");
  await page.locator(".asked-line").getByText(/waits in the queue, about 4\ds/).waitFor();
  await page.getByRole("button", { name: "Withdraw", exact: true }).click();
  await page.locator(".asked-line").getByText("withdrawn").waitFor();
  expect(server.strand(id).activeRun).toBeNull();
});

it("sets how late a firing may be, and goes back to the rule", async () => {
  const { page } = await open({});
  await page.getByText("missed once it is 1m late, by the rule").waitFor();
  await page.locator(".grace .link").click();
  await page.locator("#grace").fill("soon");
  await page.keyboard.press("Enter");
  await page.locator("#grace[aria-invalid=true]").waitFor();
  await page.locator("#grace").fill("5m");
  await page.keyboard.press("Enter");
  await page.getByText("missed once it is 5m late, as somebody set it").waitFor();
  await page.getByRole("button", { name: "By the rule again" }).click();
  await page.getByText("missed once it is 1m late, by the rule").waitFor();
});

it("shows an output's end at once, page by page all that is kept, and gives it as a file", async () => {
  const long = `first line\n${"x".repeat(30_000)}\nlast line`;
  const { page } = await open({}, (sample) => Object.assign(sample.runs.get(sample.strands[0]!.id)![0]!.steps[0]!, { outputTail: long, outputBytes: 1_234_567, outputKeptBytes: long.length }));
  const output = page.locator("pre.output").first();
  await output.waitFor();
  expect(await output.textContent()).not.toContain("first line");
  await page.getByRole("button", { name: "Whole log, search" }).click();
  await page.getByText("The first 1.2 MB are not kept.").waitFor();
  await expect.poll(() => page.locator(".log pre").textContent()).toContain("first line");
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: /^Download/ }).click()]);
  expect(await readFile((await file.path())!, "utf8")).toBe(long);
});

it("opens the run that the address names, and Back closes what was opened", async () => {
  const sample = makeSample({ count: 6, mood: "well", now });
  const [strand] = sample.strands;
  const run = sample.runs.get(strand!.id)![7]!;
  const { page } = await visit(sample, { hash: `#view=list&strand=${encodeURIComponent(strand!.id)}&run=${encodeURIComponent(run.id)}` });
  await page.locator(".run").nth(7).locator(".trajectory .step-run").first().waitFor();
  await page.locator(".run-row").nth(2).click();
  await page.locator(".run").nth(2).locator(".trajectory").waitFor();
  await page.goBack();
  await page.locator(".run").nth(7).locator(".trajectory").waitFor();
  await page.goForward();
  await page.locator(".run").nth(2).locator(".trajectory").waitFor();
});

it("reads the two definitions of a change when it is unfolded, and no other", async () => {
  const change = (version: number, acknowledged: { at: string; by: string } | null): StrandView["changes"][number] => ({ id: `c${version}`, strandId: "s", kind: "edited", fromVersion: version - 1, version, fields: ["prompt"], seenAt: iso(1000), by: "ann", acknowledged });
  const { page } = await open({}, (sample) => {
    const [strand] = sample.strands;
    strand!.changes = [change(3, { at: iso(10), by: "bob" }), change(2, null)];
    const [first] = sample.versions.get(strand!.id)!;
    sample.versions.set(strand!.id, [3, 2, 1].map((version) => ({ ...first!, version, definition: { prompt: `prompt ${version}` } })));
  });
  const asked: string[] = [];
  page.on("request", (request) => void (request.url().includes("/versions") && asked.push(new URL(request.url()).search)));
  await page.locator(".change summary").nth(1).click();
  await expect.poll(() => page.locator(".change").nth(1).locator(".diff td").allTextContents()).toEqual(["prompt 1", "prompt 2"]);
  expect(asked).toEqual(["?only=1,2"]);
});

it("asks for nothing anew before it has what it asked for, however much happens meanwhile", async () => {
  const { page, server } = await visit(makeSample({ count: 3, mood: "well", now }));
  const { id } = server.strands[0]!;
  server.startRun(id);
  const asked = new Map<string, number>();
  const lists = Promise.withResolvers<void>();
  const run = Promise.withResolvers<void>();
  await page.route(/\/api\/loom\/(strands|runs)\//, async (route) => {
    const [what, , part = ""] = new URL(route.request().url()).pathname.replace("/api/loom/", "").split("/");
    asked.set(`${what} ${part}`, (asked.get(`${what} ${part}`) ?? 0) + 1);
    await (what === "runs" ? run : lists).promise;
    await route.continue();
  });
  const happens = async (words: string): Promise<void> => {
    for (let nth = 1; nth <= 5; nth++) {
      server.change(id, { name: `${words} ${nth}` });
      await page.locator(".panel h2", { hasText: `${words} ${nth}` }).waitFor();
    }
  };
  await page.keyboard.press("4");
  await page.locator(`[data-row="${id}"]`).click();
  await page.locator(".panel h2").waitFor();
  await happens("first");
  expect(Object.fromEntries(asked)).toEqual({ "strands ": 1, "strands runs": 1, "strands occurrences": 1, "strands changes": 1 });
  lists.resolve();
  await page.locator(".trajectory", { hasText: "reading…" }).waitFor();
  await happens("then");
  expect(asked.get("runs ")).toBe(1);
  run.resolve();
  await page.locator(".trajectory .step-run").first().waitFor();
});

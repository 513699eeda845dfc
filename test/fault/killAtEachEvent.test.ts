import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { openPage, startChromium } from "../support/chromium.ts";
import { FeedClient } from "../support/door.ts";
import { eventually } from "../support/eventually.ts";
import { makeFolder } from "../support/folder.ts";
import { GatewayProcess } from "../support/gatewayProcess.ts";

/** A step that is tried twice, a list of two, and one with a phase. Each notes that it begins, and takes long enough to be killed where it is. */
const workflow = (id: string): string => `
import { appendFileSync } from "node:fs";
import { defineWorkflow } from "loom-gateway";
const work = (ctx) => { appendFileSync(process.env.LOOM_TEST_LEDGER, ctx.idempotencyKey + "\\n"); return ctx.sleep(250); };
const patient = { retries: 3, backoff: { initialMs: 250, jitter: 0 } };
export const workflow = defineWorkflow({ id: "${id}", name: "${id}", steps: [
  { id: "again", label: "AGAIN", ...patient, run: async (ctx) => { await work(ctx); if (ctx.attempt === 1) throw new Error("not yet"); } },
  { id: "list", label: "LIST", dependsOn: ["again"], ...patient, each: () => [1, 2], run: async (ctx) => { await work(ctx); return ctx.item; } },
  { id: "phases", label: "PHASES", dependsOn: ["list"], ...patient, run: (ctx) => ctx.phase("inner", async () => { await work(ctx); return ctx.results.list; }) },
] });
`;
/** Those that do something, and how often they may begin when one attempt is interrupted. */
const MOST = { again: 3, "list[0]": 2, "list[1]": 2, phases: 2 } as const;
const EXPECTED = ["run.queued", "run.started", "step.pending", "step.dispatched", "step.started", "step.retrying", "step.completed", "run.finished"];

it("ends a run right that is killed after any of its events, on a page that is never reloaded", { timeout: 600_000 }, async () => {
  await using home = await makeFolder({ "workflows/calm.ts": workflow("calm"), ledger: "" });
  await using loom = new GatewayProcess({ home: home.path, env: { LOOM_TEST_LEDGER: home.at("ledger") }, keepsPort: true });
  await loom.start();
  await known(loom, ["calm"]);
  const calm = await runUntil(loom, "calm", "run.finished");
  // The two of the list go the same way.
  const boundaries = calm.told.filter((event) => !event.includes("list[1]"));
  expect(new Set(boundaries.map((event) => event.split(" ")[0]))).toEqual(new Set(EXPECTED));
  const strands = boundaries.map((_, at) => `killed-${at}`);
  await home.write(Object.fromEntries(strands.map((id) => [`workflows/${id}.ts`, workflow(id)])));
  await known(loom, strands);

  await using browser = await startChromium();
  const { page } = await openPage(browser, { key: null });
  await page.goto((await loom.api("/sign-in-links", { method: "POST" })).url);
  await page.locator(".line.live").waitFor();
  await page.evaluate("window.neverReloaded = true");
  const begun = (runId: string, row: string): number => readFileSync(home.at("ledger"), "utf8").split("\n").filter((line) => line === `${runId}/${row}`).length;
  for (const [at, boundary] of boundaries.entries()) {
    await page.evaluate(`location.hash = "#view=list&strand=${strands[at]}"`);
    await page.locator(".panel .id", { hasText: new RegExp(`^${strands[at]}$`) }).waitFor();
    const { runId, told } = await runUntil(loom, strands[at]!, boundary);
    await loom.kill("SIGKILL");
    const done = Object.keys(MOST).filter((row) => told.some((event) => event.startsWith(`step.completed ${row} `)));
    const before = done.map((row) => begun(runId, row));
    await loom.start();

    await seenToSucceed(page);
    const { status, steps } = await loom.api(`/runs/${runId}`);
    expect({ boundary, status, result: steps.find(({ id }: any) => id === "phases").result }).toEqual({ boundary, status: "succeeded", result: [1, 2] });
    expect({ boundary, begun: done.map((row) => begun(runId, row)) }).toEqual({ boundary, begun: before });
    for (const [row, most] of Object.entries(MOST)) expect({ boundary, row, times: begun(runId, row) }).toMatchObject({ row, times: expect.toBeOneOf(Array.from({ length: most }, (_, i) => i + 1)) });
  }
  expect(await page.evaluate("window.neverReloaded")).toBe(true);
});

async function known(loom: GatewayProcess, ids: readonly string[]): Promise<void> {
  await eventually(() => loom.all("/strands"), (strands) => ids.every((id) => strands.some((strand) => strand.id === id)));
}

/** Starts a run, and answers as soon as this event is told, with all that were told of the run. */
async function runUntil(loom: GatewayProcess, strandId: string, last: string): Promise<{ runId: string; told: string[] }> {
  const feed = await new FeedClient(`${loom.address.replace("http", "ws")}/ws/loom`, {}).hello({ token: loom.token });
  await feed.until(({ type }) => type === "hello");
  const { command: { runId } } = await loom.api(`/strands/${strandId}/run`, { method: "POST" });
  const isOfRun = ({ event }: any): boolean => event?.runId === runId && /^(run|step)\./.test(event.type);
  await feed.until((message) => isOfRun(message) && nameOf(message) === last);
  feed.socket.terminate();
  return { runId, told: feed.messages.filter(isOfRun).map(nameOf) };
}

/** Its type, and its row and attempt where it is of a step. */
function nameOf({ event: { type, data } }: any): string {
  return type.startsWith("step.") ? `${type} ${data.stepId} ${data.attempt}` : type;
}

/** Of the only run that its panel shows. */
async function seenToSucceed(page: Page): Promise<void> {
  await page.locator(".panel .run .run-state", { hasText: /^succeeded$/ }).waitFor({ timeout: 90_000 });
  await page.locator('.panel [data-part="phases"]').getByText("completed").first().waitFor();
  expect(await page.locator(".panel .run").count()).toBe(1);
}

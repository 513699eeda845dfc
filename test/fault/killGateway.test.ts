import { isDeepStrictEqual } from "node:util";
import { expect, it } from "vitest";
import { systemClock } from "../../core/clock/system.ts";
import { eventually } from "../support/eventually.ts";
import { GatewayProcess } from "../support/gatewayProcess.ts";
import { startOpenClaw, type OpenClaw } from "../support/openclaw.ts";
import { seededRandom } from "../support/random.ts";

const KILLS = 30;

it(`knows every run that OpenClaw knows after being killed ${KILLS} times while runs arrive`, { timeout: 900_000 }, async () => {
  const seed = Number(process.env["LOOM_TEST_SEED"] ?? systemClock.now() % 1_000_000);
  console.log(`seed ${seed} (LOOM_TEST_SEED)`);
  const random = seededRandom(seed);
  await using openclaw = await startOpenClaw({ version: "2026.6.11" });
  const jobs: string[] = [];
  for (const [name, command, everyMs] of [
    ["steady", "echo steady", 1_000],
    ["failing", "echo no >&2; exit 3", 1_500],
    ["slow", "sleep 0.7", 2_000],
  ] as const) {
    jobs.push((await openclaw.addCommandJob({ name, command, schedule: { kind: "every", everyMs } })).id);
  }
  await using loom = new GatewayProcess({ env: { OPENCLAW_STATE_DIR: openclaw.stateDir } });

  for (let kill = 0; kill < KILLS; kill++) {
    await loom.start();
    // Anywhere from before the first look to well after it.
    await systemClock.sleep(random() * 1_500);
    await loom.kill("SIGKILL");
  }

  for (const id of jobs) await openclaw.rpc("cron.update", { id, patch: { enabled: false } });
  await eventually(async () => (await openclaw.rpc("cron.list", { includeDisabled: true })).jobs, (all) => all.every((job: any) => !job.state.runningAtMs));
  await loom.start();
  // Read anew each time: OpenClaw writes a run down a moment after it has ended.
  const bothKnow = (): Promise<[string[], string[]]> => Promise.all([runsOfLoom(loom, jobs), runsOfOpenClaw(openclaw, jobs)]);
  const [ours, theirs] = await eventually(bothKnow, ([loomKnows, openClawKnows]) => isDeepStrictEqual(loomKnows, openClawKnows));
  expect(theirs.length).toBeGreaterThan(KILLS);
  expect(new Set(ours).size).toBe(ours.length);
});

/** `job start status`, sorted. */
async function runsOfOpenClaw(openclaw: OpenClaw, jobs: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const id of jobs) {
    for (let offset: number | null = 0; offset !== null; ) {
      const page: any = await openclaw.rpc("cron.runs", { id, limit: 200, offset });
      for (const run of page.entries) found.push(`${id} ${new Date(run.runAtMs).toISOString()} ${run.status === "ok" ? "succeeded" : "failed"}`);
      offset = page.hasMore ? page.nextOffset : null;
    }
  }
  return found.sort();
}

async function runsOfLoom(loom: GatewayProcess, jobs: readonly string[]): Promise<string[]> {
  const strands = await loom.all<any>("/strands");
  const found: string[] = [];
  for (const id of jobs) {
    const strand = strands.find((one) => one.id.endsWith(`:${id}`));
    if (!strand) return [];
    for (const run of await loom.all<any>(`/strands/${encodeURIComponent(strand.id)}/runs`)) found.push(`${id} ${run.startedAt} ${run.status}`);
  }
  return found.sort();
}

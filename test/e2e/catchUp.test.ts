import { expect, it } from "vitest";
import { systemClock } from "../../core/clock/system.ts";
import { eventually } from "../support/eventually.ts";
import { GatewayProcess } from "../support/gatewayProcess.ts";
import { startOpenClaw } from "../support/openclaw.ts";

/** Together they take longer than Loom waits for the end of a run that is no longer under way. */
const JOBS = ["first", "second", "third", "fourth"];
const COMMAND = "sleep 3";

it("a job that is switched off while OpenClaw catches up with those before it has the one run that OpenClaw tells of in the end", { timeout: 240_000 }, async () => {
  await using openclaw = await startOpenClaw({ version: "2026.6.11" });
  const at = systemClock.now() + 15_000;
  const jobs: { id: string }[] = [];
  for (const [n, name] of JOBS.entries()) {
    jobs.push(await openclaw.addCommandJob({ name, command: COMMAND, schedule: { kind: "every", everyMs: 3_600_000, anchorMs: at + n * 100 } }));
  }
  const last = jobs.at(-1)!.id;
  await using loom = await GatewayProcess.start({ env: { OPENCLAW_STATE_DIR: openclaw.stateDir } });
  const strandOf = async (id: string): Promise<any> => (await loom.mirrored()).find((strand) => strand.id.endsWith(`:${id}`));
  const runsOf = async (id: string): Promise<any[]> => loom.all<any>(`/strands/${encodeURIComponent((await strandOf(id)).id)}/runs`);
  await eventually(() => strandOf(last), (strand) => strand !== undefined);

  await openclaw.kill("SIGKILL");
  await systemClock.sleep(at + 500 - systemClock.now());
  await openclaw.start();
  await eventually(() => strandOf(last), (strand) => strand.activeRun !== null, 60_000);
  await openclaw.rpc("cron.update", { id: last, patch: { enabled: false } });

  const told = await eventually(() => openclaw.rpc("cron.runs", { id: last, limit: 10 }), ({ entries }) => entries.length > 0, 60_000);
  const ends = told.entries.map((entry: any) => new Date(entry.runAtMs).toISOString());
  const held = await eventually(() => runsOf(last), (runs) => runs.length === ends.length && runs.every(({ status }) => status === "succeeded"), 30_000).catch(() => runsOf(last));
  expect(held.map(({ startedAt, status }) => [startedAt, status])).toEqual(ends.map((start: string) => [start, "succeeded"]));
});

/** A state folder as OpenClaw 2026.5.28 left it, which a newer one takes over at its start: the quick way to a long history. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

const HOUR = 3_600_000;
/** Once a year, so that nothing is due and nothing has to be made up when OpenClaw starts. */
const yearly = { kind: "cron", expr: "17 4 1 1 *", tz: "UTC" };

/**
 * Writes `cron/jobs.json`, `cron/jobs-state.json` and `cron/runs/*.jsonl`.
 * @param at when the newest run of each job ended, in milliseconds; the others lie an hour apart before it
 */
export async function writeLegacyCron(stateDir: string, { jobs, runsPerJob, at }: { jobs: number; runsPerJob: number; at: number }): Promise<void> {
  const runs = join(stateDir, "cron", "runs");
  await mkdir(runs, { recursive: true });
  const ids = Array.from({ length: jobs }, (_, n) => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`);
  const save = (name: string, value: object): Promise<void> => writeFile(join(stateDir, "cron", name), JSON.stringify({ version: 1, ...value }));
  await save("jobs.json", { jobs: ids.map((id, n) => job(id, `job ${n}`, at - runsPerJob * HOUR)) });
  await save("jobs-state.json", { jobs: Object.fromEntries(ids.map((id) => [id, state(at)])) });
  for (const id of ids) {
    const oldestFirst = Array.from({ length: runsPerJob }, (_, n) => run(id, at - (runsPerJob - 1 - n) * HOUR));
    await writeFile(join(runs, `${id}.jsonl`), oldestFirst.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
  }
}

function job(id: string, name: string, createdAtMs: number): object {
  const payload = { kind: "systemEvent", text: `Reminder of ${name}` };
  return { id, name, enabled: true, createdAtMs, schedule: yearly, sessionTarget: "main", wakeMode: "next-heartbeat", payload, state: {} };
}

function state(at: number): object {
  const lastRun = { lastRunAtMs: at - 1_000, lastRunStatus: "ok", lastStatus: "ok", lastDurationMs: 1_000, lastDeliveryStatus: "not-requested" };
  return {
    updatedAtMs: at,
    scheduleIdentity: JSON.stringify({ version: 1, enabled: true, schedule: yearly }),
    state: { ...lastRun, consecutiveErrors: 0, consecutiveSkipped: 0 },
  };
}

function run(jobId: string, endedAt: number): object {
  const runAtMs = endedAt - 1_000;
  return {
    ts: endedAt, jobId, action: "finished", status: "ok", summary: "All is well. ".repeat(20), deliveryStatus: "not-requested",
    sessionKey: `agent:main:cron:${jobId}:run:${runAtMs}`, runAtMs, durationMs: 1_000,
  };
}

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../core/clock/system.ts";
import { eventually } from "../support/eventually.ts";
import { SILENCE } from "../support/stubModel.ts";
import { RealStage } from "./realStage.ts";

/**
 * Brings the jobs of a real OpenClaw into every state that Loom tells of, and makes a picture of each (docs/states.md):
 *
 *     node test/page/realStates.ts
 *
 * They go to LOOM_SHOTS, or to a new temporary folder whose name is printed; `pngquant --nofs 96` makes them small. No state
 * is made up: the model is a stub, and the clock of OpenClaw jumps once, so that nobody has to wait an hour for a run that
 * takes too long.
 */

const MINUTE = 60_000;
/** Once a day, and not while this runs. */
const daily = { kind: "cron", expr: `40 ${new Date(systemClock.now() + 720 * MINUTE).getUTCHours()} * * *`, tz: "UTC" };
const every10Minutes = { kind: "every", everyMs: 10 * MINUTE };
const toTelegram = { mode: "announce", channel: "telegram", to: "4711" };

const folder = process.env["LOOM_SHOTS"] ?? (await mkdtemp(join(tmpdir(), "loom-states-")));
await using stage = await RealStage.set(folder, "-70m");
const { home, loom } = stage;
const jobs = await addJobs();
await stage.startLoom();
await eventually(() => loom.mirrored(), (strands) => strands.length > Object.keys(jobs).length);

await takeOverdue();
await takeStuck();
await takeRuns();
await takeErrors();
await takeChanges();
await stage.takeAll("whole");
await takeDeath();
await takeSchedulerOff();
await takeSuspect();
console.log(folder);

/** All that Loom is to find when it first looks: what is there already is no news. Gives the ids. */
async function addJobs() {
  const command = async (name: string, line: string, schedule: object = daily): Promise<string> => (await stage.openclaw.addCommandJob({ name, command: line, schedule, timeoutSeconds: 86_400 })).id;
  const agent = async (name: string, payload: object, delivery: object = { mode: "none" }): Promise<string> =>
    (await stage.openclaw.rpc("cron.add", { name, schedule: daily, sessionTarget: "isolated", wakeMode: "now", payload: { kind: "agentTurn", ...payload }, delivery })).id;
  return {
    stuck: await command("sync photos", `test -e '${home}/hang' && sleep 86000; echo 214 photos are the same on both sides`),
    running: await command("weekly report", "echo collecting; sleep 3600"),
    ok: await command("back up the diary", "echo 31 files, 2 changed"),
    agent: await agent("tidy the notes", { message: "Tidy the notes." }),
    silent: await agent("watch the mailbox", { message: SILENCE }, toTelegram),
    undelivered: await agent("morning brief", { message: "Write the brief." }, toTelegram),
    nowhere: await agent("evening brief", { message: "Write the brief." }, { mode: "announce" }),
    skipped: await agent("summarise commits", { message: "Summarise.", model: "cellar/cellar-1" }),
    failing: await command("fetch prices", "echo 12 of 40 shops answered; echo no route to the others >&2; exit 3", every10Minutes),
    autoDisabled: await command("mirror the wiki", "echo login refused >&2; exit 1", every10Minutes),
    edited: await command("rotate the logs", "echo rotated"),
    vanished: await command("old newsletter", "echo sent"),
    missed: await command("water the plants", "echo watered", { kind: "every", everyMs: 20_000 }),
  };
}

/** By OpenClaw's clock it is not time yet. */
async function takeOverdue(): Promise<void> {
  await stage.until(jobs.failing, (strand) => strand.status === "overdue");
  await stage.take("overdue", jobs.failing);
}

/** A run that began more than an hour ago once OpenClaw's clock is right. */
async function takeStuck(): Promise<void> {
  for (let at = 0; at < 3; at++) await stage.openclaw.run(jobs.stuck);
  await writeFile(join(home, "hang"), "");
  await stage.begin(jobs.stuck);
  await stage.rightTheClock();
  await stage.until(jobs.stuck, (strand) => strand.activeRun?.stuckAt != null);
  await stage.take("stuck", jobs.stuck);
}

async function takeRuns(): Promise<void> {
  await stage.begin(jobs.running);
  // Just after OpenClaw's start the store of its agents may not be there yet.
  while ((await stage.openclaw.run(jobs.agent)).status !== "ok");
  for (const name of ["ok", "silent", "undelivered", "nowhere", "skipped"] as const) {
    await stage.openclaw.run(jobs[name]);
    await stage.until(jobs[name], (strand) => strand.lastRun !== null && strand.activeRun === null);
  }
  await stage.ask(jobs.agent, "ack", { what: ["runs"] });
  const soon = { kind: "at", at: new Date(systemClock.now() + 2_000).toISOString() };
  const once = await stage.openclaw.addCommandJob({ name: "remind me of the passport", command: "echo The passport ends in May.", schedule: soon, more: { deleteAfterRun: false } });
  await stage.take("running", jobs.running);
  await stage.take("ok", jobs.ok);
  await stage.take("agent-run", jobs.agent);
  await stage.take("silent", jobs.silent);
  await stage.take("not-delivered", jobs.undelivered);
  await stage.take("not-delivered-nowhere", jobs.nowhere);
  await stage.take("skipped", jobs.skipped);
  await stage.until(once.id, (strand) => strand.done && strand.lastRun !== null);
  await stage.ask(once.id, "ack", { what: ["changes"] });
  await stage.take("done", once.id);
  const system = (await loom.mirrored()).find((strand) => strand.system);
  await stage.take("system", system.id.split(":").at(-1));
}

/** Only runs on schedule count towards switching off; nine are taken as done, and the tenth comes at once. */
async function takeErrors(): Promise<void> {
  const now = systemClock.now();
  const nineErrors = { consecutiveErrors: 9, lastRunStatus: "error", lastRunAtMs: now - 120 * MINUTE, nextRunAtMs: now + 3_000 };
  await stage.openclaw.rpc("cron.update", { id: jobs.autoDisabled, patch: { state: nineErrors } });
  // Only the fourth error in a row holds it back for longer than until it is due.
  for (let at = 0; at < 4; at++) await stage.openclaw.run(jobs.failing);
  await stage.until(jobs.failing, (strand) => strand.backoffUntil !== null && strand.redRuns >= 4);
  await stage.take("backoff", jobs.failing);
  await stage.until(jobs.autoDisabled, (strand) => strand.disabledReason !== null && strand.redRuns > 0);
  await stage.take("auto-disabled", jobs.autoDisabled);
}

async function takeChanges(): Promise<void> {
  const { id } = await stage.openclaw.addCommandJob({ name: "ask for feedback", command: "echo asked" });
  await stage.openclaw.rpc("cron.update", { id: jobs.edited, patch: { schedule: { ...daily, expr: "30 5 * * 1-5" }, payload: { kind: "command", argv: ["sh", "-c", "echo rotated and compressed"] } } });
  await stage.openclaw.rpc("cron.remove", { id: jobs.vanished });
  const changed = (kind: string) => (strand: any) => strand.changes.some((change: any) => change.kind === kind);
  await stage.until(id, changed("new"));
  await stage.take("new", id);
  await stage.until(jobs.edited, changed("edited"));
  await stage.take("edited", jobs.edited, ".diff");
  await stage.until(jobs.vanished, (strand) => strand.goneAt !== null);
  await stage.take("vanished", jobs.vanished);
}

/** Killed in the middle of runs, and started again. */
async function takeDeath(): Promise<void> {
  await rm(join(home, "hang"));
  await stage.openclaw.kill("SIGKILL");
  await stage.until(jobs.ok, (strand) => strand.freshness === "stale");
  await stage.take("stale", jobs.ok);
  await stage.takeSources("stale-source");
  await stage.startOpenClawAgain();
  await stage.until(jobs.running, (strand) => strand.activeRun === null && strand.redRuns > 0);
  await stage.take("interrupted", jobs.running);
}

async function takeSchedulerOff(): Promise<void> {
  await stage.openclaw.kill("SIGKILL");
  await stage.startOpenClawAgain({ OPENCLAW_SKIP_CRON: "1" });
  await stage.until(jobs.ok, (strand) => !strand.schedulerOn && strand.freshness === "fresh");
  await stage.take("scheduler-off", jobs.ok);
  await stage.ask(jobs.missed, "grace", { graceMs: 1_000 });
  await stage.until(jobs.missed, (strand) => strand.missed?.cause === "scheduler_off");
  await stage.take("missed", jobs.missed);
  await stage.takeSources("scheduler-off-source");
}

/** Most jobs go while nobody looks. */
async function takeSuspect(): Promise<void> {
  await loom.kill("SIGTERM");
  await stage.openclaw.kill("SIGKILL");
  await stage.startOpenClawAgain();
  const { jobs: all } = await stage.openclaw.rpc("cron.list", { includeDisabled: true, limit: 200 });
  // OpenClaw keeps those that it made for itself.
  for (const job of all) if (job.id !== jobs.agent) await stage.openclaw.rpc("cron.remove", { id: job.id }).catch(() => {});
  await stage.startLoom();
  await stage.until(jobs.ok, (strand) => strand.freshness === "suspect");
  await stage.take("suspect", jobs.ok);
  await stage.takeSources("suspect-source");
}

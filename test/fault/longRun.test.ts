import { isDeepStrictEqual } from "node:util";
import { expect, it } from "vitest";
import { systemClock } from "../../core/clock/system.ts";
import { eventually } from "../support/eventually.ts";
import { GatewayProcess } from "../support/gatewayProcess.ts";
import { startOpenClaw, type OpenClaw } from "../support/openclaw.ts";
import { seededRandom } from "../support/random.ts";

const ACTIONS = 200;
const NIGHTLY = "17 4 * * *";
/** How long OpenClaw may take to write down, after its restart, what became of runs that its death interrupted. */
const SETTLE_MS = 90_000;
/** Loom tries every 3 s to reach an OpenClaw that restarts, and gives each look at it 15 s: enough for two that go unanswered. */
const SEEN_MS = 60_000;
/** A Loom that is silent for longer stands still, however busy the machine is. */
const ANSWER_MS = 10_000;

it(`holds what OpenClaw holds after ${ACTIONS} random actions, with either of them killed in between`, { timeout: 900_000 }, async () => {
  const seed = Number(process.env["LOOM_TEST_SEED"] ?? systemClock.now() % 1_000_000);
  const version = seed % 2 === 0 ? "2026.9.6" : "2026.6.11";
  console.log(`seed ${seed} (LOOM_TEST_SEED), OpenClaw ${version}`);
  await using openclaw = await startOpenClaw({ version });
  await using loom = new GatewayProcess({ env: { OPENCLAW_STATE_DIR: openclaw.stateDir } });
  const run = new RandomRun(seededRandom(seed), openclaw, loom);
  await loom.start();
  try {
    for (let action = 0; action < ACTIONS; action++) await run.act();
    await run.comeToRest();
    await compare(run, openclaw, loom);
  } catch (error) {
    throw new Error(`LOOM_TEST_SEED=${seed} (OpenClaw ${version}) failed.\n${await run.report()}`, { cause: error });
  }
});

async function compare(run: RandomRun, openclaw: OpenClaw, loom: GatewayProcess): Promise<void> {
  const both = (): Promise<[Known, Known]> => Promise.all([knownToLoom(loom, run), knownToOpenClaw(openclaw, run.jobs)]);
  const agree = ([ours, theirs]: [Known, Known]): boolean => isDeepStrictEqual(ours, theirs);
  const [ours, theirs] = await eventually(both, agree, SETTLE_MS).catch(both);
  const differences = { jobs: difference(ours.jobs, theirs.jobs), runs: difference(ours.runs, theirs.runs) };
  await run.tellOf([...differences.jobs, ...differences.runs]);
  expect(differences).toEqual({ jobs: [], runs: [] });
  expect(theirs.runs.length).toBeGreaterThan(20);
  expect(new Set(ours.runs).size).toBe(ours.runs.length);
  expect(await endsToldTwice(loom)).toEqual([]);
}

/** What one side knows, each a sorted list of lines. */
interface Known {
  readonly jobs: readonly string[];
  readonly runs: readonly string[];
}

function difference(ours: readonly string[], theirs: readonly string[]): string[] {
  const [us, them] = [new Set(ours), new Set(theirs)];
  return [...theirs.filter((line) => !us.has(line)).map((line) => `Loom lacks ${line}`), ...ours.filter((line) => !them.has(line)).map((line) => `only Loom has ${line}`)];
}

/** Runs whose end was told more than once. */
async function endsToldTwice(loom: GatewayProcess): Promise<string[]> {
  const ended = new Map<string, number>();
  for (let after: string | null = "0"; after !== null; ) {
    const page: any = await loom.api(`/events?limit=1000&after=${after}`);
    for (const { type, runId } of page.items) if (type === "run.finished") ended.set(runId, (ended.get(runId) ?? 0) + 1);
    after = page.next;
  }
  return [...ended].filter(([, times]) => times > 1).map(([runId, times]) => `${runId} ended ${times} times`);
}

/** One long random sequence of what people and machines do to a scheduler and to Loom. */
class RandomRun {
  /** Every job that Loom had a chance to see. */
  readonly jobs = new Set<string>();
  /** When OpenClaw last went down, in milliseconds since 1970: what ran or was set aside then may be written down nowhere. */
  downAt = 0;
  /** When each job was removed. */
  readonly removedAt = new Map<string, number>();
  /** When each job was last switched off of those that were asked to run again after that. */
  readonly anewAt = new Map<string, number>();
  readonly #random: () => number;
  readonly #openclaw: OpenClaw;
  readonly #loom: GatewayProcess;
  readonly #present: string[] = [];
  /** When each job was last switched off. */
  readonly #offAt = new Map<string, number>();
  /** Added since Loom went down: whoever comes and goes unseen cannot be known. */
  readonly #unseen = new Set<string>();
  readonly #story: string[] = [];
  #loomIsUp = true;
  #names = 0;

  constructor(random: () => number, openclaw: OpenClaw, loom: GatewayProcess) {
    this.#random = random;
    this.#openclaw = openclaw;
    this.#loom = loom;
  }

  /** What was done, a line each, and how both sides are now: to understand a failure by. */
  async report(): Promise<string> {
    const said = (answer: Promise<unknown>): Promise<string> => answer.then((value) => JSON.stringify(value), String);
    const loom = await said(this.#loom.api("/sources", { signal: AbortSignal.timeout(ANSWER_MS) }));
    const openclaw = await said(Promise.race([this.#openclaw.rpc("cron.status"), systemClock.sleep(ANSWER_MS)]));
    return [...this.#story, `Loom's sources: ${loom}`, `OpenClaw's cron: ${openclaw}`, `Loom's output:\n${this.#loom.output.slice(-10_000)}`].join("\n");
  }

  /** Adds to the report what each side tells of the jobs that these lines name. */
  async tellOf(lines: readonly string[]): Promise<void> {
    for (const id of new Set(lines.flatMap((line) => line.match(/[0-9a-f]{8}-[0-9a-f-]{27}/) ?? []))) {
      const strand = (await this.#loom.mirrored()).find((each) => each.id.endsWith(`:${id}`));
      const source = (await this.#loom.mirrored())[0]?.id.split(":").slice(0, 2).join(":");
      const runs = await this.#loom.all(`/strands/${encodeURIComponent(strand?.id ?? `${source}:${id}`)}/runs`);
      const told = await this.#openclaw.rpc("cron.runs", { id, limit: 200 }).catch(String);
      this.#story.push(`Loom's strand ${id}: ${JSON.stringify(strand)}`, ...runs.map((run) => `Loom's run: ${JSON.stringify(run)}`), `OpenClaw's runs: ${JSON.stringify(told)}`);
    }
  }

  async act(): Promise<void> {
    if (!this.#loomIsUp && this.#random() < 0.2) await this.#startLoom();
    const actions: readonly (readonly [number, () => Promise<unknown>])[] = [
      [18, () => this.#add()],
      [10, () => this.#edit()],
      [26, () => this.#runByHand()],
      [8, () => this.#switch()],
      [7, () => this.#remove()],
      [8, () => this.#askThroughLoom()],
      [15, () => systemClock.sleep(this.#random() * 1_000)],
      [4, () => this.#killLoom()],
      [2, () => this.#killOpenClaw()],
      [1, () => this.#restartOpenClaw()],
    ];
    let at = this.#random() * actions.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, act] of actions) {
      if ((at -= weight) < 0) return void (await act());
    }
  }

  /** Switches every job off, waits for the last run to end, and for Loom to be there. */
  async comeToRest(): Promise<void> {
    for (const id of this.#present) await this.#openclaw.rpc("cron.update", { id, patch: { enabled: false } }).catch(() => {});
    await eventually(async () => (await this.#openclaw.rpc("cron.list", { includeDisabled: true, limit: 200 })).jobs, (jobs) => jobs.every((job: any) => !job.state.runningAtMs));
    // Those that fire at night are switched on again, so that there is a next firing to compare.
    const { jobs } = await this.#openclaw.rpc("cron.list", { includeDisabled: true, limit: 200 });
    for (const { id, schedule } of jobs) {
      if (schedule.expr !== NIGHTLY) continue;
      await this.#openclaw.rpc("cron.update", { id, patch: { enabled: true } });
    }
    if (!this.#loomIsUp) await this.#startLoom();
  }

  async #add(): Promise<void> {
    const { name, command } = this.#work();
    const schedule = this.#schedule();
    const { id } = await this.#tell(`add ${name}: ${command}, ${JSON.stringify(schedule)}`, () => this.#openclaw.addCommandJob({ name, command, schedule }));
    this.#present.push(id);
    if (this.#loomIsUp) await this.#seen(id);
    else this.#unseen.add(id);
  }

  async #edit(): Promise<void> {
    const id = this.#any();
    const { name, command } = this.#work();
    const payload = { kind: "command", argv: ["sh", "-c", command], outputMaxBytes: 65_536 };
    const patch = this.#random() < 0.5 ? { name } : this.#random() < 0.5 ? { payload } : { schedule: this.#schedule() };
    await this.#ask(id, `edit ${JSON.stringify(patch)}`, (job) => this.#openclaw.rpc("cron.update", { id: job, patch }));
  }

  async #runByHand(): Promise<void> {
    const id = this.#any();
    await this.#ask(id, "run", (job) => this.#openclaw.rpc("cron.run", { id: job, mode: "force" }));
    this.#runsAnew(id);
  }

  async #switch(): Promise<void> {
    const enabled = this.#random() < 0.6;
    const id = this.#any();
    await this.#ask(id, enabled ? "enable" : "disable", (job) => this.#openclaw.rpc("cron.update", { id: job, patch: { enabled } }));
    if (id !== undefined && !enabled) this.#offAt.set(id, systemClock.now());
  }

  async #remove(): Promise<void> {
    const id = this.#any();
    await this.#ask(id, "remove", (job) => this.#openclaw.rpc("cron.remove", { id: job }));
    if (id === undefined) return;
    this.removedAt.set(id, systemClock.now());
    this.#forget(id);
  }

  /** A person asks at the page. What becomes of it is the owner's business, so only what both sides show at the end counts. */
  async #askThroughLoom(): Promise<void> {
    const id = this.#any();
    if (id === undefined || !this.#loomIsUp) return;
    const strand = await this.#strand(id);
    if (!strand) return;
    const [path, body] = this.#random() < 0.5 ? ["run", undefined] : ["enabled", JSON.stringify({ enabled: this.#random() < 0.5 })];
    const init = { method: "POST", ...(body !== undefined && { body, headers: { "content-type": "application/json" } }) };
    await this.#tell(`through Loom: ${path} ${body ?? ""} ${id}`, () => this.#loom.api(`/strands/${encodeURIComponent(strand.id)}/${path}`, init).catch(() => {}));
    if (path === "run") this.#runsAnew(id);
    else if (body?.includes("false")) this.#offAt.set(id, systemClock.now());
  }

  #runsAnew(id: string | undefined): void {
    const offAt = id === undefined ? undefined : this.#offAt.get(id);
    if (offAt !== undefined && this.#openclaw.version === "2026.6.11") this.anewAt.set(id!, offAt);
  }

  async #killLoom(): Promise<void> {
    if (!this.#loomIsUp) return;
    this.#loomIsUp = false;
    await this.#tell("kill Loom", () => this.#loom.kill(this.#random() < 0.7 ? "SIGKILL" : "SIGTERM"));
  }

  async #startLoom(): Promise<void> {
    await this.#tell("start Loom", () => this.#loom.start());
    this.#loomIsUp = true;
    for (const id of this.#unseen) if (this.#present.includes(id)) await this.#seen(id);
    this.#unseen.clear();
  }

  async #killOpenClaw(): Promise<void> {
    await this.#tell("kill -9 OpenClaw", async () => {
      await this.#openclaw.kill("SIGKILL");
      this.downAt = systemClock.now();
      await systemClock.sleep(this.#random() * 1_000);
      await this.#openclaw.start();
    });
  }

  async #restartOpenClaw(): Promise<void> {
    await this.#tell("restart OpenClaw", async () => {
      await this.#openclaw.stop();
      this.downAt = systemClock.now();
      await this.#openclaw.start();
    });
  }

  /** Waits until Loom shows the job, or until OpenClaw does not have it any more. */
  async #seen(id: string): Promise<void> {
    const shown = async (): Promise<boolean> => (await this.#strand(id)) !== undefined;
    await eventually(async () => (await shown()) || (await this.#openclaw.rpc("cron.get", { id }).then(() => false, () => "gone")), (answer) => answer !== false, SEEN_MS);
    if (await shown()) this.jobs.add(id);
  }

  /** The job as Loom shows it, if it does; that it answers soon, whatever happens, is part of what is tested. */
  async #strand(id: string): Promise<any> {
    const asked = systemClock.mono();
    const strands = await this.#loom.mirrored();
    expect(systemClock.mono() - asked, "Loom's answer took this many milliseconds").toBeLessThan(ANSWER_MS);
    return strands.find((strand) => strand.id.endsWith(`:${id}`));
  }

  async #ask(id: string | undefined, what: string, ask: (id: string) => Promise<unknown>): Promise<void> {
    // One-shots go by themselves, so a job may be gone.
    if (id !== undefined) await this.#tell(`${what} ${id}`, () => ask(id).catch(() => this.#forget(id)));
  }

  #forget(id: string): void {
    const at = this.#present.indexOf(id);
    if (at >= 0) this.#present.splice(at, 1);
  }

  #any(): string | undefined {
    return this.#present[Math.floor(this.#random() * this.#present.length)];
  }

  #work(): { name: string; command: string } {
    const commands = ["echo well", "echo partly; exit 3", "sleep 0.4; echo slow", "sleep 2", "exit 1", "echo 'a <b>name</b>'"];
    return { name: `job ${++this.#names}`, command: commands[Math.floor(this.#random() * commands.length)]! };
  }

  #schedule(): object {
    const kind = this.#random();
    if (kind < 0.5) return { kind: "every", everyMs: 1_000 + Math.floor(this.#random() * 4_000) };
    if (kind < 0.7) return { kind: "at", at: new Date(systemClock.now() + 1_000 + this.#random() * 10_000).toISOString() };
    return { kind: "cron", expr: kind < 0.85 ? "* * * * *" : NIGHTLY, tz: "Europe/Berlin" };
  }

  async #tell<T>(what: string, act: () => Promise<T>): Promise<T> {
    const began = systemClock.mono();
    const line = this.#story.push(`${new Date(systemClock.now()).toISOString()} ${what}`) - 1;
    try {
      return await act();
    } finally {
      this.#story[line] += ` (${Math.round(systemClock.mono() - began)} ms)`;
    }
  }
}

const statuses: Readonly<Record<string, string>> = { ok: "succeeded", error: "failed", skipped: "skipped" };
const execs: Readonly<Record<string, string>> = { ok: "completed", error: "failed", skipped: "skipped" };
const delivers: Readonly<Record<string, string>> = { delivered: "completed", "not-delivered": "failed" };

async function knownToOpenClaw(openclaw: OpenClaw, jobs: ReadonlySet<string>): Promise<Known> {
  const list: any[] = (await openclaw.rpc("cron.list", { includeDisabled: true, limit: 200 })).jobs;
  const ends = new Map<string, any>();
  for (const id of jobs) {
    for (let offset: number | null = 0; offset !== null; ) {
      const page: any = await openclaw.rpc("cron.runs", { id, limit: 200, offset }).catch(forgotten);
      for (const run of page.entries) {
        const start = `${id} ${new Date(run.runAtMs).toISOString()}`;
        // Of two ends with one start the newest counts, but none that was taken for interrupted where it is told how it ended.
        const told = ends.get(start);
        if (told === undefined || isInterrupted(told)) ends.set(start, run);
      }
      offset = page.hasMore ? page.nextOffset : null;
    }
  }
  const jobLines = list.map((job) => line(job.id, job.displayName ?? job.name, job.enabled, job.schedule, job.payload, job.enabled ? instant(job.state.nextRunAtMs) : null));
  return { jobs: jobLines.sort(), runs: [...ends].map(([start, entry]) => runLine(start, entry)).sort() };
}

/** An end as OpenClaw wrote it, in the words that Loom has for it. */
function runLine(start: string, { status, error, runAtMs, durationMs, deliveryStatus }: any): string {
  const steps = { exec: execs[status], deliver: delivers[deliveryStatus] ?? "skipped" };
  return line(start, statuses[status], error ? "with an error" : "without", instant(runAtMs + (durationMs ?? 0)), steps);
}

function line(...parts: readonly unknown[]): string {
  return parts.map((part) => (typeof part === "string" ? part : JSON.stringify(sorted(part)))).join(" ");
}

/** With the keys of every object in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)]));
}

function instant(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}

function isInterrupted(run: any): boolean {
  return /interrupted by gateway restart/.test(run.error ?? "");
}

/** OpenClaw forgets a job that was removed before it ever ran. */
function forgotten(error: Error): { entries: []; hasMore: false } {
  if (/not found/i.test(error.message)) return { entries: [], hasMore: false };
  throw error;
}

async function knownToLoom(loom: GatewayProcess, { jobs, downAt, removedAt, anewAt }: RandomRun): Promise<Known> {
  const strands = await loom.mirrored();
  const source = strands[0]?.id.split(":").slice(0, 2).join(":");
  const runs: string[] = [];
  for (const id of jobs) {
    // Also of strands that have left the page: their history stays.
    for (const run of await loom.all<any>(`/strands/${encodeURIComponent(`${source}:${id}`)}/runs`)) {
      // OpenClaw never tells of a run by hand whose job is removed before its end, nor of one that its own end interrupted whose
      // job is removed before it told of that, nor, as 2026.6.11, of one whose job is switched off and runs anew before its end:
      // only who saw them begin knows of them.
      const untold = run.code === "lost" && Date.parse(run.startedAt) < Math.max(downAt, removedAt.get(id) ?? 0, anewAt.get(id) ?? 0);
      if (!untold) runs.push(await knownRun(loom, id, run));
    }
  }
  const there = await Promise.all(strands.filter((strand) => strand.goneAt === null).map((strand) => loom.api<any>(`/strands/${encodeURIComponent(strand.id)}`)));
  const jobLines = there.map(({ id, name, enabled, definition, nextRunAt }) => line(id.split(":").slice(2).join(":"), name, enabled, definition.schedule, definition.payload, nextRunAt));
  return { jobs: jobLines.sort(), runs: runs.sort() };
}

async function knownRun(loom: GatewayProcess, jobId: string, { id, startedAt, status, error, finishedAt }: any): Promise<string> {
  const { steps } = await loom.api<any>(`/runs/${encodeURIComponent(id)}`);
  return line(`${jobId} ${startedAt}`, status, error === null ? "without" : "with an error", finishedAt, Object.fromEntries(steps.map((step: any) => [step.id, step.status])));
}

import { isDeepStrictEqual } from "node:util";
import { eventually } from "../../support/eventually.ts";
import type { GatewayProcess } from "../../support/gatewayProcess.ts";
import { startOpenClaw, type OpenClaw } from "../../support/openclaw.ts";

const JOBS = [
  { name: "steady", command: "echo steady", everyMs: 1_000 },
  { name: "failing", command: "echo no >&2; exit 3", everyMs: 1_500 },
  { name: "slow", command: "sleep 0.7", everyMs: 2_000 },
] as const;

/** Jobs of a real OpenClaw that run all the time, and one that only runs when it is asked to. */
export class MirroredJobs implements AsyncDisposable {
  readonly #openclaw: OpenClaw;
  readonly #steady: readonly string[];
  readonly #byHand: string;
  /** `job start status` of all that OpenClaw has told of. */
  readonly #ran = new Set<string>();

  private constructor(openclaw: OpenClaw, steady: readonly string[], byHand: string) {
    [this.#openclaw, this.#steady, this.#byHand] = [openclaw, steady, byHand];
  }

  static async start(): Promise<MirroredJobs> {
    await using unwind = new AsyncDisposableStack();
    const openclaw = unwind.use(await startOpenClaw({ version: "2026.6.11" }));
    const steady: string[] = [];
    for (const { name, command, everyMs } of JOBS) steady.push((await openclaw.addCommandJob({ name, command, schedule: { kind: "every", everyMs } })).id);
    const { id } = await openclaw.addCommandJob({ name: "by hand", command: "echo asked" });
    unwind.move();
    return new MirroredJobs(openclaw, steady, id);
  }

  get stateDir(): string {
    return this.#openclaw.stateDir;
  }

  /** The strand of the job that runs when it is asked to, once a gateway shows it. */
  async strandOfByHand(loom: GatewayProcess): Promise<string> {
    const strands = await eventually(() => loom.mirrored(), (all) => all.some(({ id }) => id.endsWith(`:${this.#byHand}`)));
    return strands.find(({ id }) => id.endsWith(`:${this.#byHand}`)).id;
  }

  /** Notes what has run since the last call: OpenClaw keeps a job's newest 2,000 runs alone, and a long attack makes more. */
  async note(): Promise<void> {
    for (const id of [...this.#steady, this.#byHand]) {
      for (let offset: number | null = 0; offset !== null; ) {
        const before = this.#ran.size;
        // The newest first.
        const page: any = await this.#openclaw.rpc("cron.runs", { id, limit: 200, offset });
        for (const run of page.entries) this.#ran.add(`${id} ${new Date(run.runAtMs).toISOString()} ${run.status === "ok" ? "succeeded" : "failed"}`);
        offset = page.hasMore && this.#ran.size > before ? page.nextOffset : null;
      }
    }
  }

  /**
   * What the gateway and OpenClaw do not agree on once nothing runs any more. The jobs are switched off.
   * @param asked commands that were acknowledged, of which each may have come to one run at most
   */
  async differences(loom: GatewayProcess, asked: number): Promise<Readonly<Record<string, readonly unknown[]>>> {
    const all = [...this.#steady, this.#byHand];
    for (const id of this.#steady) await this.#openclaw.rpc("cron.update", { id, patch: { enabled: false } });
    await eventually(async () => (await this.#openclaw.rpc("cron.list", { includeDisabled: true })).jobs, (jobs) => jobs.every((job: any) => !job.state.runningAtMs));
    // Read anew each time: OpenClaw writes a run down a moment after it has ended.
    const bothKnow = async (): Promise<readonly [string[], string[]]> => [await this.#ofLoom(loom, all), await this.#ofOpenClaw()];
    const same = ([ours, theirs]: readonly [string[], string[]]): boolean => isDeepStrictEqual(ours, theirs);
    const [ours, theirs] = await eventually(bothKnow, same).catch(bothKnow);
    const [here, there] = [new Set(ours), new Set(theirs)];
    const byHand = theirs.filter((run) => run.startsWith(this.#byHand)).length;
    return {
      mirroredLost: theirs.filter((run) => !here.has(run)),
      mirroredMadeUp: ours.filter((run) => !there.has(run)),
      mirroredTwice: ours.filter((run, index) => ours.indexOf(run) !== index),
      commandsTwice: byHand > asked ? [`${byHand} runs for ${asked} commands`] : [],
      mirroredNone: theirs.length > 0 ? [] : ["OpenClaw has no runs"],
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#openclaw[Symbol.asyncDispose]();
  }

  async #ofOpenClaw(): Promise<string[]> {
    await this.note();
    return [...this.#ran].sort();
  }

  async #ofLoom(loom: GatewayProcess, jobs: readonly string[]): Promise<string[]> {
    const strands = await loom.all<any>("/strands");
    const found: string[] = [];
    for (const id of jobs) {
      const strand = strands.find((one) => one.id.endsWith(`:${id}`));
      if (!strand) return [];
      for (const run of await loom.all<any>(`/strands/${encodeURIComponent(strand.id)}/runs`)) found.push(`${id} ${run.startedAt} ${run.status}`);
    }
    return found.sort();
  }
}

/** What a person may ask of a job. The right to change things is taken for one ask and given back. */
import { isDeepStrictEqual } from "node:util";
import { messageOf, type Answer, type Ask, type Clock } from "loom-gateway";
import { AskLimit } from "./askLimit.ts";
import { toObservedJob } from "./jobs.ts";
import { Refusal } from "./problems.ts";
import type { Gateway } from "./rpc.ts";
import { text } from "./wire.ts";

export interface CommandsOptions {
  readonly clock: Clock;
  readonly hostZone: string;
  /** Uses a connection with the right to change things. */
  readonly asAdmin: <T>(signal: AbortSignal, use: (gateway: Gateway) => Promise<T>) => Promise<T>;
}

export class Commands {
  readonly #options: CommandsOptions;
  readonly #updates: AskLimit;
  readonly #starts: AskLimit;

  constructor(options: CommandsOptions) {
    this.#options = options;
    this.#updates = new AskLimit(options.clock);
    this.#starts = new AskLimit(options.clock);
  }

  /** As `Source.askWaitMs`. */
  waitMs(kind: "setEnabled" | "runNow", ahead: number): number {
    return (kind === "setEnabled" ? this.#updates : this.#starts).waitMs(ahead);
  }

  /** As `Source.setEnabled`. A job that is no longer the one that was shown is left as it is. */
  setEnabled(jobId: string, enabled: boolean, ask: Ask): Promise<Answer> {
    return this.#ask(this.#updates, ask.signal, async (admin) => {
      const job = await admin.call("cron.get", { id: jobId }, ask.signal);
      const now = toObservedJob(job, this.#options.hostZone);
      if (!isDeepStrictEqual(now?.definition, ask.definition)) return { accepted: false, reason: "The job was changed in OpenClaw meanwhile. Look at it again, then repeat." };
      const revision = text(job.configRevision);
      await admin.call("cron.update", { id: jobId, patch: { enabled }, ...(revision !== undefined && { expectedConfigRevision: revision }) }, ask.signal);
      return { accepted: true };
    });
  }

  /** As `Source.runNow`. OpenClaw also answers `ok` when it did not run the job: what counts is whether it took it. */
  runNow(jobId: string, ask: Ask): Promise<Answer> {
    return this.#ask(this.#starts, ask.signal, async (admin) => {
      const answer = await admin.call("cron.run", { id: jobId, mode: "force" }, ask.signal);
      const ownerRunId = text(answer.runId)?.toWellFormed();
      if (answer.enqueued === true || answer.ran === true) return { accepted: true, ...(ownerRunId !== undefined && { ownerRunId }) };
      return { accepted: false, reason: `OpenClaw did not run it: ${text(answer.reason) ?? "no reason given"}.` };
    });
  }

  async #ask(limit: AskLimit, signal: AbortSignal, use: (admin: Gateway) => Promise<Answer>): Promise<Answer> {
    const waitMs = limit.take();
    if (waitMs > 0) return { accepted: false, reason: "OpenClaw takes 30 changes a minute.", retryAfterMs: waitMs };
    let connected = false;
    try {
      return await this.#options.asAdmin(signal, (admin) => {
        connected = true;
        return use(admin);
      });
    } catch (error) {
      if (!connected && !signal.aborted) return { accepted: false, reason: `Nothing was sent: ${messageOf(error)}` };
      if (!(error instanceof Refusal)) throw error;
      return { accepted: false, reason: error.message, ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }) };
    }
  }
}

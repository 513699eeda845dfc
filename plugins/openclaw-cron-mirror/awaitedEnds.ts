import type { ObservedJob } from "loom-gateway";
import { instant, LONGEST_ID, text, type Wire } from "./wire.ts";

/** So many looks may pass until the list shows an end. */
const TRIES = 10;
/** So many are awaited: of a flood that goes on between two looks, the newest. */
const MOST = 500;

/** Runs whose end was told, by job, until the list shows it: after its restart OpenClaw tells of it up to a second earlier. */
export class AwaitedEnds {
  readonly #ends = new Map<string, { readonly key: string; tries: number }>();

  get size(): number {
    return this.#ends.size;
  }

  /** Takes in a `finished` event. */
  remember({ jobId, runAtMs }: Wire): void {
    const [id, startedAt] = [text(jobId), instant(runAtMs)];
    if (id === undefined || id.length > LONGEST_ID || startedAt === undefined) return;
    this.#ends.set(id, { key: String(startedAt), tries: TRIES });
    if (this.#ends.size > MOST) this.#ends.delete(this.#ends.keys().next().value!);
  }

  /** Whether a list that was read since still shows one of the runs as running. */
  lags(jobs: readonly ObservedJob[]): boolean {
    if (this.#ends.size === 0) return false;
    const running = new Map(jobs.map((job) => [job.id, job.running?.key]));
    for (const [id, end] of this.#ends) if (running.get(id) !== end.key || --end.tries <= 0) this.#ends.delete(id);
    return this.#ends.size > 0;
  }
}

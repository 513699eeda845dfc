import type { ObservedJob } from "loom-gateway";
import { historyMark, toObservedJob } from "./jobs.ts";
import { allOfIt, type Share } from "./share.ts";
import { weigh } from "./weight.ts";
import type { Wire } from "./wire.ts";

/** So many are kept, with so many bytes in memory: of a flood that goes on between two looks, the newest. */
const MOST = 500;
const MOST_BYTES = 32 * 1024 * 1024;

interface Departure {
  readonly job: ObservedJob;
  readonly order: number;
  /** About so much memory, in bytes. */
  readonly weight: number;
}

/**
 * Jobs that have gone from the list, such as one-shots after their run: known by their last event alone, and kept until
 * the kernel has taken them in. The end of a run counts too, since it may come after its job was removed.
 */
export class Departures {
  readonly #share: Share;
  readonly #last = new Map<string, Departure>();
  #order = 0;
  #weight = 0;

  constructor(share = allOfIt) {
    this.#share = share;
  }

  /** How many events were remembered; marks a point between them. */
  get order(): number {
    return this.#order;
  }

  /** Remembers a `removed` or `finished` event. */
  remember(event: Wire, hostZone: string): void {
    const job = toObservedJob(event.job, hostZone);
    if (!job) return;
    const mark = event.action === "finished" ? historyMark(event.runAtMs, event.status) : null;
    const earlier = this.#last.get(job.id)?.job;
    const newestRun = (mark === null ? undefined : String(event.runAtMs)) ?? job.newestRun ?? earlier?.newestRun;
    const last = { ...job, running: null, historyMark: mark ?? job.historyMark ?? earlier?.historyMark ?? null, ...(newestRun !== undefined && { newestRun }) };
    // Anew, so that the oldest stay first.
    this.#drop(job.id);
    const weight = weigh(JSON.stringify(last));
    this.#last.set(job.id, { job: last, order: ++this.#order, weight });
    this.#weight += weight;
    while (this.#last.size > MOST || this.#weight > this.#share(MOST_BYTES)) this.#drop(this.#last.keys().next().value!);
  }

  /** What is gone, seen from a list that was asked for when `order` events had been remembered. */
  missingFrom(jobs: readonly ObservedJob[], order: number): ObservedJob[] {
    const present = new Set(jobs.map((job) => job.id));
    for (const [id, last] of this.#last) if (present.has(id) && last.order <= order) this.#drop(id);
    return [...this.#last.values()].map(({ job }) => job).filter((job) => !present.has(job.id));
  }

  /** Lets go of what was remembered up to a point. */
  forget(order: number): void {
    for (const [id, last] of this.#last) if (last.order <= order) this.#drop(id);
  }

  #drop(id: string): void {
    this.#weight -= this.#last.get(id)?.weight ?? 0;
    this.#last.delete(id);
  }
}

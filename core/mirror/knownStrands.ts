import type { Store, StrandChange, StrandRecord } from "../store/contract.ts";
import type { ObservedJob } from "./contract.ts";
import type { StrandHistory } from "./history.ts";
import { strandId, type KnownStrand } from "./reconcile.ts";

/** So many strands of a source that are gone are remembered, those that went last: their last runs may still be read. */
const MOST_GONE = 1_000;
/** What nobody asks of a strand that is gone. */
const FORGOTTEN = { description: null, command: null, steps: [], definition: {} } as const;

export type Mirrored = KnownStrand & StrandHistory;

/** The strands of one source as they are stored: all that it has, and of those that are gone the last. The store knows the others. */
export class KnownStrands {
  readonly #store: Store["strands"];
  readonly #sourceId: string;
  readonly #byJob = new Map<string, Mirrored>();
  /** Jobs that are gone; the first went first. */
  readonly #gone = new Set<string>();

  constructor(store: Store["strands"], sourceId: string) {
    this.#store = store;
    this.#sourceId = sourceId;
  }

  /** By their owner's job id. */
  get byJob(): ReadonlyMap<string, Mirrored> {
    return this.#byJob;
  }

  get(jobId: string): Mirrored | undefined {
    return this.#byJob.get(jobId);
  }

  /** Those that are gone and remembered. */
  gone(): readonly Mirrored[] {
    return [...this.#gone].map((jobId) => this.#byJob.get(jobId)!);
  }

  /** Reads them anew. */
  async load(): Promise<void> {
    const [onPage, gone] = await Promise.all([this.#store.all(), this.#store.goneFrom(this.#sourceId, MOST_GONE)]);
    this.#byJob.clear();
    this.#gone.clear();
    for (const strand of onPage) if (strand.sourceId === this.#sourceId && strand.goneAt === null) this.#put(mirrored(strand));
    for (const strand of gone.toReversed()) this.#put(mirrored(strand));
  }

  /** Remembers strands again that went long ago, before what is seen of these jobs is compared with what is known. */
  async recall(jobs: readonly ObservedJob[]): Promise<void> {
    const unknown = jobs.flatMap(({ id }) => (this.#byJob.has(id) ? [] : [strandId(this.#sourceId, id)]));
    if (unknown.length > 0) for (const strand of await this.#store.getMany(unknown)) this.#put(mirrored(strand));
  }

  /** Takes in what a look has changed. Answers the jobs that are no longer remembered. */
  take(changes: readonly StrandChange[], at: number): readonly Mirrored[] {
    for (const change of changes) {
      if (change.kind === "removed") {
        const known = this.#byJob.get(change.id.slice(strandId(this.#sourceId, "").length));
        if (known) this.#put(Object.assign(known, FORGOTTEN, { goneAt: at }));
        continue;
      }
      const { strand } = change;
      const known = this.#byJob.get(strand.ownerJobId) ?? { strandId: strand.id, firstSeenAt: at, importedMark: null, historyComplete: false, active: null };
      // The same object stays: an import under way keeps its place in it.
      this.#put(Object.assign(known, strand, { goneAt: null }));
    }
    const forgotten = this.gone().slice(0, -MOST_GONE);
    for (const { ownerJobId } of forgotten) {
      this.#gone.delete(ownerJobId);
      this.#byJob.delete(ownerJobId);
    }
    return forgotten;
  }

  #put(strand: Mirrored): void {
    this.#byJob.set(strand.ownerJobId, strand);
    this.#gone.delete(strand.ownerJobId);
    if (strand.goneAt !== null) this.#gone.add(strand.ownerJobId);
  }
}

/** Only what is compared and needed to read its runs: the whole record holds its newest runs as well. */
function mirrored(strand: StrandRecord): Mirrored {
  const { id, goneAt, graceMs, firstSeenAt, importedMark, historyComplete, activeRun } = strand;
  const active = activeRun?.key == null ? null : { key: activeRun.key, startedAt: activeRun.startedAt };
  const { ownerJobId, name, description, command, system, schedule, steps, enabled, disabledReason, nextRunAt, ownerTellsNext, notBefore, overdue, definition, definitionHash, historyMark } = strand;
  const state = { id, ownerJobId, name, description, command, system, schedule, steps, enabled, disabledReason, nextRunAt, ownerTellsNext, notBefore, overdue, definition, definitionHash, historyMark };
  return { ...state, ...(goneAt !== null && FORGOTTEN), goneAt, graceMs, strandId: id, firstSeenAt, importedMark, historyComplete, active };
}
